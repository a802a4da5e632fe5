import Core

extension Noun {
    static let spokes = Noun(
        name: "spoke", title: "Spokes", one: "spoke", group: .outbound,
        says: "Connectors of outside systems: the actions that each knows and what they need.",
        columns: [
            Column("name", nil, .name), Column("title"), Column("action_count", "Actions"), Column("version"),
            Column("source", nil, .sentence),
        ],
        facts: [
            Column("title"), Column("version"), Column("source"), Column("credential_kinds", "Credentials"),
        ],
        sublists: [
            Sublist(
                key: "actions", title: "Actions",
                columns: [
                    Column("name"), Column("says", "What it does", .sentence),
                    Column("destructive", "Reach", .made(reach)),
                    Column("repeat", "Sent again", .word([:])), Column("scopes", "Scopes"),
                ])
        ],
        hides: ["action_count"], idKey: "name")

    private static func reach(_ value: JSON) -> Cell {
        switch value.string {
        case "permanent": .badge(.bad, "permanent")
        case "reversible": .badge(.warn, "reversible")
        default: .nothing
        }
    }
}
