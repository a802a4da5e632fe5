public import Storage

extension Spokes {
    /// Which spokes are activated; what they are stands in their files.
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
            ])
    ]
}
