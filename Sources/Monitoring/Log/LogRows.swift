import Core
import Ports
import Storage

/// The rows of the transaction log.
enum LogRows {
    /// The tables of a day; both begin their keys with the time `at`.
    static let tables = ["transaction_log", "log_dropped"]

    /// Writes a batch. Written again after an unclear end it changes nothing, but for the counts of what was dropped.
    static func write(_ batch: LogBatch, at now: Timestamp, id: String, in writer: any SQLWriter) throws {
        for row in batch.rows { try insert(row, in: writer) }
        for again in batch.repeats {
            try writer.run(
                "UPDATE transaction_log SET repeated = $1 WHERE at = $2 AND id = $3",
                [.int(again.count), .int(again.at.epochMilliseconds), .text(again.id)])
        }
        if batch.dropped != LogBatch.Dropped() {
            try writer.run(
                """
                INSERT INTO log_dropped (at, id, reads, others, refusals) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (at, id) DO NOTHING
                """,
                [
                    .int(now.epochMilliseconds), .text(id), .int(batch.dropped.reads), .int(batch.dropped.others),
                    .int(batch.dropped.refusals),
                ])
        }
    }

    private static func insert(_ row: LogRow, in writer: any SQLWriter) throws {
        let entry = row.transaction
        try writer.run(
            """
            INSERT INTO transaction_log (at, id, direction, correlation, microseconds, method, path, status, outcome,
            reason, user_name, client, connection, action, execution, decision, first_of, address, repeated)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0)
            ON CONFLICT (at, id) DO NOTHING
            """,
            [
                .int(entry.at.epochMilliseconds), .text(row.id), .text(entry.direction.rawValue),
                .text(entry.correlation.text), .int(entry.microseconds), clean(entry.method), clean(entry.path),
                .int(Int64(entry.status)), .text(entry.outcome.rawValue), clean(entry.reason), clean(entry.user),
                clean(entry.client), clean(entry.connection), clean(entry.action), clean(entry.execution),
                .optional(kept(of: entry)?.text()), .optional(row.firstOf?.text), .text(entry.address),
            ])
    }

    /// What stands in `decision`.
    private static func kept(of entry: Transaction) -> JSON? {
        entry.decision?.json
            ?? entry.about.map { about in
                let kept = about.unicodeScalars.prefix(Limits.logTextCharacters.value)
                return ["about": .string(String(String.UnicodeScalarView(kept)))]
            }
    }

    /// Bounded, and without U+0000, which PostgreSQL refuses: one bad row must not hold up its batch for good.
    private static func clean(_ text: String) -> SQLValue {
        // Never more characters than bytes.
        if text.utf8.count <= Limits.logTextCharacters.value, !text.utf8.contains(0) { return .text(text) }
        let kept = text.unicodeScalars.lazy.filter { $0.value != 0 }.prefix(Limits.logTextCharacters.value)
        return .text(String(String.UnicodeScalarView(kept)))
    }

    /// What was dropped and summed away since a moment, and before another.
    static func dropped(
        since: Timestamp, before end: Timestamp = Timestamp(epochMilliseconds: .max), in reader: any SQLReader
    ) throws -> LogBatch.Dropped {
        // PostgreSQL sums BIGINT to NUMERIC; the cast keeps it a number on both.
        let row = try reader.row(
            """
            SELECT CAST(coalesce(sum(reads), 0) AS BIGINT) AS reads,
            CAST(coalesce(sum(others), 0) AS BIGINT) AS others,
            CAST(coalesce(sum(refusals), 0) AS BIGINT) AS refusals FROM log_dropped
            WHERE at >= $1 AND at < $2
            """, [.int(since.epochMilliseconds), .int(end.epochMilliseconds)])
        guard let row else { return .init() }
        return .init(reads: try row.int("reads"), others: try row.int("others"), refusals: try row.int("refusals"))
    }

    /// Everything under a correlation id, oldest first. A summed refusal shows its first's decision if the call is the same.
    static func of(_ correlation: String, most: Int, in reader: any SQLReader) throws -> [JSON] {
        try reader.rows(
            """
            SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
            client, connection, action, execution, decision, first_of, address, repeated FROM transaction_log
            WHERE correlation = $1 ORDER BY at, id LIMIT $2
            """, [.text(correlation), .int(Int64(most))]
        ).map { row in
            var decision = try row.optionalText("decision")
            if decision == nil, let first = try row.optionalText("first_of") {
                decision = try reader.row(
                    """
                    SELECT decision FROM transaction_log
                    WHERE correlation = $1 AND decision IS NOT NULL AND method = $2 AND path = $3
                    ORDER BY at, id LIMIT 1
                    """, [.text(first), .text(try row.text("method")), .text(try row.text("path"))]
                )?.optionalText("decision")
            }
            var item = try json(row)
            item["decision"] = try decision.map { try JSON.read($0) } ?? .null
            return .object(item)
        }
    }
}

extension LogRows {
    /// A row as operations answer it, without its decision.
    static func json(_ row: SQLRow) throws -> JSONObject {
        var item: JSONObject = [
            "at": .string(Timestamp(epochMilliseconds: try row.int("at")).rfc3339),
            "direction": .string(try row.text("direction")), "address": .string(try row.text("address")),
            "correlation": .string(try row.text("correlation")),
            "method": .string(try row.text("method")), "path": .string(try row.text("path")),
            "status": .int(try row.int("status")), "outcome": .string(try row.text("outcome")),
            "reason": .string(try row.text("reason")), "microseconds": .int(try row.int("microseconds")),
            "user": .string(try row.text("user_name")), "client": .string(try row.text("client")),
            "connection": .string(try row.text("connection")), "action": .string(try row.text("action")),
            "execution": .string(try row.text("execution")),
        ]
        item["summed_with"] = try row.optionalText("first_of").map { .string($0) }
        let repeated = try row.int("repeated")
        if repeated > 0 { item["repeated"] = .int(repeated) }
        return item
    }
}
