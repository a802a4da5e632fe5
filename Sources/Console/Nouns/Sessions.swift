extension Noun {
    static let sessions = Noun(
        name: "session", title: "Sessions", one: "session", group: .settings,
        says: "Browsers that are signed in to this console, the newest first.",
        columns: [
            Column("begun_at", "Signed in", .name), Column("user", nil, .reference("user")),
            Column("address", "From"), Column("used_at", "Last used"), Column("idle_at", "Ends if idle"),
            Column("expires_at", "Ends"),
        ],
        facts: [
            Column("user", nil, .reference("user")), Column("begun_at", "Signed in"), Column("address", "From"),
            Column("browser", "Browser, as it calls itself"), Column("used_at", "Last used"),
            Column("idle_at", "Ends if idle"), Column("expires_at", "Ends"),
        ],
        nameKey: "begun_at")
}
