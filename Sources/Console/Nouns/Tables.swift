extension Noun {
    static let tables = Noun(
        name: "table", title: "Tables", one: "table", group: .inbound,
        says: "What the Table API reads and writes, and which roles may.",
        columns: [
            Column("name", nil, .name), Column("label"), Column("read_roles", "Read", .references("role")),
            Column("create_roles", "Create", .references("role")), Column("write_roles", "Update", .references("role")),
            Column("delete_roles", "Delete", .references("role")),
        ],
        facts: [
            Column("label"), Column("read_roles", "May read", .references("role")),
            Column("create_roles", "May create", .references("role")),
            Column("write_roles", "May update", .references("role")),
            Column("delete_roles", "May delete", .references("role")), Column("application"),
        ],
        sublists: [
            Sublist(
                key: "columns", title: "Columns",
                columns: [
                    Column("name", nil, .code), Column("label"), Column("kind"),
                    Column("max_length", "Length", .number),
                    Column("mandatory"), Column("choices"),
                ])
        ])
}
