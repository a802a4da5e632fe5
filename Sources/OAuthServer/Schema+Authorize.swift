import Storage

extension OAuthServer {
    /// Consents: one row for a person and a client, until its end or until it is withdrawn.
    static let authorizeMigrations: [Migration] = [
        Migration(
            "oauth-005",
            [
                .createTable(
                    TableDefinition(
                        "consent_given",
                        [
                            .text("id"), .text("client_ref"), .text("user_id"), .text("scopes"), .int("given_at"),
                            .int("until"),
                        ], primaryKey: ["id"], unique: [["user_id", "client_ref"]],
                        indexes: [["client_ref"], ["until"]]))
            ])
    ]
}
