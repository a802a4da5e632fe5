import Core
import Ports
import Storage

/// The last hour in numbers, counted by the store.
struct LogSummary: Sendable {
    static let minutes = 60
    private static let (clientsShown, refusalsShown) = (8, 8)

    private let since: Timestamp
    private var counts: [String: Int64] = [:]
    private var perMinute = Array(repeating: (allowed: Int64(0), refused: Int64(0)), count: Self.minutes)
    /// How many inbound requests took that long, in microseconds to two digits.
    private var times: [Int64: Int64] = [:]
    private var clients: [String: (all: Int64, refused: Int64)] = [:]
    private var refusals: [JSON] = []
    private var summed: Int64 = 0

    init(until now: Timestamp) { since = now.adding(seconds: -60 * Int64(Self.minutes)) }

    /// Adds what one database holds; databases come newest first.
    mutating func add(_ reader: any SQLReader) throws {
        try addCounts(reader)
        try addTimes(reader)
        try addClients(reader)
        summed += try LogRows.dropped(since: since, in: reader).refusals
        let wanted = LogFilter(most: Int64(Self.refusalsShown - refusals.count), outcome: "refused", since: since)
        if wanted.most > 0 { refusals += try wanted.transactions(in: reader).items }
    }

    private mutating func addCounts(_ reader: any SQLReader) throws {
        let rows = try reader.rows(
            """
            SELECT (at - $1) / 60000 AS minute, direction, outcome, count(*) AS requests FROM transaction_log
            WHERE at >= $1 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $2
            """, [.int(since.epochMilliseconds), .int(Int64(Self.minutes * 8))])
        for row in rows {
            let (requests, outcome) = (try row.int("requests"), try row.text("outcome"))
            counts[try row.text("direction"), default: 0] += requests
            counts[outcome, default: 0] += requests
            let minute = min(Int(try row.int("minute")), Self.minutes - 1)
            if outcome == Transaction.Outcome.refused.rawValue {
                perMinute[minute].refused += requests
            } else {
                perMinute[minute].allowed += requests
            }
        }
    }

    private mutating func addTimes(_ reader: any SQLReader) throws {
        let rows = try reader.rows(
            """
            SELECT CASE WHEN microseconds < 1000 THEN microseconds / 10 * 10
            WHEN microseconds < 10000 THEN microseconds / 100 * 100
            WHEN microseconds < 100000 THEN microseconds / 1000 * 1000
            WHEN microseconds < 1000000 THEN microseconds / 10000 * 10000
            ELSE microseconds / 1000000 * 1000000 END AS took, count(*) AS requests FROM transaction_log
            WHERE at >= $1 AND direction = 'in' GROUP BY 1 ORDER BY 1 LIMIT $2
            """, [.int(since.epochMilliseconds), .int(1_000)])
        for row in rows { times[try row.int("took"), default: 0] += try row.int("requests") }
    }

    private mutating func addClients(_ reader: any SQLReader) throws {
        let rows = try reader.rows(
            """
            SELECT client, count(*) AS requests, count(CASE WHEN outcome = 'refused' THEN 1 END) AS refused
            FROM transaction_log WHERE at >= $1 AND direction = 'in'
            GROUP BY client ORDER BY requests DESC, client LIMIT $2
            """, [.int(since.epochMilliseconds), .int(Int64(Limits.pageRows.value))])
        for row in rows {
            clients[try row.text("client"), default: (0, 0)].all += try row.int("requests")
            clients[try row.text("client"), default: (0, 0)].refused += try row.int("refused")
        }
    }

    /// Of inbound requests, the time within which so many of a hundred were answered; nil when there were none.
    private func percentile(_ percent: Int64) -> JSON {
        let all = times.values.reduce(0, +)
        var left = (all * percent + 99) / 100
        for (took, requests) in times.sorted(by: { $0.key < $1.key }) {
            left -= requests
            if left <= 0, all > 0 { return .int(took) }
        }
        return .null
    }

    var json: JSON {
        let shown = clients.sorted { ($1.value.all, $0.key) < ($0.value.all, $1.key) }.prefix(Self.clientsShown)
        return [
            "since": .string(since.rfc3339), "in": .int(counts["in"] ?? 0), "out": .int(counts["out"] ?? 0),
            "refused": .int((counts["refused"] ?? 0) + summed), "failed": .int(counts["failed"] ?? 0),
            "median_microseconds": percentile(50), "p95_microseconds": percentile(95),
            "minutes": .array(
                perMinute.map { ["allowed": .int($0.allowed), "refused": .int($0.refused)] }),
            "clients": .array(
                shown.map { ["client": .string($0), "requests": .int($1.all), "refused": .int($1.refused)] }),
            "refusals": .array(refusals),
        ]
    }
}

extension TransactionLog {
    /// The last hour in numbers, without reading its rows one by one.
    var summarize: Operation {
        Operation(
            "transaction", .actOnAll("summarize"), roles: readers,
            says: "Sums the last hour: requests in and out, refused, failed, median and 95th percentile, by client."
        ) { request in
            var summary = LogSummary(until: request.cause.now)
            for database in try await self.databases(since: request.cause.now.adding(seconds: -3_600)) {
                summary = try await database.read { [summary] reader in
                    var summary = summary
                    try summary.add(reader)
                    return summary
                }
            }
            return summary.json
        }
    }
}
