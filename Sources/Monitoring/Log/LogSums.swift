import Core
import Storage

extension TransactionLog {
    /// What an id without a row of its own leads to: what was only counted in the minute that the id carries.
    ///
    /// Nothing here proves that a hub handed the id out; whoever makes one up learns what was counted in that minute.
    /// - Returns: nil when all that came in that minute has a row, or the minute is kept no more.
    func counted(_ correlation: CorrelationID) async throws -> JSON? {
        let minute = correlation.minute(asOf: effects.now())
        guard LogDay(minute) >= oldestDay else { return nil }
        var sums: [JSON] = []
        var dropped = LogBatch.Dropped()
        // What is dropped shortly before midnight is written on the next day.
        for database in try await databases(since: minute).suffix(2) {
            let (found, lost) = try await database.read { reader in
                (
                    try LogRows.sums(in: minute, in: reader),
                    try LogRows.dropped(since: minute, before: minute.adding(seconds: 120), in: reader)
                )
            }
            sums += found
            dropped.reads += lost.reads
            dropped.others += lost.others
        }
        guard !sums.isEmpty || dropped.reads + dropped.others > 0 else { return nil }
        let place = sums.isEmpty ? "one of those dropped" : "one of these refusals"
        return [
            "correlation": .string(correlation.text), "items": [], "minute": .string(minute.rfc3339),
            "summed": .array(sums.map(told)),
            "dropped": ["reads": .int(dropped.reads), "others": .int(dropped.others)],
            "says": .string(
                "This id has no row of its own: in its minute so much came that some was only counted. "
                    + "It stands for \(place)\(sums.isEmpty || dropped == .init() ? "." : ", or one of those dropped.")"
            ),
        ]
    }
}

extension LogRows {
    /// The refusals of a minute of which some have no row: the first of each kind, with its decision.
    fileprivate static func sums(in minute: Timestamp, in reader: any SQLReader) throws -> [JSON] {
        let rows = Int64(Limits.refusalRows.value)
        return try reader.rows(
            """
            SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
            client, connection, action, execution, decision, first_of, address, repeated FROM transaction_log
            WHERE outcome = 'refused' AND outcome <> 'allowed' AND at >= $1 AND at < $2 AND repeated >= $3
            ORDER BY repeated DESC, at, id LIMIT $4
            """,
            [
                .int(minute.epochMilliseconds), .int(minute.adding(seconds: 60).epochMilliseconds), .int(rows),
                .int(Int64(Limits.pageRows.value)),
            ]
        ).map { row in
            var item = try json(row)
            item["decision"] = try row.optionalText("decision").map { try JSON.read($0) } ?? .null
            item["without_row"] = .int(try row.int("repeated") - rows + 1)
            return .object(item)
        }
    }
}
