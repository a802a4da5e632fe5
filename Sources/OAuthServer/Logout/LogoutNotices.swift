import Core
import Storage

/// A row of `logout_notice`: a client that is still to be told that a session ended.
struct LogoutNotice: Sendable, Equatable {
    let session: String
    let client: ClientID
    let user: UserID
    /// How often it was tried.
    let tries: Int64
}

/// The table `logout_notice`.
enum LogoutNotices {
    static func add(
        _ session: String, _ client: ClientID, _ user: UserID, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        try writer.run(
            """
            INSERT INTO logout_notice (session, client_ref, user_id, tries, due_at) VALUES ($1, $2, $3, 0, $4)
            ON CONFLICT (session, client_ref) DO NOTHING
            """,
            [.text(session), .text(client.rawValue), .text(user.rawValue), .int(now.epochMilliseconds)])
    }

    /// Those whose time has come, the longest waiting first.
    static func due(at now: Timestamp, in reader: any SQLReader) throws -> [LogoutNotice] {
        try reader.rows(
            """
            SELECT session, client_ref, user_id, tries FROM logout_notice WHERE due_at <= $1
            ORDER BY due_at, session, client_ref LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(Limits.logoutsAtOnce.value))]
        ).map { row in
            LogoutNotice(
                session: try row.text("session"), client: ClientID(try row.text("client_ref")),
                user: UserID(try row.text("user_id")), tries: try row.int("tries"))
        }
    }

    /// Takes a try, so that of two hubs one sends; the next comes later, should this one come to nothing.
    static func take(_ notice: LogoutNotice, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        let wait = Int64(Limits.logoutWaitSeconds.value) << min(notice.tries, Int64(Limits.logoutTries.value))
        return try writer.run(
            """
            UPDATE logout_notice SET tries = tries + 1, due_at = $4
            WHERE session = $1 AND client_ref = $2 AND tries = $3
            """,
            [
                .text(notice.session), .text(notice.client.rawValue), .int(notice.tries),
                .int(now.adding(seconds: wait).epochMilliseconds),
            ]) == 1
    }

    static func remove(_ notice: LogoutNotice, in writer: any SQLWriter) throws {
        try writer.run(
            "DELETE FROM logout_notice WHERE session = $1 AND client_ref = $2",
            [.text(notice.session), .text(notice.client.rawValue)])
    }
}
