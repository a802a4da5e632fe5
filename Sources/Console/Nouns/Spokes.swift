import Core

extension Noun {
    static let spokes = Noun(
        name: "spoke", title: "Integrations", one: "spoke", group: .outbound,
        says: "Connectors of outside systems: the actions that each knows and what they need.",
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
        return Block.table(ListPage.table(of: .connections, own, empty: "Nothing is connected yet. Choose Connect."))
            .titled("Connections")
    }

    private static func actions(of spoke: JSON) -> Block {
        let columns = [
            Column("name"), Column("says", "What it does", .sentence), Column("reach", "Reach", .made(reach)),
            Column("repeat", "Sent again", .word([:])), Column("scopes", "Scopes"),
        ]
        let rows = (spoke["actions"]?.array ?? []).map { action in
            let cells = columns.map {
                $0.show.cell(action[$0.key == "reach" ? "destructive" : $0.key], of: nil, in: action)
            }
            return TableView.Row(first: cells[0], cells: Array(cells.dropFirst()))
        }
        return Block.table(TableView("Actions", columns.map { .init(name: $0.name) }, rows, empty: "It has none."))
            .titled("Actions")
    }

    private static func reach(_ value: JSON) -> Cell {
        switch value.string {
        case "permanent": .badge(.bad, "permanent")
        case "reversible": .badge(.warn, "reversible")
        default: .nothing
        }
    }
}
