extension Noun {
    static let credentials = Noun(
        name: "credential", title: "Credentials", one: "credential", group: .outbound,
        says: "Sealed secrets for outside systems. A secret is never shown again; it leaves only at the socket.",
        columns: [
            Column("name", nil, .name), Column("kind", nil, .spoken), Column("active", "State", .active),
            Column("expires_at", "Expires"), Column("order"), Column("updated_at", "Changed"),
        ],
        facts: [
            Column("kind", nil, .spoken), Column("secret"), Column("expires_at", "Expires"),
            Column("order"), Column("used_by", nil, .references("connection")),
            Column("aliases", nil, .references("alias")), Column("applies_to", "Only for the hubs"),
            Column("rests_until", "Rests until"), Column("application"),
        ],
        rarely: ["applies_to", "rests_until"],
        labels: ["expires_at": "Expires"])
}
