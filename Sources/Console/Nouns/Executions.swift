import Core

extension Noun {
    static let executionStates: [String: Tone] = [
        "done": .good, "running": .busy, "waiting": .busy, "planned": .plain, "sent": .busy,
        "failed": .bad, "refused": .bad, "in_doubt": .warn, "cancelled": .plain,
        "skipped": .plain,
    ]

    /// An execution in any list.
    static let executionColumns: [Column] = [
        Column("started_at", "Started", .name), Column("state", nil, .word(executionStates)),
        Column("started_by", "By"), Column("ended_at", "Ended"), Column("says", "Said", .sentence),
    ]

    static let executions = Noun(
        name: "execution", title: "Executions", one: "execution", group: .flows,
        says: "Durable runs of flows, the latest first. One in doubt waits for a person's decision.",
        columns: [
            Column("started_at", "Started", .name), Column("flow", nil, .reference("flow")),
            Column("state", nil, .word(executionStates)), Column("started_by", "By"), Column("ended_at", "Ended"),
            Column("says", "Said", .sentence),
        ],
        facts: [
            Column("flow", nil, .reference("flow")), Column("version"), Column("started_by", "Started by"),
            Column("started_at", "Started"), Column("ended_at", "Ended"),
            Column("correlation", nil, .reference("transaction")), Column("reason", nil, .code),
            Column("says", "Said", .sentence), Column("trigger", nil, .code),
        ],
        sublists: [
            Sublist(
                key: "steps", title: "Steps",
                columns: [
                    Column("path", "Step", .code), Column("title"), Column("state", nil, .word(executionStates)),
                    Column("attempt"), Column("sent_at", "Sent"), Column("ended_at", "Ended"),
                    Column("says", "Said", .sentence),
                ],
                acts: [.init("decide", "step", from: "path")])
        ],
        offered: ["decide": ("state", "in_doubt")], state: Column("state", nil, .word(executionStates)),
        nameKey: "flow", isLive: true)
}
