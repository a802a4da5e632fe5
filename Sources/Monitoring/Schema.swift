public import Storage

/// The tables of Monitoring.
public enum MonitoringSchema {
    /// In the hub's own store: the chain, its checkpoints, the keys that sign them.
    public static let migrations = [
        Migration(
            "monitoring-001",
            [
                // action, target and correlation are copies to look things up by; the evidence is the event's text.
                .createTable(
                    TableDefinition(
                        "audit_chain",
                        [
                            .int("n"), .blob("hash"), .text("event"), .text("action"), .text("target_id"),
                            .text("target_name"), .text("correlation"),
                        ], primaryKey: ["n"],
                        indexes: [["action", "n"], ["target_id", "n"], ["target_name", "n"], ["correlation", "n"]])),
                .createTable(
                    TableDefinition(
                        "audit_checkpoint",
                        [
                            .int("n"), .text("kind"), .blob("hash"), .int("at"), .text("key_id"), .blob("signature"),
                        ], primaryKey: ["n", "kind"], indexes: [["kind", "n"]])),
                .createTable(
                    TableDefinition(
                        "audit_key", [.text("key_id"), .blob("public_key"), .int("created_at")],
                        primaryKey: ["key_id"])),
            ])
    ]

    /// In the store of the transaction log, which is never the hub's own SQLite file.
    public static let logMigrations = [
        Migration("transaction-log-001", [.createTable(transactionLog), .createTable(logDropped)]),
        // On SQLite nothing: there a file is a day.
        Migration(
            "transaction-log-002", [.partitionByDay(transactionLog, by: "at"), .partitionByDay(logDropped, by: "at")]),
        Migration("transaction-log-003", [.addColumn(.text("address").emptyByDefault, to: "transaction_log")]),
        // Nearly all are allowed, and are looked for along the time anyway.
        Migration(
            "transaction-log-004",
            [
                .dropIndex(on: "transaction_log", ["outcome", "at"]),
                .createPartialIndex(on: "transaction_log", ["outcome", "at"], where: "outcome", isNot: "allowed"),
            ]),
    ]

    private static let transactionLog = TableDefinition(
        "transaction_log",
        [
            .int("at"), .text("id"), .text("direction"), .text("correlation"), .int("microseconds"), .text("method"),
            .text("path"), .int("status"), .text("outcome"), .text("reason"), .text("user_name"), .text("client"),
            .text("connection"), .text("action"), .text("execution"), .text("decision").optional,
            .text("first_of").optional, .int("repeated"),
        ], primaryKey: ["at", "id"], indexes: [["correlation"], ["outcome", "at"], ["client", "at"]])

    private static let logDropped = TableDefinition(
        "log_dropped", [.int("at"), .text("id"), .int("reads"), .int("others"), .int("refusals")],
        primaryKey: ["at", "id"])
}
