extension Noun {
    static let consents = Noun(
        name: "consent", title: "Consents", one: "consent", group: .inbound,
        says: "What people have allowed applications. They are not asked again until it ends or is withdrawn.",
        first: "An application that sends people to the authorization endpoint brings the first.",
        columns: [
            Column("client", "Application", .name), Column("user", nil, .reference("user")),
            Column("scopes", nil, .references("scope")), Column("given_at", "Allowed"), Column("until", "Ends"),
        ],
        facts: [
            Column("user", nil, .reference("user")), Column("scopes", "Auth scopes", .references("scope")),
            Column("given_at", "Allowed"), Column("until", "Ends"),
        ],
        state: nil, nameKey: "client")
}
