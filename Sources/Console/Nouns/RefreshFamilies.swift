import Core

extension Noun {
    static let refreshFamilies = Noun(
        name: "refresh-family", title: "Refresh families", one: "refresh family", group: .inbound,
        says: "What people allowed applications and has not ended, those that go on longest first. "
            + "Ending one ends its tokens too.",
        first: "An application that people let in brings the first.",
        columns: [
            Column("client", "Application", .name), Column("state", nil, familyState),
            Column("user", nil, .reference("user")), Column("scopes", "Auth scopes", .references("scope")),
            Column("renews", "Renews itself"), Column("issued_at", "Since"), Column("last_used_at", "Last used"),
            Column("ends_at", "Ends"),
        ],
        facts: [
            Column("client", "Application", .reference("client")), Column("user", nil, .reference("user")),
            Column("scopes", "Auth scopes", .references("scope")), Column("resources", "Resource servers"),
            Column("grant_type", "Came of"), Column("renews", "Renews itself"), Column("renewals", "Times renewed"),
            Column("bound", "Bound"), Column("issued_at", "Since"), Column("last_used_at", "Last used"),
            Column("ends_at", "Ends"),
        ],
        rarely: ["resources", "grant_type"],
        state: Column("state", nil, familyState), nameKey: "client")

    private static let familyState = Show.word(["active": .good, "ended": .bad, "revoked": .bad, "idle": .bad])
}
