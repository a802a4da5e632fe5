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
            ]),
        // `layout` says which of the indexes that every record table has are made: 0 none, 1 those of `TableLayout`.
        Migration(
            "records-002",
            [
                .addColumn(.text("conditions").optional, to: "record_table"),
                .addColumn(.int("projected").standard(0), to: "record_table"),
                .addColumn(.int("layout").standard(0), to: "record_table"),
                .addColumn(.text("reference").optional, to: "record_column"),
                .addColumn(.int("indexed").standard(0), to: "record_column"),
            ]),
    ]
}
