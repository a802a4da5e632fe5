import Core
import Ports

extension Noun {
    static let transactionColumns: [Column] = [
        Column("at", "When"), Column("direction"), Column("method", nil, .code), Column("path", nil, .code),
        Column("status", nil, .made(status)), Column("outcome", nil, .state(Transaction.Outcome.self)), Column("user"),
        Column("client"),
        Column("microseconds", "Took", .microseconds),
    ]

    static let transactions = Noun(
        name: "transaction", title: "Transactions", one: "transaction", group: .logs,
        says: "Every request in and out, the newest first; what the console and the command line read only if asked "
            + "for. Each opens as the way of one request.",
        columns: [Column("at", "When", .name)] + transactionColumns.dropFirst(),
        sublists: [Sublist(key: "items", title: "Requests under this id", columns: transactionColumns)],
        hides: ["correlation", "summed"], labels: ["with_console": "With what the console and the command line read"],
        nameKey: "correlation", idKey: "correlation", isLive: true,
        blocks: { row, visit in try await ways(row, visit) })

    /// Nothing was answered to what never left.
    private static func status(_ value: JSON) -> Cell {
        value == 0 ? .nothing : .number(value.text())
    }

    private static let waysShown = 10

    /// The way of each request under the id, in their order; where they are too many, what ended early is among them.
    private static func ways(_ row: JSON, _ visit: Visit) async throws -> [Block] {
        let all = row["items"]?.array ?? row["summed"]?.array ?? []
        let early = all.indices.filter { all[$0]["outcome"] != "allowed" }
        let others = all.indices.filter { all[$0]["outcome"] == "allowed" }
        let items = (early + others).prefix(waysShown).sorted().map { all[$0] }
        var executions: [String: JSON] = [:]
        var blocks: [Block] = []
        for item in items {
            let isInbound = item["direction"]?.string == "in"
            var step: JSON?
            if !isInbound { step = try await self.step(of: item, visit, &executions) }
            let stations = isInbound ? InboundWay(item).stations : OutboundWay(request: item, step: step).stations
            let call = isInbound ? item["path"]?.string : item["action"]?.string
            let name = items.count == 1 ? "The way of this request" : "The way of \(call ?? "")"
            blocks.append(.way(stations).titled(name, number: blocks.count))
        }
        return blocks
    }

    /// The step of the journal that the call was made for; nil where there is none or the caller may not see it.
    private static func step(of item: JSON, _ visit: Visit, _ known: inout [String: JSON]) async throws -> JSON? {
        let parts = (item["execution"]?.string ?? "").split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, visit.may("execution.get") else { return nil }
        if known[parts[0]] == nil {
            do { known[parts[0]] = try await visit.run("execution.get", id: parts[0]) } catch let error as HubError
                where error.kind == .notFound
            {
                // Executions are kept for their own time, which may be shorter than the log's.
                known[parts[0]] = .null
            }
        }
        return known[parts[0]]?["steps"]?.array?.last { $0["path"]?.string == parts[1] }
    }
}
