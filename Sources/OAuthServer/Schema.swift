public import Storage

extension OAuthServer {
    /// The application registry and the tokens. Forward only.
    ///
    /// `client.epoch` counts up when all tokens of a client are revoked; a token of an older epoch is revoked. The
    /// key of `token` is led by its slot (`AccessToken`), so that a million tokens do not scatter the index.
    public static let migrations: [Migration] =
        registry + grantMigrations + signingMigrations + proofMigrations + authorizeMigrations
        + carriedMigrations
        + openIDMigrations + deviceMigrations + pushedMigrations + resourceMigrations + registrationMigrations
        + tokenListMigrations + familyListMigrations + userAccountMigrations + slotMigrations

    /// It held the hour of issue; tokens since have their millisecond there (`AccessToken`).
    private static let slotMigrations: [Migration] = [
        Migration("oauth-016", [.renameColumn("issued_hour", to: "slot", of: "token")])
    ]

    private static let registry: [Migration] = [
        Migration(
            "oauth-001",
            [
                .createTable(
                    TableDefinition(
                        "client",
                        [
                            .text("id"), .text("client_id"), .text("name"), .text("application"), .int("active"),
                            .text("user_id"), .int("token_seconds"), .int("epoch"), .int("created_at"),
                            .int("updated_at"),
                        ], primaryKey: ["id"], unique: [["client_id"], ["name"]])),
                .createTable(
                    TableDefinition(
                        "client_secret",
                        [
                            .text("id"), .text("client_ref"), .blob("hash"), .int("created_at"),
                            .int("until").optional, .int("last_used_at").optional,
                        ], primaryKey: ["id"], indexes: [["client_ref"]])),
                .createTable(
                    TableDefinition(
                        "client_scope", [.text("client_ref"), .text("scope")], primaryKey: ["client_ref", "scope"])),
                .createTable(
                    TableDefinition(
                        "token",
                        [
                            .int("issued_hour"), .blob("hash"), .text("client_ref"), .text("user_id"), .text("scopes"),
                            .int("epoch"), .int("issued_at"), .int("expires_at"), .int("revoked_at").optional,
                        ], primaryKey: ["issued_hour", "hash"], indexes: [["expires_at"]])),
            ])
    ]
}
