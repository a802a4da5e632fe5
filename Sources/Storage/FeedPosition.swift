import Core

/// How far the epoch feed was read, so that the next reading finds exactly the rows that became visible since.
///
/// SQLite commits in the order of its numbers. PostgreSQL does not: a row with a lower number may commit later. There
/// the position is the snapshot of the last reading, and what this one sees and that one did not is new (record 0009).
enum FeedPosition: Sendable, Equatable {
    case number(Int64)
    /// `server` changes with each start of the server and with each other server.
    case snapshot(String, server: String)

    /// What became visible since a position; everything if there was none, or too much happened.
    static func news(
        since last: FeedPosition?, _ dialect: Dialect, in reader: any SQLReader
    ) throws -> (subjects: Set<EpochSubject>, position: FeedPosition) {
        let position = try now(dialect, in: reader)
        let most = Int64(Limits.epochRows.value)
        let rows: [SQLRow]
        switch (last, position) {
        case (.number(let last), .number):
            rows = try reader.rows(
                "SELECT subject FROM epoch_feed WHERE seq > $1 ORDER BY seq LIMIT $2", [.int(last), .int(most)])
        case (.snapshot(let last, let before), .snapshot(_, let server)) where before == server:
            rows = try reader.rows(
                """
                SELECT subject FROM epoch_feed
                WHERE written_by >= pg_snapshot_xmin($1::pg_snapshot)
                AND NOT pg_visible_in_snapshot(written_by, $1::pg_snapshot)
                ORDER BY seq LIMIT $2
                """, [.text(last), .int(most)])
        default: return ([.everything], position)
        }
        if rows.count >= Limits.epochRows.value { return ([.everything], position) }
        return (Set(try rows.map { EpochSubject(text: try $0.text("subject")) }), position)
    }

    /// Where a reading on this snapshot stands.
    private static func now(_ dialect: Dialect, in reader: any SQLReader) throws -> FeedPosition {
        switch dialect {
        case .sqlite:
            let row = try reader.row("SELECT COALESCE(MAX(seq), 0) AS last FROM epoch_feed", [])
            // Swept empty it begins at 0 again; whatever comes then has a higher number.
            return .number(try row?.int("last") ?? 0)
        case .postgres:
            let row = try reader.row(
                """
                SELECT CAST(pg_current_snapshot() AS text) AS snapshot,
                CAST(EXTRACT(EPOCH FROM pg_postmaster_start_time()) AS text) AS server
                """, [])
            return .snapshot(try row?.text("snapshot") ?? "", server: try row?.text("server") ?? "")
        }
    }
}
