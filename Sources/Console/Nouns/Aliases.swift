import Core

extension Noun {
    static let aliases = Noun(
        name: "alias", title: "Aliases", one: "alias", group: .outbound,
        says:
            "The names that flows use. Each leads to one active connection, which can be switched without a change to a flow.",
        columns: [
            Column("name", nil, .name), Column("spoke", nil, .reference("spoke")),
            Column("connection", "Leads to", .reference("connection")),
            Column("connections", "May lead to", .references("connection")),
        ],
        facts: [
            Column("spoke", nil, .reference("spoke")), Column("connection", "Leads to", .reference("connection")),
            Column("application"),
        ],
        sublists: [
            Sublist(
                key: "connections", title: "Connections",
                columns: [
                    Column("name", nil, .reference("connection")), Column("active", "State", .active),
                ],
                empty: "It leads nowhere, so every step that uses it fails.",
                adds: ["add-connection"],
                acts: [
                    .init("activate", "connection", from: "name"),
                    .init("remove-connection", "connection", from: "name"),
                ])
        ],
        offered: ["activate": ("active", [false])])
}
