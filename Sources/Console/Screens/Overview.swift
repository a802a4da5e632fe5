import Core

extension Screen {
    /// What happened in the last hour, and what should be looked at.
    static let overview = Screen(path: ["overview"], title: "Overview", group: .overview, needs: []) { visit in
        let findings = try await Finding.standing(visit)
        let standing = try await Overview.standing(visit, findings)
        var blocks: [Block] = standing.isEmpty ? [] : [Block.numbers(standing).titled("To look at")]
        if !findings.isEmpty { blocks.append(.findings(Array(findings.prefix(5)), empty: "")) }
        guard visit.may("transaction.summarize") else { return Content("Overview", says: "What to look at.", blocks) }
        let hour = Overview(hour: try await visit.run("transaction.summarize"), now: visit.now)
        return Content(
            "Overview", says: "The last hour at this hub.",
            [.numbers(hour.numbers)] + blocks + [hour.chart, hour.clients, hour.refusals])
    }
}

/// The blocks of the overview.
struct Overview: Sendable {
    /// As the operation sums it.
    let hour: JSON
    let now: Timestamp

    var numbers: [Number] {
        let since = hour["since"]?.string ?? ""
        func list(_ name: String, _ value: String) -> Path {
            Path(["transactions"], query: [(name: name, value: value), (name: "since", value: since)])
        }
        return [
            Number(name: "Requests in", value: counted("in"), path: list("direction", "in")),
            Number(name: "Requests out", value: counted("out"), path: list("direction", "out")),
            Number(name: "Refused", value: counted("refused"), path: list("outcome", "refused")),
            Number(name: "Failed", value: counted("failed"), path: list("outcome", "failed")),
            Number(name: "Median", value: time("median_microseconds")),
            Number(name: "95th percentile", value: time("p95_microseconds")),
        ]
    }

    private func counted(_ name: String) -> String { Words.grouped(hour[name]?.int ?? 0) }
    private func time(_ name: String) -> String { hour[name]?.int.map(Words.milliseconds) ?? "–" }

    /// How much waits for a person, of what the caller may see.
    static func standing(_ visit: Visit, _ findings: [Finding]) async throws -> [Number] {
        var numbers: [Number] = []
        if visit.may("execution.list") {
            for (state, name) in [("failed", "Failed executions"), ("in_doubt", "In doubt")] {
                let path = Path("executions", query: [("state", state)])
                let found = try await visit.items("execution.list", ["state": .string(state)])
                numbers.append(Number(name: name, value: most(found.count), path: path))
            }
        }
        if visit.may("approval.list") {
            let found = try await visit.items("approval.list", ["state": "pending"])
            let path = Path("approvals", query: [("state", "pending")])
            numbers.append(Number(name: "Pending approvals", value: most(found.count), path: path))
        }
        numbers.append(Number(name: "Findings", value: most(findings.count), path: Path("findings")))
        return numbers
    }

    private static func most(_ count: Int) -> String {
        Words.grouped(Int64(count)) + (count >= Limits.pageRows.value ? "+" : "")
    }

    /// Sixty bars, one a minute.
    var chart: Block {
        let minutes = (hour["minutes"]?.array ?? []).map { minute in
            (allowed: Int(minute["allowed"]?.int ?? 0), refused: Int(minute["refused"]?.int ?? 0))
        }
        let start = now.adding(seconds: -3600)
        return Block.chart(
            Chart(
                minutes, from: String(start.platform.suffix(8).prefix(5)), to: String(now.platform.suffix(8).prefix(5)))
        ).titled("Requests in the last hour")
    }

    var clients: Block {
        let since = hour["since"]?.string ?? ""
        let rows = (hour["clients"]?.array ?? []).map { row in
            let name = row["client"]?.string ?? "-"
            let list = Path("transactions", query: [("client", name), ("since", since)])
            return TableView.Row(
                first: .link(name == "-" ? "without a client" : name, list),
                cells: ["requests", "refused"].map { .number(Words.grouped(row[$0]?.int ?? 0)) })
        }
        let heads: [TableView.Head] = [
            .init(name: "Client"), .init(name: "Requests", isNumber: true), .init(name: "Refused", isNumber: true),
        ]
        return Block.table(TableView("By client", heads, rows, empty: "Nobody has called in the last hour."))
            .titled("By client")
    }

    var refusals: Block {
        Block.table(
            TableView(
                "Latest refusals", columns: Noun.refusalColumns, items: hour["refusals"]?.array ?? [],
                of: .transactions, empty: "Nothing was refused in the last hour.")
        ).titled("Latest refusals")
    }
}

extension Noun {
    static let refusalColumns: [Column] = [
        Column("at", "When", .name), Column("method", nil, .code), Column("path", nil, .code), Column("client"),
        Column("reason", nil, .code),
    ]
}
