import Core

extension Noun {
    static let roles = Noun(
        name: "role", title: "Roles", one: "role", group: .settings,
        says: "What rules and operations ask for. A role may contain others.",
        columns: [Column("name", nil, .name), Column("says", "What it is for", .sentence), Column("application")],
        facts: [Column("says", "What it is for", .sentence), Column("application")],
        sublists: [
            Sublist(
                key: "contains", title: "Contains", columns: [Column("name", nil, .reference("role"))],
                empty: "It contains no other role.", adds: ["contain"],
                acts: [.init("release", "role", from: "name")])
        ],
        labels: ["says": "What it is for", "contain": "Add role", "release": "Remove role"],
        offered: ["delete": ("built_in", [false])])
}
