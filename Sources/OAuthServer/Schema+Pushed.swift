import Storage

extension OAuthServer {
    /// Authorization requests that clients pushed (RFC 9126 §2), until a code is made. `hash` is of what `request_uri` ends
    /// in, `query` the parameters without credentials, `expires_at` the end for a browser to bring it.
    static let pushedMigrations: [Migration] = [
        Migration(
            "oauth-009",
            [
                .createTable(
                    TableDefinition(
                        "pushed_request",
                        [
                            .blob("hash"), .text("client_ref"), .text("query"), .int("is_signed"), .int("expires_at"),
                        ], primaryKey: ["hash"], indexes: [["client_ref", "expires_at"], ["expires_at"]]))
            ])
    ]
}
