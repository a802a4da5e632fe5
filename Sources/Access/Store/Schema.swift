public import Storage

extension Access {
    /// The tables of auth scopes. Forward only.
    public static let migrations: [Migration] = [
        Migration(
            "access-001",
            [
                .createTable(
                    TableDefinition(
                        "auth_scope",
                        [.text("id"), .text("name"), .text("application"), .text("says"), .int("active")],
                        primaryKey: ["id"], unique: [["name"]])),
                .createTable(
                    TableDefinition(
                        "scope_rule",
                        [
                            .text("id"), .text("scope_id"), .int("place"), .text("method"), .text("path"),
                            .text("table_name").optional,
                        ], primaryKey: ["id"], indexes: [["scope_id", "place"]])),
            ]),
        Migration("access-002", [.addColumn(.int("max_age").optional, to: "auth_scope")]),
        // `useraccount` is built in now and covers everything: what somebody named so meant less.
        Migration(
            "access-003",
            [.data("UPDATE auth_scope SET name = 'useraccount-' || id WHERE name = 'useraccount'")]),
    ]
}
