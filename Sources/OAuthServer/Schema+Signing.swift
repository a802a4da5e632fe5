import Storage

extension OAuthServer {
    /// The keys that sign tokens. `number` counts up for each algorithm, and only one hub gets to insert each;
    /// `sealed` is the private half, NULL once the key is removed.
    static let signingMigrations: [Migration] = [
        Migration(
            "oauth-003",
            [
                .createTable(
                    TableDefinition(
                        "signing_key",
                        [
                            .text("kid"), .text("algorithm"), .int("number"), .text("jwk"), .blob("sealed").optional,
                            .int("published_at"), .int("active_from"), .int("retired_at").optional,
                            .int("removed_at").optional,
                        ], primaryKey: ["kid"], unique: [["algorithm", "number"]]))
            ])
    ]
}
