import Storage

extension OAuthServer {
    /// `further` is what a person allowed for resource servers and details, as JSON; empty for most.
    static let resourceMigrations: [Migration] = [
        Migration("oauth-010", [.addColumn(.text("further").emptyByDefault, to: "consent_given")])
    ]
}
