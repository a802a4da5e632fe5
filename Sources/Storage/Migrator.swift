import AuditTrail
public import Core

/// One change of the schema. Never edited once it has shipped; the next one gets the next number.
public struct Migration: Sendable {
    /// The feature and a number, such as `identity-001`.
    public let id: String
    /// What changes.
    public let steps: [SchemaStep]

    /// Names a migration.
    public init(_ id: String, _ steps: [SchemaStep]) {
        self.id = id
        self.steps = steps
    }
}

/// Brings a store's schema forward.
public enum Migrator {
    /// What the shared parts need: audit events waiting for the chain, configuration history, outbox, leases,
    /// days of partitioned tables, the epoch feed.
    static let own = [
        Migration(
            "storage-001",
            [
                .createTable(TableDefinition("schema_migration", [.text("id"), .int("at")], primaryKey: ["id"])),
                .createTable(TableDefinition("audit_pending", [.sequence("seq"), .text("event")])),
                .createTable(
                    TableDefinition(
                        "config_history",
                        [
                            .sequence("seq"), .text("entity"), .text("entity_id"), .text("application"),
                            .text("before").optional, .text("after").optional, .text("actor"), .int("at"),
                            .text("correlation"),
                        ], indexes: [["entity", "entity_id"]])),
                .createTable(
                    TableDefinition(
                        "outbox", [.sequence("seq"), .text("topic"), .text("payload")], indexes: [["topic", "seq"]])),
            ]),
        Migration(
            "storage-002",
            [
                .createTable(
                    TableDefinition(
                        "lease", [.text("name"), .text("holder"), .int("fence"), .int("until")], primaryKey: ["name"]))
            ]),
        Migration(
            "storage-003",
            [
                .createTable(
                    TableDefinition("partition_day", [.text("name"), .int("day")], primaryKey: ["name", "day"]))
            ]
        ),
        Migration(
            "storage-004",
            [
                .createTable(
                    TableDefinition(
                        "epoch_feed",
                        [.sequence("seq"), .text("subject"), .int("at"), .transaction("written_by")],
                        indexes: [["written_by"], ["at"]]))
            ]),
    ]

    /// The ids of all changes that the shared parts and these migrations make, in their order.
    public static func ids(_ migrations: [Migration]) -> [String] { (own + migrations).map(\.id) }

    /// Runs what has not been run, one transaction a migration, in the order of the list; returns the ids that it ran.
    ///
    /// Two hubs at once are safe: the one that comes second finds the rows of the first.
    ///
    /// - Parameter wanted: runs these alone; nil for all.
    public static func bring(
        _ database: any Database, to migrations: [Migration], only wanted: Set<String>? = nil, at now: Timestamp
    ) async throws -> [String] {
        var ran: [String] = []
        var done = try await database.appliedMigrations()
        for migration in own + migrations
        where !done.contains(migration.id) && wanted?.contains(migration.id) != false {
            try await database.migrate(migration.id, migration.steps, at: now)
            done.insert(migration.id)
            ran.append(migration.id)
        }
        return ran
    }
}
