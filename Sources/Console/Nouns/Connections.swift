import Core

extension Noun {
    static let connections = Noun(
        name: "connection", title: "Connections", one: "connection", group: .outbound,
        says:
            "Where outside systems are, the credential each uses, and the actions it enables. All others are refused.",
        columns: [
            Column("name", nil, .name), Column("spoke", nil, .reference("spoke")), Column("url", "Base URL", .code),
            Column("credential", nil, .reference("credential")), Column("actions", "Actions", .count),
            Column("findings", nil, .made { findings($0.array?.count ?? 0) }),
        ],
        facts: [
            Column("spoke", nil, .reference("spoke")), Column("url", "Base URL", .code),
            Column("credential", nil, .reference("credential")),
            Column("aliases", "Used by", .references("alias")), Column("application"),
        ],
        sublists: [
            Sublist(
                key: "actions", title: "Enabled actions", columns: [Column("name", "Action", .code)],
                empty: "It enables no action yet, so every call through it is refused. Choose the actions it needs.",
                adds: ["enable-action"], acts: [.init("disable-action", "action", from: "name")])
        ],
        hides: ["findings"],
        labels: [
            "url": "Base URL", "actions": "Enabled actions", "allow_loopback_http": "Allow http to this machine",
        ],
        later: ["actions"],
        blocks: { row, _ in
            let found = row["findings"]?.array ?? []
            guard !found.isEmpty else { return [] }
            let shown = found.map { Finding(tone: .warn, word: "finding", sentence: $0["says"]?.string ?? "") }
            return [.findings(shown, empty: "").titled("Findings")]
        })

    private static func findings(_ count: Int) -> Cell {
        count == 0 ? .badge(.good, "none") : .badge(.warn, "\(count)")
    }
}
