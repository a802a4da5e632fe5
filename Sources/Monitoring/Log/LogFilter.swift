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

    /// The transactions, and where the last one stands.
    func transactions(in reader: any SQLReader) throws -> (items: [JSON], last: LogMark?) {
        let (sql, values) = statement
        let rows = try reader.rows(sql, values)
        let last = try rows.last.map { row in
            LogMark(at: Timestamp(epochMilliseconds: try row.int("at")), id: try row.text("id"))
        }
        return (try rows.map { .object(try LogRows.json($0)) }, last)
    }

    /// Each filter by which the index goes is a text of its own.
    var statement: (sql: SQL, values: [SQLValue]) {
        let shared: [SQLValue] = [
            .int(since.epochMilliseconds), .text(direction), .int(most), .int(end.at.epochMilliseconds), .text(end.id),
            .text(withConsole ? "" : "/console/"), .text(address), .text(outcome),
        ]
        if let client {
            return (
                """
                SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
                client, connection, action, execution, first_of, address, repeated FROM transaction_log
                WHERE client = $9 AND at >= $1 AND at <= $4 AND (at < $4 OR id < $5)
                AND ($2 = '' OR direction = $2) AND ($8 = '' OR outcome = $8) AND ($7 = '' OR address = $7)
                AND (outcome <> 'allowed' OR direction <> 'in' OR method NOT IN ('GET', 'HEAD')
                OR $6 = '' OR (substr(path || '/', 1, 9) <> $6 AND substr(user_name, 1, 6) <> 'local:'))
                ORDER BY at DESC, id DESC LIMIT $3
                """, shared + [.text(client)]
            )
        }
        if !["", Transaction.Outcome.allowed.rawValue].contains(outcome) {
            return (
                """
                SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
                client, connection, action, execution, first_of, address, repeated FROM transaction_log
                WHERE outcome = $8 AND outcome <> 'allowed' AND at >= $1 AND at <= $4 AND (at < $4 OR id < $5)
                AND ($2 = '' OR direction = $2) AND ($7 = '' OR address = $7)
                AND (outcome <> 'allowed' OR direction <> 'in' OR method NOT IN ('GET', 'HEAD')
                OR $6 = '' OR (substr(path || '/', 1, 9) <> $6 AND substr(user_name, 1, 6) <> 'local:'))
                ORDER BY at DESC, id DESC LIMIT $3
                """, shared
            )
        }
        return (
            """
            SELECT at, id, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
            client, connection, action, execution, first_of, address, repeated FROM transaction_log
            WHERE at >= $1 AND at <= $4 AND (at < $4 OR id < $5) AND ($2 = '' OR direction = $2)
            AND ($7 = '' OR address = $7) AND ($8 = '' OR outcome = $8)
            AND (outcome <> 'allowed' OR direction <> 'in' OR method NOT IN ('GET', 'HEAD')
            OR $6 = '' OR (substr(path || '/', 1, 9) <> $6 AND substr(user_name, 1, 6) <> 'local:'))
            ORDER BY at DESC, id DESC LIMIT $3
            """, shared
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
