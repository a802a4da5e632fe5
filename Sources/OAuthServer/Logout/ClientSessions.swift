import AuditTrail
import Core
import Storage

/// The table `client_session`: which clients know of a session, because they got an ID token or a code in it.
enum ClientSessions {
    /// Notes that a client gets to know of a session; again does nothing.
    static func note(
        _ carried: Carried, _ client: ClientID, _ user: UserID, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        guard let session = carried.session else { return }
        try writer.run(
            """
            INSERT INTO client_session (session, client_ref, user_id, until) VALUES ($1, $2, $3, $4)
            ON CONFLICT (session, client_ref) DO NOTHING
            """,
            [
                .text(session), .text(client.rawValue), .text(user.rawValue),
                .int(now.adding(seconds: Int64(Limits.sessionSeconds.value)).epochMilliseconds),
            ])
    }

    /// Ends what a session gave to clients that do not go on without it, and notes whom to tell.
    static func end(_ session: String, by cause: Cause, in writer: any SQLWriter) throws {
        let known = try writer.returning(
            "DELETE FROM client_session WHERE session = $1 RETURNING client_ref, user_id", [.text(session)])
        for row in known {
            guard let client = try ClientStore.find(try row.text("client_ref"), in: writer) else { continue }
            let user = UserID(try row.text("user_id"))
            if try endTokens(of: session, client, user, at: cause.now, in: writer) {
                try writer.record(
                    AuditEvent(
                        .tokenRevoked, on: client.target, by: cause,
                        [.user: user.rawValue, .session: session, .reason: "session_ended"]))
            }
            guard client.isActive, client.settings.openID.backchannelLogoutURI != nil else { continue }
            try LogoutNotices.add(session, client.id, user, at: cause.now, in: writer)
        }
    }

    /// OpenID Connect Back-Channel Logout 1.0 §2.7 (SHOULD): what was issued without `offline_access` ends with the session.
    /// Whether there was any.
    private static func endTokens(
        of session: String, _ client: Client, _ user: UserID, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        // An id is hexadecimal, so nothing of it is a pattern.
        let marked = SQLValue.text("%\"session\":\"\(session)\"%")
        let owners: [SQLValue] = [.text(client.id.rawValue), .text(user.rawValue), marked]
        var (after, ended) = ("", false)
        while true {
            let rows = try writer.rows(
                """
                SELECT id, scopes FROM refresh_family
                WHERE client_ref = $1 AND user_id = $2 AND carried LIKE $3 AND ended_at IS NULL AND id > $4
                ORDER BY id LIMIT $5
                """, owners + [.text(after), .int(Int64(Limits.pageRows.value))])
            for row in rows {
                after = try row.text("id")
                if try row.text("scopes").split(separator: " ").contains(Substring(ScopeName.offlineAccess)) {
                    continue
                }
                ended = try FamilyStore.end(after, at: now, in: writer) || ended
            }
            if rows.count < Limits.pageRows.value { break }
        }
        try writer.run(
            """
            DELETE FROM authorization_code
            WHERE client_ref = $1 AND user_id = $2 AND carried LIKE $3 AND family IS NULL
            """, owners)
        try writer.run(
            """
            DELETE FROM device_authorization
            WHERE client_ref = $1 AND user_id = $2 AND carried LIKE $3 AND family IS NULL
            """, owners)
        return ended
    }

    /// Deletes rows of sessions that are long over, at most so many; returns how many.
    static func sweep(at now: Timestamp, most: Int, in writer: any SQLWriter) throws -> Int {
        try writer.run(
            """
            DELETE FROM client_session WHERE (session, client_ref) IN (
                SELECT session, client_ref FROM client_session WHERE until <= $1 ORDER BY until LIMIT $2)
            """, [.int(now.epochMilliseconds), .int(Int64(most))])
    }
}
