public import Access
public import Core
public import Identity
import Keys
public import OAuthServer
import Ports
import Records
public import Storage

/// What came with a request to prove who calls.
public enum Presented: Sendable {
    /// Nothing.
    case nothing
    /// An access token, unread.
    case bearer(Secret)
    /// An access token with the scheme DPoP, unread, and its proof (RFC 9449 §7.1).
    case bound(Secret, SentProof)
    /// An Authorization header that cannot be read; the reason quotes nothing.
    case unreadable(reason: String)
    /// The hub's own socket, opened by this user of the machine.
    case socket(uid: UInt32)
    /// A user's name and password (RFC 7617 §2), unchecked, and where they came from.
    case basic(user: String, password: Secret, address: String)
    /// A session's secret, unread; `isForeign` when the request would change something and is not from a page of ours,
    /// `isUnattended` when a page sent it by itself, so that it is no use of the session.
    case session(Secret, isForeign: Bool, isUnattended: Bool = false)
}

/// Answers every question of access: gathers the facts, and lets `Access.decide` judge them.
///
/// Live requests and `explain` come through here, so they cannot differ: `explain` reads every fact from one snapshot of
/// the store, a live request only those that are not remembered from an earlier one.
public struct Gatekeeper: Sendable {
    let database: any Database
    let effects: Effects
    private let remembered: Remembered
    let identity: Identity?
    let nonces: DPoPNonces
    /// What the hub is called as a resource server.
    private let issuer: @Sendable () -> String

    /// A gatekeeper over the hub's store; without `identity` it takes no passwords, without `issuer` no tokens that name
    /// their resource servers.
    public init(
        database: any Database, effects: Effects, identity: Identity? = nil, nonces: DPoPNonces,
        issuer: @escaping @Sendable () -> String = { "" }
    ) {
        self.database = database
        self.effects = effects
        self.identity = identity
        self.nonces = nonces
        self.issuer = issuer
        remembered = Remembered(database.epochs)
    }

    /// Decides a live request.
    ///
    /// - Parameter certificate: the thumbprint of the client certificate that its connection showed.
    public func decide(
        _ method: String, _ target: RequestTarget, need: RouteNeed, presented: Presented,
        certificate: String? = nil, at now: Timestamp
    ) async throws -> Decision {
        if case .everyone(let because) = need {
            return Access.decide(
                Question(
                    method: method, path: target.path, need: .everyone(because: because), caller: .nobody,
                    scopeRules: [], now: now))
        }
        if case .session(let secret, let isForeign, let isUnattended) = presented {
            return try await decide(
                method, target, need: need, session: secret, isForeign: isForeign, isUse: !isUnattended, at: now)
        }
        if case .basic(let user, let password, let address) = presented {
            return try await decide(
                method, target, need: need, user: user, password: password, from: address, at: now)
        }
        let facts = try await facts(presented, need, at: now)
        var question = Question(
            method: method, path: target.path, need: Self.resolved(need, facts.rights?.value ?? nil),
            caller: Self.caller(presented, facts.token?.value), scopeRules: facts.rules.value, now: now)
        question.certificate = certificate
        question.hub = issuer()
        guard case .bound(let token, let proof) = presented else { return Access.decide(question) }
        return try await decide(question, token: token, proof)
    }

    /// Decides for a caller whose facts are known already, on the caller's snapshot.
    static func decide(
        _ method: String, _ target: RequestTarget, need: RouteNeed, caller: Caller,
        _ possession: Possession = .nothing, hub: String = "", at now: Timestamp, in reader: any SQLReader
    ) throws -> Decision {
        var question = Question(
            method: method, path: target.path, need: resolved(need, try rights(need, in: reader)?.value ?? nil),
            caller: caller, scopeRules: try Access.rules(in: reader), now: now)
        question.possession = possession
        question.hub = hub
        return Access.decide(question)
    }

    /// What is known of a presented credential.
    static func caller(_ presented: Presented, at now: Timestamp, in reader: any SQLReader) throws -> Caller {
        caller(presented, try token(presented, at: now, in: reader)?.value)
    }
}

extension Gatekeeper {
    /// From memory, or else all of them from one snapshot.
    private func facts(_ presented: Presented, _ need: RouteNeed, at now: Timestamp) async throws -> Facts {
        var key: [UInt8]?
        if let token = presented.token { key = MachineSecret.hash(token) }
        let keys = Remembered.Keys(token: key, table: need.table)
        if let known = remembered.facts(keys, at: now, monotonic: effects.monotonicNanoseconds()) { return known }
        // Before the snapshot: a change that comes after it ends what is read here, however late it is kept.
        let mark = database.epochs.mark()
        let facts = try await database.read { reader in
            Facts(
                token: try Self.token(presented, at: now, in: reader), rights: try Self.rights(need, in: reader),
                rules: .init(value: try Access.rules(in: reader), restsOn: []))
        }
        remembered.keep(facts, keys, mark, at: now)
        return facts
    }

    private static func caller(_ presented: Presented, _ token: TokenFacts?) -> Caller {
        switch presented {
        case .nothing: .nobody
        case .unreadable(let reason): .unreadable(reason: reason)
        case .socket(let uid): .socket(.socket(uid: uid))
        case .bearer, .bound: .token(token ?? .unknown)
        // Passwords and sessions are read by `decide`; nothing else takes one.
        case .basic: .basic(nil)
        case .session: .session(.unknown)
        }
    }

    private static func token(
        _ presented: Presented, at now: Timestamp, in reader: any SQLReader
    ) throws -> Facts.Fact<TokenFacts>? {
        guard let token = presented.token else { return nil }
        let found = try token.reveal { bytes in
            try OAuthServer.find(presented: String(decoding: bytes, as: UTF8.self), at: now, in: reader)
        }
        guard let found else { return .init(value: .unknown, restsOn: nil) }
        let issued = TokenFacts.Issued(
            client: found.client, clientName: found.clientName, clientIsActive: found.clientIsActive,
            tokenScopes: found.tokenScopes, clientScopes: found.clientScopes,
            user: try Identity.facts(found.user.rawValue, at: now, in: reader),
            issuedAt: found.issuedAt, expiresAt: found.expiresAt, isRevoked: found.isRevoked,
            boundTo: found.boundTo, certificate: found.carried.certificate, isOfPerson: found.family != nil,
            resources: found.carried.resources,
            // One that cannot be read covers nothing; that there were some still counts.
            details: found.carried.details.isEmpty
                ? nil : found.carried.details.compactMap(AuthorizationDetail.init(stored:)),
            signedInAt: found.carried.signedInAt)
        return .init(
            value: .found(issued),
            restsOn: found.restsOn + [.row("user", id: found.user.rawValue)],
            until: try Identity.nextChange(of: found.user, at: now, in: reader))
    }

    private static func rights(
        _ need: RouteNeed, in reader: any SQLReader
    ) throws -> Facts.Fact<TableRights?>? {
        guard let table = need.table else { return nil }
        let rights = try Records.rights(table, in: reader)
        return .init(value: rights, restsOn: rights == nil ? nil : [])
    }

    private static func resolved(_ need: RouteNeed, _ rights: TableRights?) -> Need {
        switch need {
        case .everyone(let because): return .everyone(because: because)
        case .operation(let name, let roles): return .operation(name: name, roles: roles)
        case .page(let name, let roles): return .page(name: name, roles: roles)
        case .person(let scope): return .person(scope: scope)
        case .table(let name, let action):
            guard let rights else { return .unknownTable(name) }
            return .table(name: name, action: action, roles: rights.roles(for: action))
        }
    }
}

extension Presented {
    /// The access token, whatever its scheme.
    fileprivate var token: Secret? {
        switch self {
        case .bearer(let token), .bound(let token, _): token
        case .nothing, .unreadable, .socket, .basic, .session: nil
        }
    }
}

extension RouteNeed {
    /// The table it is about; nil for anything else.
    fileprivate var table: String? {
        if case .table(let name, _) = self { name } else { nil }
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
