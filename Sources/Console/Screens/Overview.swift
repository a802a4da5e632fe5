import Core

extension Screen {
    /// What happened in the last hour, and what should be looked at.
    static let overview = Screen(path: ["overview"], title: "Overview", group: .overview, needs: []) { visit in
        let findings = try await Finding.standing(visit)
        let toLookAt =
            findings.isEmpty ? [] : [Block.findings(Array(findings.prefix(5)), empty: "").titled("To look at")]
        guard visit.may("transaction.list") else { return Content("Overview", says: "What to look at.", toLookAt) }
        let since = JSON.string(visit.now.adding(seconds: -3600).rfc3339)
        let requests = try await visit.items("transaction.list", ["since": since])
        var blocks: [Block] = [.numbers(numbers(requests))] + toLookAt
        blocks.append(Block.chart(chart(requests, visit.now)).titled("Requests in the last hour"))
        blocks.append(clients(requests))
        let refused = requests.filter { $0["outcome"]?.string == "refused" }.prefix(8)
        blocks.append(
            Block.table(
                TableView(
                    "Latest refusals", Noun.refusalColumns.map { .init(name: $0.name) }, refused.map(row),
                    empty: "Nothing was refused in the last hour.")
            ).titled("Latest refusals"))
        return Content("Overview", says: "The last hour at this hub.", blocks)
    }

    private static func row(_ request: JSON) -> TableView.Row {
        let cells = Noun.refusalColumns.map { $0.show.cell(request[$0.key], of: .transactions, in: request) }
        return .init(first: cells[0], cells: Array(cells.dropFirst()))
    }

    private static func numbers(_ requests: [JSON]) -> [Number] {
        let inbound = requests.filter { $0["direction"]?.string == "in" }
        let refused = requests.count { $0["outcome"]?.string == "refused" }
        let failed = requests.count { ["failed", "unknown"].contains($0["outcome"]?.string) }
        let times = inbound.compactMap { $0["microseconds"]?.int }.sorted()
        let more = requests.count >= Limits.pageRows.value ? "+" : ""
        return [
            Number(name: "Requests in", value: Words.grouped(Int64(inbound.count)) + more),
            Number(name: "Requests out", value: Words.grouped(Int64(requests.count - inbound.count)) + more),
            Number(name: "Refused", value: Words.grouped(Int64(refused))),
            Number(name: "Failed", value: Words.grouped(Int64(failed))),
            Number(name: "Median", value: times.isEmpty ? "–" : Words.milliseconds(times[times.count / 2])),
        ]
    }

    private static func clients(_ requests: [JSON]) -> Block {
        var counts: [String: (all: Int, refused: Int)] = [:]
        for request in requests where request["direction"]?.string == "in" {
            let name = request["client"]?.string ?? "-"
            counts[name, default: (0, 0)].all += 1
            if request["outcome"]?.string == "refused" { counts[name, default: (0, 0)].refused += 1 }
        }
        let rows = counts.sorted { ($0.value.all, $1.key) > ($1.value.all, $0.key) }.prefix(8).map { name, count in
            TableView.Row(
                first: name == "-" ? .text("without a client") : .text(name),
                cells: [.number(String(count.all)), .number(String(count.refused))])
        }
        let heads: [TableView.Head] = [
            .init(name: "Client"), .init(name: "Requests", isNumber: true), .init(name: "Refused", isNumber: true),
        ]
        return Block.table(TableView("By client", heads, Array(rows), empty: "Nobody has called in the last hour."))
            .titled("By client")
    }

    /// Sixty bars, one a minute.
    private static func chart(_ requests: [JSON], _ now: Timestamp) -> Chart {
        var minutes = Array(repeating: (allowed: 0, refused: 0), count: 60)
        for request in requests {
            guard let at = request["at"]?.string.flatMap(Timestamp.init(rfc3339:)) else { continue }
            let ago = Int(now.milliseconds(since: at) / 60_000)
            guard (0..<60).contains(ago) else { continue }
            if request["outcome"]?.string == "refused" {
                minutes[59 - ago].refused += 1
            } else {
                minutes[59 - ago].allowed += 1
            }
        }
        let start = now.adding(seconds: -3600)
        return Chart(
            minutes, from: String(start.platform.suffix(8).prefix(5)), to: String(now.platform.suffix(8).prefix(5)))
    }
}

extension Noun {
    static let refusalColumns: [Column] = [
        Column("at", "When", .name), Column("method", nil, .code), Column("path", nil, .code), Column("client"),
        Column("reason", nil, .code),
    ]
}
