public import Access
public import Core
import Identity
import OAuthServer
import Ports
import Records
public import Storage

/// What came with a request to prove who calls.
public enum Presented: Sendable {
    /// Nothing.
    case nothing
    /// An access token, unread.
    case bearer(Secret)
    /// An Authorization header that cannot be read; the reason quotes nothing.
    case unreadable(reason: String)
    /// The hub's own socket, opened by this user of the machine.
    case socket(uid: UInt32)
    /// A session's secret, unread; `isForeign` when the request would change something and is not from a page of ours.
    case session(Secret, isForeign: Bool)
}

/// Answers every question of access: gathers the facts from one snapshot, and lets `Access.decide` judge them.
///
/// Live requests and `explain` come through here, so they cannot differ.
public struct Gatekeeper: Sendable {
    private let database: any Database

    /// A gatekeeper over the hub's store.
    public init(database: any Database) { self.database = database }

    /// Decides a live request.
    public func decide(
        _ method: String, _ target: RequestTarget, need: RouteNeed, presented: Presented, at now: Timestamp
    ) async throws -> Decision {
        if case .everyone(let because) = need {
            return Access.decide(
                Question(
                    method: method, path: target.path, need: .everyone(because: because), caller: .nobody,
                    scopeRules: [], now: now))
        }
        let (decision, session) = try await database.read { reader in
            let session = try Self.session(presented, in: reader)
            let caller = try Self.caller(presented, session, at: now, in: reader)
            return (
                try Self.decide(method, target, need: need, caller: caller, at: now, in: reader), session
            )
        }
        if decision.isAllowed, let session, session.isToBeTouched(at: now) {
            try await database.write(.bookkeeping("a session was used")) { try session.touch(at: now, in: $0) }
        }
        return decision
    }

    private static func session(_ presented: Presented, in reader: any SQLReader) throws -> Session? {
        guard case .session(let secret, _) = presented else { return nil }
        return try Session.find(presented: secret, in: reader)
    }

    /// What is known of a session that was looked up.
    private static func facts(
        _ session: Session?, isForeign: Bool, at now: Timestamp, in reader: any SQLReader
    ) throws -> SessionFacts {
        guard let session else { return .unknown }
        return .found(
            SessionFacts.Begun(
                id: session.id, user: try Identity.facts(session.user.rawValue, at: now, in: reader),
                begunAt: session.begunAt, idleAt: session.idleAt, expiresAt: session.expiresAt,
                endedAt: session.endedAt, isForeign: isForeign))
    }

    /// Decides for a caller whose facts are known already, on the caller's snapshot.
    static func decide(
        _ method: String, _ target: RequestTarget, need: RouteNeed, caller: Caller, at now: Timestamp,
        in reader: any SQLReader
    ) throws -> Decision {
        Access.decide(
            Question(
                method: method, path: target.path, need: try resolved(need, in: reader), caller: caller,
                scopeRules: try Access.rules(in: reader), now: now))
    }

    /// What is known of a presented credential.
    static func caller(
        _ presented: Presented, _ session: Session? = nil, at now: Timestamp, in reader: any SQLReader
    ) throws -> Caller {
        switch presented {
        case .session(_, let isForeign):
            return .session(try facts(session, isForeign: isForeign, at: now, in: reader))
        case .nothing: return .nobody
        case .unreadable(let reason): return .unreadable(reason: reason)
        case .socket(let uid): return .socket(.socket(uid: uid))
        case .bearer(let token):
            let found = try token.reveal { bytes in
                try OAuthServer.find(presented: String(decoding: bytes, as: UTF8.self), at: now, in: reader)
            }
            guard let found else { return .token(.unknown) }
            return .token(
                .found(
                    TokenFacts.Issued(
                        client: found.client, clientName: found.clientName, clientIsActive: found.clientIsActive,
                        tokenScopes: found.tokenScopes, clientScopes: found.clientScopes,
                        user: try Identity.facts(found.user.rawValue, at: now, in: reader),
                        issuedAt: found.issuedAt, expiresAt: found.expiresAt, isRevoked: found.isRevoked)))
        }
    }

    private static func resolved(_ need: RouteNeed, in reader: any SQLReader) throws -> Need {
        switch need {
        case .everyone(let because): return .everyone(because: because)
        case .operation(let name, let roles): return .operation(name: name, roles: roles)
        case .page(let name, let roles): return .page(name: name, roles: roles)
        case .table(let name, let action):
            guard let rights = try Records.rights(name, in: reader) else { return .unknownTable(name) }
            return .table(name: name, action: action, roles: rights.roles(for: action))
        }
    }
}

extension TableRights {
    /// The roles of which any one suffices; `admin` always does.
    func roles(for action: TableAction) -> Set<String> {
        let named =
            switch action {
            case .create: create
            case .read: read
            case .write: write
            case .delete: delete
            }
        return Set(named + [AdminRole.admin.rawValue])
    }
}
