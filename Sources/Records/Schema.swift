public import Storage

extension Records {
    /// The dictionary: which tables there are, who may use them, which columns they have.
    public static let migrations: [Migration] = [
        Migration(
            "records-001",
            [
                .createTable(
                    TableDefinition(
                        "record_table",
                        [
                            .text("id"), .text("name"), .text("label"), .text("application"), .text("create_roles"),
                            .text("read_roles"), .text("write_roles"), .text("delete_roles"), .int("created_at"),
                            .text("created_by"),
                        ], primaryKey: ["id"], unique: [["name"]])),
                .createTable(
                    TableDefinition(
                        "record_column",
                        [
                            .text("id"), .text("table_id"), .text("name"), .text("label"), .text("kind"),
                            .int("max_length"), .int("mandatory"), .text("choices").optional, .int("position"),
                        ], primaryKey: ["id"], unique: [["table_id", "name"]])),
            ])
    ]
}
