extension Noun {
    static let groups = Noun(
        name: "group", title: "Groups", one: "group", group: .settings,
        says: "Users together; the roles of a group are the roles of its members.",
        columns: [Column("name", nil, .name), Column("says", "Who belongs in it", .sentence), Column("application")],
        facts: [
            Column("says", "Who belongs in it", .sentence), Column("member_count", "Members"), Column("application"),
        ],
        sublists: [
            Sublist(
                key: "members", title: "Members", columns: [Column("name", nil, .reference("user"))],
                empty: "Nobody is in it yet.", adds: ["add-member"],
                acts: [.init("remove-member", "user", from: "name")])
        ],
        labels: ["says": "Who belongs in it"])
}
