import Core

extension Noun {
    static let outcomes: [String: Tone] = ["allowed": .good, "refused": .bad, "failed": .warn, "unknown": .warn]

    static let transactionColumns: [Column] = [
        Column("at", "When"), Column("direction", "Way"), Column("method", nil, .code), Column("path", nil, .code),
        Column("status", nil, .number), Column("outcome", nil, .word(outcomes)), Column("user"), Column("client"),
        Column("microseconds", "Took", .microseconds),
    ]

    static let transactions = Noun(
        name: "transaction", title: "Transactions", one: "transaction", group: .logs,
        says: "Every request in and out, the newest first. A refusal opens as the way of one request.",
        columns: [Column("at", "When", .name)] + transactionColumns.dropFirst(),
        sublists: [Sublist(key: "items", title: "Requests under this id", columns: transactionColumns)],
        hides: ["correlation"], nameKey: "correlation", idKey: "correlation", isLive: true,
        blocks: { row, _ in
            (row["items"]?.array ?? []).compactMap { $0["decision"] }.filter { $0 != .null }
                .map { .way(Station.stations(of: $0)).titled("The way of this request") }
        })
}
