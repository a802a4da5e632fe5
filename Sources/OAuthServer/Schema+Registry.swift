import Storage

extension OAuthServer {
    /// Tokens by client and by user, those that live longest first; families and codes by user.
    static let tokenListMigrations: [Migration] = [
        Migration(
            "oauth-013",
            [
                .createIndex(on: "token", ["client_ref", "expires_at"]),
                .createIndex(on: "token", ["user_id", "expires_at"]),
                .createIndex(on: "refresh_family", ["user_id"]),
                .createIndex(on: "authorization_code", ["user_id"]),
            ])
    ]
}
