import Core

extension Noun {
    static let hooks = Noun(
        name: "hook", title: "Hooks", one: "hook", group: .inbound,
        says:
            "Addresses to which outside systems send events. Each event is kept before it is answered, and starts flows once.",
        columns: [
            Column("name", nil, .name), Column("active", "State", .active), Column("spoke", nil, .reference("spoke")),
            Column("alias", "Compared through", .reference("alias")), Column("received_at", "Last delivery"),
            Column("findings", nil, .made(findings)),
        ],
        facts: [
            Column("url", "Address", .code), Column("header", "Secret header", .code),
            Column("spoke", nil, .reference("spoke")), Column("secret_made_at", "Secret made"),
            Column("old_secret_until", "Former secret until"), Column("verified_at", "Verified"),
            Column("received_at", "Last delivery"), Column("types", "Types of events"),
            Column("alias", "Compared through", .reference("alias")), Column("compared_until", "Compared up to"),
            Column("lost", "Events not delivered"), Column("lost_at", "Last loss found"), Column("application"),
        ],
        sublists: [
            Sublist(
                key: "latest", title: "Latest events",
                columns: [
                    Column("published", "Happened"), Column("type", nil, .code), Column("received_at", "Came"),
                    Column("via", "By", .spoken), Column("late"), Column("id", nil, .code),
                    Column("correlation", nil, .reference("transaction")),
                ], empty: "Nothing has come yet.")
        ],
        hides: ["path", "findings"], rarely: ["old_secret_until", "lost_at"],
        labels: ["types": "Types of events", "alias": "Compare through", "header": "Secret header"],
        shownOnce: ["rotate-secret": "secret"],
        blocks: { row, _ in
            let found = (row["findings"]?.array ?? []).map {
                Finding(tone: .warn, word: "finding", sentence: $0["says"]?.string ?? "")
            }
            return found.isEmpty ? [] : [Block.findings(found, empty: "").titled("Findings")]
        })

    /// How many there are.
    static func findings(_ value: JSON) -> Cell {
        let count = value.array?.count ?? 0
        return count == 0 ? .badge(.good, "none") : .badge(.warn, "\(count)")
    }
}
