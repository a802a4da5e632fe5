extension Noun {
    static let clients = Noun(
        name: "client", title: "Application registry", one: "client", group: .inbound,
        says: "Applications that call in: each with the auth scopes it holds and the user whose rights count.",
        columns: [
            Column("name", nil, .name), Column("active", "State", .active),
            Column("user_name", "Runs as", .reference("user")), Column("scopes", nil, .references("scope")),
            Column("secrets", nil, .count), Column("updated_at", "Changed"),
        ],
        facts: [
            Column("client_id", "Client id", .code), Column("user_name", "Runs as", .reference("user")),
            Column("scopes", "Auth scopes", .references("scope")),
            Column("token_seconds", "Tokens live", .seconds), Column("grants", "Grant types"),
            Column("redirect_uris", "Redirect URIs"), Column("public", "Public"),
            Column("token_format", "Tokens are"),
            Column("refresh_seconds", "Renews for", .seconds),
            Column("refresh_idle_seconds", "May lie unused", .seconds), Column("code_seconds", "Codes live", .seconds),
            Column("application"),
        ],
        sublists: [
            Sublist(
                key: "secrets", title: "Secrets",
                columns: [
                    Column("id", "Id", .code), Column("created_at", "Made"), Column("until", "Ends"),
                    Column("last_used_at", "Last used"),
                ],
                empty: "It has no secret. A public application needs none; any other gets no token before it has one.",
                adds: ["add-secret"], acts: [.init("remove-secret", "secret", from: "id")])
        ],
        hides: ["user"], rarely: ["redirect_uris", "refresh_idle_seconds"],
        labels: [
            "user": "Runs as", "scopes": "Auth scopes", "token_seconds": "Tokens live, seconds",
            "public": "Can keep no secret", "native": "Runs on a person's device", "grants": "Grant types",
            "redirect_uris": "Redirect URIs", "without_pkce": "May leave the proof key out",
            "refresh_seconds": "Renews for, seconds", "refresh_idle_seconds": "May lie unused, seconds",
            "code_seconds": "Codes live, seconds", "introspects_all": "May ask about all tokens",
            "token_format": "Tokens are", "jwks": "Public keys", "jwt_subject": "Users are named by",
            "acts_for_users": "Acts for users", "requires_dpop": "Tokens only bound to a key",
            "id_token_signed_response_alg": "ID tokens are signed by",
            "post_logout_redirect_uris": "Redirect URIs after a sign-out",
            "backchannel_logout_uri": "Is told of ended sessions at",
            "tls_client_auth_subject_dn": "Certificate's subject", "tls_client_auth_san_dns": "Certificate's host name",
            "tls_client_auth_san_uri": "Certificate's URI", "tls_client_auth_san_ip": "Certificate's address",
            "tls_client_auth_san_email": "Certificate's email address", "tls_certificates": "Its own certificates",
            "no_tls_client_auth": "Proved by no certificate any more",
            "tls_client_certificate_bound_access_tokens": "Tokens bound to its certificate",
            "require_pushed_authorization_requests": "Requests only pushed",
            "require_signed_request_object": "Requests only signed",
            "introspection_signed_response_alg": "Answers about tokens signed by",
        ],
        later: [
            "without_pkce", "refresh_seconds", "refresh_idle_seconds", "code_seconds", "introspects_all",
            "token_format", "jwks", "jwt_subject", "acts_for_users", "requires_dpop",
            "id_token_signed_response_alg", "post_logout_redirect_uris", "backchannel_logout_uri",
            "tls_client_auth_subject_dn", "tls_client_auth_san_dns", "tls_client_auth_san_uri",
            "tls_client_auth_san_ip", "tls_client_auth_san_email", "tls_certificates", "no_tls_client_auth",
            "tls_client_certificate_bound_access_tokens",
            "require_pushed_authorization_requests", "require_signed_request_object",
            "introspection_signed_response_alg",
        ],
        shownOnce: ["add-secret": "client_secret"], present: ["user": "user_name"])
}
