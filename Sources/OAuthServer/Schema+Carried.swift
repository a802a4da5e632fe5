import Storage

extension OAuthServer {
    /// `carried` is a `Carried` as JSON; empty for most.
    static let carriedMigrations: [Migration] = [
        Migration(
            "oauth-006",
            ["token", "authorization_code", "refresh_family"].map {
                .addColumn(.text("carried").emptyByDefault, to: $0)
            })
    ]
}
