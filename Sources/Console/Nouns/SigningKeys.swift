extension Noun {
    static let signingKeys = Noun(
        name: "signing-key", title: "Signing keys", one: "signing key", group: .settings,
        says: "The keys that sign tokens. Each is published a day before it signs, and until its last token has ended.",
        first: "The first token that is signed makes one.",
        columns: [
            Column("id", "Key", .name), Column("algorithm", nil, .code), Column("state", nil, .word(["active": .good])),
            Column("active_from", "Signs from"), Column("retired_at", "Signs until"), Column("removed_at", "Removed"),
        ],
        facts: [
            Column("algorithm", nil, .code), Column("published_at", "Published"), Column("active_from", "Signs from"),
            Column("retired_at", "Signs until"), Column("removed_at", "Removed"),
        ],
        labels: ["at_once": "At once: others may have the key", "rotate": "Rotate"],
        state: Column("state", nil, .word(["active": .good])), nameKey: "id")
}
