public import Storage

extension Hooks {
    /// The tables of hooks: what they are and how they fare, and which events came through each.
    public static let migrations: [Migration] = [
        Migration(
            "hooks-001",
            [
                .createTable(
                    TableDefinition(
                        "hook",
                        [
                            .text("id"), .text("name"), .text("application"), .text("spoke"), .text("alias").optional,
                            .text("header"), .text("types"), .int("active"), .blob("secret").optional,
                            .int("secret_made_at").optional, .blob("old_secret").optional,
                            .int("old_secret_until").optional, .int("verified_at").optional,
                            .int("received_at").optional, .int("latest_published").optional,
                            .int("expected_since").optional, .int("compared_until").optional, .int("compare_at"),
                            .text("problem"), .text("problem_says"), .int("lost"), .int("lost_at").optional,
                            .int("created_at"), .int("updated_at"),
                        ], primaryKey: ["id"], unique: [["name"]], indexes: [["compare_at"], ["alias"]])),
                .createTable(
                    TableDefinition(
                        "hook_event",
                        [
                            .text("hook_id"), .text("event_id"), .text("type"), .int("published"), .int("received_at"),
                            .text("via"), .int("late"), .text("correlation"),
                        ], primaryKey: ["hook_id", "event_id"],
                        indexes: [["received_at"], ["hook_id", "received_at"]])),
            ])
    ]
}
