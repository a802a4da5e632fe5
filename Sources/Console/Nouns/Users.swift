import Core

extension Noun {
    static let users = Noun(
        name: "user", title: "Users", one: "user", group: .settings,
        says: "People and service accounts. A service account calls APIs and never signs in here.",
        columns: [
            Column("name", nil, .name), Column("display_name", "Shown as"), Column("active", "State", .active),
            Column("locked", nil, locked), Column("web_service_only", "Kind", kind), Column("email"),
        ],
        facts: [
            Column("display_name", "Shown as"), Column("email"), Column("web_service_only", "Kind", kind),
            Column("locked", nil, locked), Column("groups", nil, .references("group")),
            Column("roles", "Roles in force", .references("role")), Column("has_password", "Password"),
            Column("has_second_factor", "Second factor"),
        ],
        labels: [
            "display_name": "Shown as", "web_service_only": "Service account: calls APIs only",
        ], offered: ["remove-second-factor": ("has_second_factor", [true])],
        leadsOn: { row, visit in Noun.tokenLinks("user", row, visit) })

    private static let locked = Show.made { $0 == true ? .badge(.bad, "locked") : .nothing }
    private static let kind = Show.made { .text($0 == true ? "service account" : "person") }
}
