import Core
import Storage

/// Which transactions somebody wants to see, newest first. Every way of asking has an index that ends with the time.
struct LogFilter: Sendable {
    var most: Int64
    /// Empty for any.
    var direction = ""
    /// Empty for any.
    var outcome = ""
    var client: String?
    var since: Timestamp

    func transactions(in reader: any SQLReader) throws -> [JSON] {
        try rows(in: reader).map { .object(try LogRows.json($0)) }
    }

    private func rows(in reader: any SQLReader) throws -> [SQLRow] {
        let shared: [SQLValue] = [.int(since.epochMilliseconds), .text(direction), .int(most)]
        if let client {
            return try reader.rows(
                """
                SELECT at, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
                client, connection, action, execution, first_of, repeated FROM transaction_log
                WHERE client = $4 AND at >= $1 AND ($2 = '' OR direction = $2) AND ($5 = '' OR outcome = $5)
                ORDER BY at DESC, id DESC LIMIT $3
                """, shared + [.text(client), .text(outcome)])
        }
        if !outcome.isEmpty {
            return try reader.rows(
                """
                SELECT at, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
                client, connection, action, execution, first_of, repeated FROM transaction_log
                WHERE outcome = $4 AND at >= $1 AND ($2 = '' OR direction = $2)
                ORDER BY at DESC, id DESC LIMIT $3
                """, shared + [.text(outcome)])
        }
        return try reader.rows(
            """
            SELECT at, direction, correlation, microseconds, method, path, status, outcome, reason, user_name,
            client, connection, action, execution, first_of, repeated FROM transaction_log
            WHERE at >= $1 AND ($2 = '' OR direction = $2) ORDER BY at DESC, id DESC LIMIT $3
            """, shared)
    }
}
