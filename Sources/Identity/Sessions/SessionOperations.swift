import AuditTrail
import Core
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
                let user = try request.text("user").map { try User.find($0, in: reader).id.rawValue }
                let rows = try reader.rows(
                    """
                    SELECT s.id AS id, s.user_id AS user_id, u.name AS name, s.begun_at AS begun_at,
                        s.used_at AS used_at, s.expires_at AS expires_at, s.ended_at AS ended_at
                    FROM user_session s JOIN principal_user u ON u.id = s.user_id
                    WHERE s.ended_at IS NULL AND s.expires_at > $1 AND s.used_at > $2
                        AND (CAST($3 AS TEXT) IS NULL OR s.user_id = $3)
                    ORDER BY s.begun_at DESC, s.id LIMIT $4
                    """,
                    [
                        .int(request.cause.now.epochMilliseconds),
                        .int(
                            request.cause.now.adding(seconds: -Int64(Limits.sessionIdleSeconds.value))
                                .epochMilliseconds), .optional(user), .int(Int64(Limits.pageRows.value)),
                    ])
                return [
                    "items": .array(try rows.map { try Self.shown(Session($0), user: try $0.text("name")) })
                ]
            }
        }
    }

    private static func shown(_ session: Session, user: String) -> JSON {
        [
            "id": .string(session.id.rawValue), "user": .string(user),
            "begun_at": .string(session.begunAt.rfc3339), "used_at": .string(session.usedAt.rfc3339),
            "idle_at": .string(session.idleAt.rfc3339), "expires_at": .string(session.expiresAt.rfc3339),
        ]
    }

    private var endSession: Operation {
        Operation("session", .delete, roles: [.admin], says: "Ends a session; its browser must sign in again.") {
            [database] request in
            try await database.write(.change) { writer in
                guard try Session.end(request.id, "administrator", in: writer, by: request.cause) else {
                    throw HubError(
                        .notFound, "unknown_session",
                        "There is no open session of this id. See: linchpin session list")
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
