extension Noun {
    static let scopes = Noun(
        name: "scope", title: "Auth scopes", one: "auth scope", group: .inbound,
        says: "Named rights to call some APIs. Tokens carry them; a call without a scope that covers it is refused.",
        columns: [
            Column("name", nil, .name), Column("active", "State", .active), Column("says", "Purpose", .sentence),
            Column("rules", nil, .count),
        ],
        facts: [
            Column("says", "Purpose", .sentence), Column("max_age", "Sign-in at most", .seconds), Column("application"),
        ],
        sublists: [
            Sublist(
                key: "rules", title: "Covers",
                columns: [Column("method", nil, .code), Column("path", nil, .code), Column("table", nil, .code)],
                empty: "It covers nothing.")
        ],
        labels: ["says": "Purpose", "rules": "Covers", "max_age": "Sign-in at most, seconds"],
        members: ["rules": ["method", "path", "table"]])
}
