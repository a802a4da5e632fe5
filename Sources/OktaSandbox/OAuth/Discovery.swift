import Core
import Keys

/// What an authorization server says of itself (RFC 8414 §3; OpenID Connect Discovery 1.0 §3), and its keys.
enum Discovery {
    static func keys(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        .oauth(JWKSet(publishing: org.signingKey.map { [$0.publicKey] } ?? []).json)
    }

    static func document(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        let base = org.baseURL
        let methods: JSON = .array(OAuthClient.Method.allCases.map { .string($0.rawValue) })
        let algorithms: JSON = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]
        return .oauth([
            "issuer": .string(base),
            "authorization_endpoint": .string(base + "/oauth2/v1/authorize"),
            "token_endpoint": .string(base + "/oauth2/v1/token"),
            "userinfo_endpoint": .string(base + "/oauth2/v1/userinfo"),
            "jwks_uri": .string(base + "/oauth2/v1/keys"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "fragment"],
            "grant_types_supported": .array(OAuthClient.Grant.allCases.map { .string($0.rawValue) }),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": .array(OAuthScopes.openID.sorted().map { .string($0) }),
            "token_endpoint_auth_methods_supported": methods,
            "claims_supported": [
                "iss", "ver", "sub", "aud", "iat", "exp", "amr", "nonce", "auth_time", "at_hash", "name", "email",
                "email_verified", "given_name", "family_name", "preferred_username", "zoneinfo", "updated_at",
                "phone_number", "address", "groups",
            ],
            "code_challenge_methods_supported": ["S256"],
            "introspection_endpoint": .string(base + "/oauth2/v1/introspect"),
            "introspection_endpoint_auth_methods_supported": methods,
            "revocation_endpoint": .string(base + "/oauth2/v1/revoke"),
            "revocation_endpoint_auth_methods_supported": methods,
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "dpop_signing_alg_values_supported": algorithms,
        ])
    }
}
