extension Noun {
    static let registrationTokens = Noun(
        name: "registration-token", title: "Registration tokens", one: "registration token", group: .inbound,
        says: "Tokens by which applications register themselves, where the configuration lets them.",
        columns: [
            Column("name", nil, .name), Column("user_name", "They run as", .reference("user")),
            Column("scopes", "They may hold", .references("scope")), Column("uses_left", "Uses left"),
            Column("until", "Ends"),
        ],
        facts: [
            Column("user_name", "They run as", .reference("user")),
            Column("scopes", "They may hold", .references("scope")), Column("grants", "They may have"),
            Column("uses_left", "Uses left"), Column("made_at", "Made"), Column("until", "Ends"),
            Column("application"),
        ],
        hides: ["user"],
        labels: [
            "user": "They run as", "scopes": "Auth scopes they may hold", "grants": "Grant types they may have",
            "uses": "How many may register", "until": "Ends",
        ],
        shownOnce: ["create": "registration_token"], state: nil)
}
