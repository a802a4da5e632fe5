import Core

extension Noun {
    static let auditEvents = Noun(
        name: "audit-event", title: "Audit events", one: "audit event", group: .logs,
        says: "Changes, sign-ins, grants and refused operations, each chained to the one before.",
        columns: [
            Column("n", "Number"), Column("at", "When"), Column("action", nil, .code),
            Column("actor", "By"), Column("target", "About"),
            Column("correlation", nil, .reference("transaction")),
        ],
        nameKey: "n", idKey: "n")
}
