public import Storage

extension Vault {
    /// The vault's tables.
    public static let migrations: [Migration] = [
        Migration(
            "vault-001",
            [
                .createTable(
                    TableDefinition(
                        "vault_check", [.int("id"), .text("key_id"), .blob("sealed"), .int("created_at")],
                        primaryKey: ["id"])),
                .createTable(
                    TableDefinition(
                        "secret",
                        [
                            .text("id"), .int("version"), .blob("ciphertext"), .blob("wrapped_key"), .text("key_id"),
                            .int("created_at"),
                        ], primaryKey: ["id", "version"])),
                .createTable(
                    TableDefinition(
                        "internal_key", [.text("name"), .text("secret_id"), .int("secret_version")],
                        primaryKey: ["name"])),
                .createTable(
                    TableDefinition(
                        "credential",
                        [
                            .text("id"), .text("name"), .text("application"), .text("kind"), .int("active"),
                            .text("secret_id"), .int("secret_version"), .int("expires_at").optional,
                            .int("sort_order").optional, .int("created_at"), .int("updated_at"),
                        ], primaryKey: ["id"], unique: [["name"]])),
                .createTable(
                    TableDefinition(
                        "connection",
                        [
                            .text("id"), .text("name"), .text("application"), .text("spoke"), .text("url"),
                            .int("allow_loopback_http"), .text("credential_id"), .blob("binding"),
                            .int("created_at"), .int("updated_at"),
                        ], primaryKey: ["id"], unique: [["name"]], indexes: [["credential_id"]])),
                .createTable(
                    TableDefinition(
                        "connection_action", [.text("connection_id"), .text("action")],
                        primaryKey: ["connection_id", "action"])),
                .createTable(
                    TableDefinition(
                        "alias",
                        [
                            .text("id"), .text("name"), .text("application"), .text("spoke"),
                            .text("active_connection_id").optional, .int("created_at"), .int("updated_at"),
                        ], primaryKey: ["id"], unique: [["name"]])),
                .createTable(
                    TableDefinition(
                        "alias_connection", [.text("alias_id"), .text("connection_id")],
                        primaryKey: ["alias_id", "connection_id"], indexes: [["connection_id"]])),
            ]),
        // A connection has several credentials; what had one keeps it, and its binding.
        Migration(
            "vault-002",
            [
                .createTable(
                    TableDefinition(
                        "connection_credential", [.text("connection_id"), .text("credential_id")],
                        primaryKey: ["connection_id", "credential_id"], indexes: [["credential_id"]])),
                .data(
                    """
                    INSERT INTO connection_credential (connection_id, credential_id)
                    SELECT id, credential_id FROM connection
                    """),
                .dropIndex(on: "connection", ["credential_id"]),
                .dropColumn("credential_id", of: "connection"),
                .addColumn(.text("applies_to").optional, to: "credential"),
                .createTable(
                    TableDefinition(
                        "credential_refusal",
                        [
                            .text("credential_id"), .int("version"), .int("refusals"), .int("since"),
                            .int("rests_until"),
                        ], primaryKey: ["credential_id"])),
            ]),
        custodyMigration, driftMigration,
        Migration("vault-005", [.addColumn(.int("needs_approval").standard(0), to: "connection")]),
        rotationMigration, resourceMigration, passageMigration, providerRotationMigration,
        Migration("vault-010", [.addColumn(.int("calls_per_minute").optional, to: "connection")]),
        RevocationRows.migration, rotationKeyMigration,
    ]
}
