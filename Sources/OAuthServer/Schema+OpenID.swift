import Storage

extension OAuthServer {
    /// `client_session`: which clients know of a session, until it can be ended no more. `logout_notice`: who is still to be
    /// told of the end of one.
    static let openIDMigrations: [Migration] = [
        Migration(
            "oauth-007",
            [
                .createTable(
                    TableDefinition(
                        "client_session", [.text("session"), .text("client_ref"), .text("user_id"), .int("until")],
                        primaryKey: ["session", "client_ref"], indexes: [["until"]])),
                .createTable(
                    TableDefinition(
                        "logout_notice",
                        [.text("session"), .text("client_ref"), .text("user_id"), .int("tries"), .int("due_at")],
                        primaryKey: ["session", "client_ref"], indexes: [["due_at"]])),
            ])
    ]
}
