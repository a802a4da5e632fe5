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
        ],
        labels: [
            "display_name": "Shown as", "web_service_only": "Service account: calls APIs only",
        ],
        pagesBy: "name")

    private static let locked = Show.made { $0 == true ? .badge(.bad, "locked") : .nothing }
    private static let kind = Show.flag(
        yes: Badge(tone: .plain, word: "service account"), no: Badge(tone: .plain, word: "person"))

    static let groups = Noun(
        name: "group", title: "Groups", one: "group", group: .settings,
        says: "Users together; the roles of a group are the roles of its members.",
        columns: [Column("name", nil, .name), Column("says", "Who belongs in it", .sentence), Column("application")],
        facts: [
            Column("says", "Who belongs in it", .sentence), Column("member_count", "Members"), Column("application"),
        ],
        sublists: [
            Sublist(
                key: "members", title: "Members", columns: [Column("name", nil, .reference("user"))],
                empty: "Nobody is in it yet.", adds: ["add-member"],
                acts: [.init("remove-member", "user", from: "name")])
        ],
        labels: ["says": "Who belongs in it"], pagesBy: "name")

    static let roles = Noun(
        name: "role", title: "Roles", one: "role", group: .settings,
        says: "What rules and operations ask for. A role may contain others.",
        columns: [Column("name", nil, .name), Column("says", "What it is for", .sentence), Column("application")],
        facts: [Column("says", "What it is for", .sentence), Column("application")],
        sublists: [
            Sublist(
                key: "contains", title: "Contains", columns: [Column("name", nil, .reference("role"))],
                empty: "It contains no other role.", adds: ["contain"],
                acts: [.init("release", "role", from: "name")])
        ],
        labels: ["says": "What it is for"], pagesBy: "name")

    static let grants = Noun(
        name: "role-grant", title: "Grants", one: "grant", group: .settings,
        says: "Which user or group has which role, for good or until a moment.",
        columns: [
            Column("role", nil, .name), Column("user", nil, .reference("user")),
            Column("group", nil, .reference("group")),
            Column(
                "in_force", "State",
                .flag(yes: Badge(tone: .good, word: "in force"), no: Badge(tone: .plain, word: "ended"))),
            Column("until", "Ends"), Column("granted_by", "By"), Column("granted_at", "Since"),
        ],
        nameKey: "role", pagesBy: "id")
}
