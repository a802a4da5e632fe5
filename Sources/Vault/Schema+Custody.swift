import Storage

extension Vault {
    /// Settings of credentials, and the custody of outside tokens.
    static let custodyMigration = Migration(
        "vault-003",
        [
            .addColumn(.text("settings").emptyByDefault, to: "credential"),
            .addColumn(.blob("settings_binding").optional, to: "credential"),
            .createTable(
                TableDefinition(
                    "outside_grant",
                    [
                        .text("credential_id"), .text("state"), .int("generation"), .int("has_refresh_token"),
                        .int("issued_at").optional, .int("stated_end").optional, .int("observed_life").optional,
                        .int("rotates"), .int("failures"), .int("retry_at").optional, .text("scopes").optional,
                        .text("owner").optional, .text("owner_proof"), .text("secret_id"),
                        .int("refresh_end").optional, .text("refusal").optional, .int("refused_at").optional,
                        .int("due_at").optional, .int("updated_at"),
                    ], primaryKey: ["credential_id"], indexes: [["due_at"]])),
            .createTable(
                TableDefinition(
                    "refresh_intent",
                    [
                        .text("credential_id"), .int("generation"), .int("fence"), .text("because"), .int("begun_at"),
                        .int("attempts"),
                    ], primaryKey: ["credential_id", "generation"])),
            .createTable(
                TableDefinition(
                    "consent",
                    [
                        .text("id"), .blob("state_hash"), .text("credential_id"), .text("starter"),
                        .text("redirect_uri"), .text("scopes"), .text("secret_id"), .blob("page_hash").optional,
                        .int("tries"), .text("refusal").optional, .int("returned_at").optional, .int("created_at"),
                        .int("expires_at"),
                    ], primaryKey: ["id"], unique: [["state_hash"]],
                    indexes: [["credential_id"], ["expires_at"]])),
            .createTable(
                TableDefinition(
                    "outside_revocation",
                    [
                        .text("credential_id"), .text("name"), .text("settings"), .blob("settings_binding").optional,
                        .text("kind"), .text("secret_id"), .int("secret_version"), .text("grant_secret_id"),
                        .int("generation"), .int("tries"), .int("next_at"),
                    ], primaryKey: ["credential_id"], indexes: [["next_at"]])),
        ])
}
