public import Storage

extension Spokes {
    /// Which spokes are activated, and how far streams were read; what spokes are stands in their files.
    public static let migrations: [Migration] = [
        Migration(
            "spokes-001",
            [
                .createTable(
                    TableDefinition(
                        "spoke",
                        [
                            .text("name"), .text("application"), .int("active"), .int("created_at"),
                            .int("updated_at"),
                        ], primaryKey: ["name"]))
            ]),
        Migration(
            "spokes-002",
            [
                .createTable(
                    TableDefinition(
                        "stream_place",
                        [
                            .text("connection_id"), .text("action"), .text("reader"), .text("query"), .text("place"),
                            .text("pending_step").optional, .text("pending_next"), .int("turn"), .int("updated_at"),
                        ], primaryKey: ["connection_id", "action", "reader"], indexes: [["updated_at"]]))
            ]),
    ]
}
