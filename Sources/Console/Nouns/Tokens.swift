import Core

extension Noun {
    static let tokens = Noun(
        name: "token", title: "Tokens", one: "token", group: .inbound,
        says: "Access tokens that have not ended, by an id that is no use to present; those that live longest first.",
        first: "An application that asks for a token brings the first.",
        columns: [
            Column("id", "Token", .name), Column("state", nil, tokenState),
            Column("client", "Application", .reference("client")), Column("user", nil, .reference("user")),
            Column("scopes", "Auth scopes", .references("scope")), Column("from", "Came of", .made(cameOf)),
            Column("issued_at", "Issued"), Column("expires_at", "Ends"),
        ],
        facts: [
            Column("client", "Application", .reference("client")), Column("user", nil, .reference("user")),
            Column("scopes", "Auth scopes", .references("scope")), Column("from", "Came of", .made(cameOf)),
            Column("bound", "Bound"), Column("issued_at", "Issued"), Column("expires_at", "Ends"),
        ],
        labels: ["revoke": "End one by its text"],
        state: Column("state", nil, tokenState), nameKey: "id")

    private static let tokenState = Show.word(["active": .good, "revoked": .bad])

    private static func cameOf(_ value: JSON) -> Cell {
        switch value.string {
        case "consent": .text("a person's yes")
        case "assertion": .text("a signed assertion")
        case "exchange": .text("another token")
        default: .text("the application itself")
        }
    }

    /// To the tokens of a client or a user, and to what renews them.
    static func tokenLinks(_ field: String, _ row: JSON, _ visit: Visit) -> [Link] {
        guard let name = row["name"]?.string else { return [] }
        return [tokens, refreshFamilies].filter { visit.may("\($0.name).list") }.map { noun in
            Link(noun.title, Path([noun.segment], query: [(name: field, value: name)]))
        }
    }
}
