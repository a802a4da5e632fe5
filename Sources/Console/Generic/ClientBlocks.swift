import Core

/// What a client's own page says beside its facts: what its tokens may do, and how it is graded.
enum ClientBlocks {
    static func all(_ row: JSON, _ visit: Visit) async throws -> [Block] {
        try await rights(row, visit) + report(row, visit)
    }

    /// Each auth scope that it holds with what it covers, and whose rights count beside.
    private static func rights(_ row: JSON, _ visit: Visit) async throws -> [Block] {
        guard visit.may("scope.list") else { return [] }
        let known = try await visit.items("scope.list")
        let items = (row["scopes"]?.texts ?? []).map { name in
            known.first { $0["name"]?.string == name } ?? ["name": .string(name), "active": false, "rules": []]
        }
        let table = TableView(
            "What its tokens may do",
            columns: [
                .init("name", "Auth scope", .reference("scope")), .init("active", "State", .active),
                .init("says", "Purpose", .sentence), .init("rules", "Covers", .made(covers)),
            ], items: items, empty: "It holds no auth scope, so no call with its tokens passes.")
        let name = row["name"]?.string ?? ""
        let simulator = visit.may("decision.explain") ? [Link("Explain a call", explain(name))] : []
        return [
            Block.table(table).titled("What its tokens may do", simulator),
            .words(
                "A token carries those that were asked for. A call passes where one of them covers it and the user "
                    + "behind the token may make it: \(row["user_name"]?.string ?? "nobody") where it acts for itself, "
                    + "else the person who allowed it."),
        ]
    }

    private static func explain(_ client: String) -> Path {
        Path(["simulator"], query: [(name: "client", value: client)])
    }

    @Sendable private static func covers(_ rules: JSON) -> Cell {
        Show.sentences(
            .array(
                (rules.array ?? []).map { rule in
                    .string(
                        ["method", "path", "table"].compactMap { rule[$0]?.string }.filter { !$0.isEmpty }
                            .joined(separator: " "))
                }))
    }

    private static let grades: [String: Tone] = ["good": .good, "weak": .warn, "bad": .bad, "not_applicable": .plain]
    private static let order = ["bad", "weak", "good", "not_applicable"]

    /// What to change stands first.
    private static func report(_ row: JSON, _ visit: Visit) async throws -> [Block] {
        guard visit.may("client.report") else { return [] }
        let rows = try await visit.run("client.report", id: Noun.clients.id(of: row))["rows"]?.array ?? []
        let sorted = order.flatMap { grade in rows.filter { $0["grade"]?.string == grade } }
        let table = TableView(
            "Report",
            columns: [
                .init("rule"), .init("grade", nil, .word(grades)), .init("sees", "What is seen", .sentence),
                .init("change", "What to change", .sentence), .init("source"),
            ], items: sorted)
        return [Block.table(table).titled("Report")]
    }
}
