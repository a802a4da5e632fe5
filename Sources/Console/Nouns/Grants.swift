extension Noun {
    static let grants = Noun(
        name: "role-grant", title: "Grants", one: "grant", group: .settings,
        says: "Which user or group has which role, for good or until a moment.",
        columns: [
            Column("role", nil, .name), Column("user", nil, .reference("user")),
            Column("group", nil, .reference("group")),
            Column(
                "in_force", "State",
                .flag(yes: Badge(tone: .good, word: "in force"), no: Badge(tone: .plain, word: "ended"))),
            Column("until", "Ends"), Column("granted_by", "By"), Column("granted_at", "Since"),
        ],
        nameKey: "role")
}
