extension Noun {
    static let credentials = Noun(
        name: "credential", title: "Credentials", one: "credential", group: .outbound,
        says: "Sealed secrets for outside systems. A secret is never shown again; it leaves only at the socket.",
        columns: [
            Column("name", nil, .name), Column("kind", nil, .word([:])), Column("active", "State", .active),
            Column("expires_at", "Expires"), Column("order"), Column("updated_at", "Changed"),
        ],
        facts: [
            Column("kind", nil, .word([:])), Column("secret"), Column("expires_at", "Expires"),
            Column("order"), Column("application"),
        ],
        labels: ["expires_at": "Expires"])
}
