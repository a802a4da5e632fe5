import Core

extension Noun {
    static let spokes = Noun(
        name: "spoke", title: "Integrations", one: "spoke", group: .outbound,
        says: "Spokes of outside systems: the actions that each knows and what they need.",
        columns: [Column("name", nil, .name), Column("title"), Column("active", "State", activation)],
        facts: [
            Column("title"), Column("version"), Column("source"), Column("credential_kinds", "Credentials"),
            Column("action_count", "Actions"),
        ],
        hides: ["actions"],
        offered: ["activate": ("active", [false]), "deactivate": ("active", [true])],
        leadsOn: { row, visit in
            guard isActive(row), visit.may("connection.create") else { return [] }
            return [Link("Connect", Path("spokes", row["name"]?.string ?? "", "connect"), weight: "main")]
        },
        state: Column("active", nil, activation), idKey: "name", isInRail: false,
        blocks: { row, visit in
            guard isActive(row) else {
                return [
                    .note(.plain, "It is not activated, so its actions do not exist on this hub. Activate it first.")
                ]
            }
            return try await [connections(of: row, visit), actions(of: row)].compactMap(\.self)
        })

    static let activation = Show.flag(
        yes: Badge(tone: .good, word: "activated"), no: Badge(tone: .plain, word: "not activated"))

    /// Whether a spoke's actions exist here; a hub that knows no activation has all of them.
    static func isActive(_ spoke: JSON) -> Bool { spoke["active"]?.bool ?? true }

    private static func connections(of spoke: JSON, _ visit: Visit) async throws -> Block? {
        guard visit.may("connection.list") else { return nil }
        let own = try await visit.items("connection.list").filter {
            Show.named($0["spoke"] ?? "") == spoke["name"]?.string
        }
        return Block.table(
            TableView(
                "Connections", columns: Noun.connections.columns, items: own, of: .connections,
                empty: "Nothing is connected yet. Choose Connect.")
        ).titled("Connections")
    }

    private static func actions(of spoke: JSON) -> Block {
        let columns = [
            Column("name"), Column("says", "What it does", .sentence), Column("destructive", "Effect", .made(effect)),
            Column("repeat", "Sent again", .spoken), Column("scopes", "Scopes"),
        ]
        return Block.table(TableView("Actions", columns: columns, items: spoke["actions"]?.array ?? [], empty: "None."))
            .titled("Actions")
    }

    private static func effect(_ value: JSON) -> Cell {
        switch value.string {
        case "permanent": .badge(.bad, "permanent")
        case "reversible": .badge(.warn, "reversible")
        default: .nothing
        }
    }
}
