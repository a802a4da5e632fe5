import Core
import Ports
import Storage

/// Which transactions somebody wants to see, newest first. An index leads to those of a client, and to what was refused or
/// failed, in the order of time; whatever else is asked is looked for along the time.
struct LogFilter: Sendable {
    var most: Int64
    /// Empty for any.
    var direction = ""
    /// Empty for any.
    var outcome = ""
    var client: String?
    /// Empty for any.
    var address = ""
    /// Also what the console read for its own pages, and what was read on the hub's own socket, mostly by the command line.
    /// What was refused, failed or sent there is always among them.
    var withConsole = false
    var since: Timestamp
    /// Only what comes behind it in the list's order: what began earlier, or at its moment and has a smaller id.
    var end = LogMark(at: Timestamp(epochMilliseconds: .max))

    /// Whether a text may be what stands in the log: an address without port and prefix as systems write it, `-` or `?`.
    static func isAddress(_ text: String) -> Bool {
        let ofIPv4 = text.split(separator: ".", omittingEmptySubsequences: false)
        if ofIPv4.count == 4 { return ofIPv4.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false } }
        let digits = "0123456789abcdef"
        return ["-", "?"].contains(text) || text.contains(":") && text.allSatisfy { $0 == ":" || digits.contains($0) }
    }

    /// The transactions, and where the last one stands.
    func transactions(in reader: any SQLReader) throws -> (items: [JSON], last: LogMark?) {
        let (sql, values) = statement
        let rows = try reader.rows(sql, values)
        let last = try rows.last.map { row in
            LogMark(at: Timestamp(epochMilliseconds: try row.int("at")), id: try row.text("id"))
        }
        return (try rows.map { .object(try LogRows.json($0)) }, last)
    }

    /// The list's statement with its values. What has an index of its own has a text of its own, by which that is found.
    var statement: (sql: SQL, values: [SQLValue]) {
        let shared: [SQLValue] = [
            .int(since.epochMilliseconds), .text(direction), .int(most), .int(end.at.epochMilliseconds), .text(end.id),
            .text(address), .text(outcome),
        ]
        let ownPages = SQLValue.text(withConsole ? "" : "/console/")
        if let client {
            return (
                """
                SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
                client, connection, action, execution, first_of, address, repeated FROM transaction_log
                WHERE client = $9 AND at >= $1 AND at <= $4 AND (at < $4 OR id < $5)
                AND ($2 = '' OR direction = $2) AND ($7 = '' OR outcome = $7) AND ($6 = '' OR address = $6)
                AND (outcome <> 'allowed' OR direction <> 'in' OR method NOT IN ('GET', 'HEAD')
                OR $8 = '' OR (substr(path || '/', 1, 9) <> $8 AND substr(user_name, 1, 6) <> 'local:'))
                ORDER BY at DESC, id DESC LIMIT $3
                """, shared + [ownPages, .text(client)]
            )
        }
        // The partial index is found by its own words: outcome <> 'allowed'.
        let isRefusedOrFailed = !outcome.isEmpty && outcome != Transaction.Outcome.allowed.rawValue
        if isRefusedOrFailed {
            return (
                """
                SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
                client, connection, action, execution, first_of, address, repeated FROM transaction_log
                WHERE outcome = $7 AND outcome <> 'allowed' AND at >= $1 AND at <= $4 AND (at < $4 OR id < $5)
                AND ($2 = '' OR direction = $2) AND ($6 = '' OR address = $6)
                ORDER BY at DESC, id DESC LIMIT $3
                """, shared
            )
        }
        return (
            """
            SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
            client, connection, action, execution, first_of, address, repeated FROM transaction_log
            WHERE at >= $1 AND at <= $4 AND (at < $4 OR id < $5) AND ($2 = '' OR direction = $2)
            AND ($6 = '' OR address = $6) AND ($7 = '' OR outcome = $7)
            AND (outcome <> 'allowed' OR direction <> 'in' OR method NOT IN ('GET', 'HEAD')
            OR $8 = '' OR (substr(path || '/', 1, 9) <> $8 AND substr(user_name, 1, 6) <> 'local:'))
            ORDER BY at DESC, id DESC LIMIT $3
            """, shared + [ownPages]
        )
    }
}

/// A place in the list: a moment, and within it an id.
struct LogMark: Sendable, Comparable {
    let at: Timestamp
    /// Empty stands before every id.
    var id = ""

    /// As `next` and `after` have it.
    var text: String { "\(at.epochMilliseconds)-\(id)" }

    init(at: Timestamp, id: String = "") {
        self.at = at
        self.id = id
    }

    /// Reads what `text` wrote; nil for anything else.
    init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let milliseconds = Int64(parts[0]), milliseconds >= 0 else { return nil }
        at = Timestamp(epochMilliseconds: milliseconds)
        id = String(parts[1])
    }

    static func < (left: Self, right: Self) -> Bool {
        left.at == right.at ? left.id.utf8.lexicographicallyPrecedes(right.id.utf8) : left.at < right.at
    }
}
