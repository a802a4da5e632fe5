import Storage

extension OAuthServer {
    /// Devices that wait for a person's answer, and what came of it. `family` names what it was redeemed for.
    static let deviceMigrations: [Migration] = [
        Migration(
            "oauth-008",
            [
                .createTable(
                    TableDefinition(
                        "device_authorization",
                        [
                            .blob("device_hash"), .text("user_code"), .text("client_ref"), .text("scopes"),
                            .int("expires_at"), .int("interval_seconds"), .int("polled_at").optional,
                            .text("user_id").optional, .int("is_allowed"), .text("family").optional, .text("carried"),
                        ], primaryKey: ["device_hash"], unique: [["user_code"]],
                        indexes: [["expires_at"], ["client_ref", "expires_at"]]))
            ])
    ]
}
