import Core

extension Noun {
    static let approvals = Noun(
        name: "approval", title: "Approvals", one: "approval", group: .reviews,
        says: "What flows ask of people before they go on. Nobody decides about an execution that they started.",
        first: "A flow asks when it comes to a step of the kind approval.",
        columns: [
            Column("says", "What is asked", .name), Column("flow", nil, .reference("flow")),
            Column("asks", "Of whom"), Column("state", nil, .word(states)), Column("requested_at", "Asked"),
            Column("expires_at", "Expires"),
        ],
        facts: [
            Column("flow", nil, .reference("flow")), Column("execution", nil, .reference("execution")),
            Column("step", nil, .code), Column("asks", "Asked of"), Column("show", "To know", .made(Show.pairs)),
            Column("requested_at", "Asked"), Column("expires_at", "Expires"), Column("ended_at", "Ended"),
            Column("decided_by", "Decided by"), Column("note"),
        ],
        sublists: [
            Sublist(
                key: "approves", title: "Calls that it approves",
                columns: [
                    Column("title", "Action"), Column("with", "With", .made(Show.pairs)), Column("connection"),
                    Column("address", nil, .code), Column("alias", nil, .code), Column("step", nil, .code),
                ], isLeftOutEmpty: true)
        ],
        rarely: ["show", "ended_at", "decided_by", "note"], offered: ["decide": ("state", ["pending"])],
        mainAct: "decide",
        state: Column("state", nil, .word(states)), nameKey: "says",
        idKey: "id")

    private static let states: [String: Tone] = [
        "pending": .busy, "approved": .good, "refused": .bad, "expired": .warn, "cancelled": .plain,
    ]
}
