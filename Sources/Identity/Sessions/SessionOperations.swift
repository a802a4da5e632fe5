public import Core
import Ports
import Storage

extension Identity {
    var sessionOperations: [Operation] { [listSessions, endSession, endSessionsOfUser] }

    private var listSessions: Operation {
        Operation(
            "session", .list, roles: [.admin, .auditor], says: "Lists open sessions of the console, newest first.",
            fields: [.optional("user", .text(most: Limits.nameField.value), "Only those of this user.")]
        ) { [database] request in
            try await database.read { reader in
                let user = try request.text("user").map { try User.find($0, in: reader).id }
                return ["items": .array(try OpenSessions.list(of: user, at: request.cause.now, in: reader).map(\.json))]
            }
        }
    }

    private var endSession: Operation {
        Operation("session", .delete, roles: [.admin], says: "Ends a session; its browser must sign in again.") {
            [database] request in
            try await database.write(.change) { writer in
                guard try Session.end(request.id, "administrator", in: writer, by: request.cause) else {
                    throw Self.unknownSession
                }
                return .null
            }
        }
    }

    private var endSessionsOfUser: Operation {
        Operation(
            "user", .act("end-sessions"), roles: [.admin],
            says: "Ends all sessions of a user and withdraws sign-in links that are not used yet."
        ) { [database] request in
            try await database.write(.change) { writer in
                let user = try User.find(request.id, in: writer)
                let count = try Session.endAll(of: user, "administrator", in: writer, by: request.cause)
                return ["ended": .int(Int64(count))]
            }
        }
    }
}

// What people see and do of their own sessions.
extension Identity {
    /// The user's open sessions, the newest first.
    public func sessions(of user: UserID, at now: Timestamp) async throws -> [OpenSession] {
        try await database.read { try OpenSessions.list(of: user, at: now, in: $0) }
    }

    /// Ends one of the user's own sessions; throws `HubError` `unknown_session` for one of somebody else, or one that ended.
    public func endSession(_ id: SessionID, of user: UserID, by cause: Cause) async throws {
        try await database.write(.change) { writer in
            guard try Session.end(id.rawValue, of: user, "ended_by_user", in: writer, by: cause) else {
                throw Self.unknownSession
            }
        }
    }

    static let unknownSession = HubError(
        .notFound, "unknown_session", "There is no open session of this id. See: linchpin session list")
}

/// An open session and whose it is, as lists show it.
public struct OpenSession: Sendable {
    /// The session.
    public let session: Session
    let user: String

    /// The members that lists show. Address and browser are those of the sign-in.
    public var json: JSON {
        [
            "id": .string(session.id.rawValue), "user": .string(user),
            "begun_at": .string(session.begunAt.rfc3339), "used_at": .string(session.usedAt.rfc3339),
            "idle_at": .string(session.idleAt.rfc3339), "expires_at": .string(session.expiresAt.rfc3339),
            "address": .string(session.place.address), "browser": .string(session.place.browser),
        ]
    }
}

private enum OpenSessions {
    /// Of this user or, for nil, of everybody, the newest first; one page.
    static func list(of user: UserID?, at now: Timestamp, in reader: any SQLReader) throws -> [OpenSession] {
        let used = now.adding(seconds: -Int64(Limits.sessionIdleSeconds.value))
        return try reader.rows(
            """
            SELECT s.id AS id, s.user_id AS user_id, u.name AS name, s.begun_at AS begun_at,
                s.proved_at AS proved_at, s.used_at AS used_at, s.expires_at AS expires_at, s.ended_at AS ended_at,
                s.address AS address, s.browser AS browser
            FROM user_session s JOIN principal_user u ON u.id = s.user_id
            WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.used_at > $2
                AND (CAST($3 AS TEXT) IS NULL OR s.user_id = $3)
            ORDER BY s.begun_at DESC, s.id LIMIT $4
            """,
            [
                .int(now.epochMilliseconds), .int(used.epochMilliseconds), .optional(user?.rawValue),
                .int(Int64(Limits.pageRows.value)),
            ]
        ).map { OpenSession(session: try Session($0), user: try $0.text("name")) }
    }
}
