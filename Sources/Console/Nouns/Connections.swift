import Core

extension Noun {
    static let connections: Noun = Noun(
        name: "connection", title: "Connections", one: "connection", group: .outbound,
        says:
            "Where outside systems are, the credentials each uses, and the actions it enables. All others are refused.",
        columns: [
            Column("name", nil, .name), Column("spoke", nil, .reference("spoke")), Column("url", "Base URL", .code),
            Column("credentials", nil, .references("credential")), Column("actions", "Actions", .count),
            Column("findings", nil, .made { findings($0.array?.count ?? 0) }),
        ],
        facts: [
            Column("spoke", nil, .reference("spoke")), Column("url", "Base URL", .code),
            Column("aliases", "Used by", .references("alias")), Column("application"),
            Column("needs_approval", "Destructive actions", .made(approval)),
        ],
        sublists: [
            Sublist(
                key: "credentials", title: "Credentials",
                columns: [
                    Column("name", nil, .reference("credential")), Column("kind", nil, .spoken), Column("order"),
                    Column("unusable", "Not used because", .spoken),
                ],
                empty: "It has no credential, so no call can leave through it.", adds: ["add-credential"],
                acts: [.init("remove-credential", "credential", from: "name")]),
            Sublist(
                key: "actions", title: "Enabled actions", columns: [Column("name", "Action", .code)],
                empty: "It enables no action yet, so every call through it is refused. Choose the actions it needs.",
                adds: ["enable-action"], acts: [.init("disable-action", "action", from: "name")]),
        ],
        labels: [
            "url": "Base URL", "actions": "Enabled actions", "allow_loopback_http": "Allow http to this machine",
            "needs_approval": "Destructive actions need a second person's approval",
        ],
        later: ["actions"], unasked: ["credential"],
        blocks: { row, visit in
            guard visit.may("connection.drift") else { return [] }
            let last = try await visit.run("connection.drift", id: connections.id(of: row), ["look": false])
            let isByOAuth = (row["credentials"]?.array ?? []).contains { $0["kind"] == "oauth" }
            return DriftBlocks.setUp(last) + (isByOAuth ? DriftBlocks.of(last) : [])
        })

    private static func approval(_ value: JSON) -> Cell {
        .text(value.bool == true ? "only with a second person's approval" : "as all others")
    }

    private static func findings(_ count: Int) -> Cell {
        count == 0 ? .badge(.good, "none") : .badge(.warn, "\(count)")
    }
}
