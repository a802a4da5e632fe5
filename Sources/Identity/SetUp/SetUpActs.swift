import AuditTrail
public import Core
import Ports
public import Storage

extension Identity {
    /// The ids that beginning takes, made before the transaction.
    public struct SetUpIDs: Sendable {
        let session: String
        let grant: GrantID

        /// Draws them.
        public init(_ effects: Effects) {
            session = GrantID.new(effects).rawValue
            grant = GrantID.new(effects)
        }
    }

    /// The latest set-up session for a purpose; nil when there was none.
    public static func setUp(for purpose: String, in reader: any SQLReader) throws -> SetUpSession? {
        try SetUpRows.latest(purpose, in: reader)
    }

    /// Begins a set-up session: the account gets the role until the moment, and may be signed in as until then.
    ///
    /// Throws `HubError`: `unknown_user`, `unknown_role`, `user_inactive`; `not_a_service_account` for one that has
    /// administrative roles; `set_up_open` while the account or the purpose has a session.
    public static func beginSetUp(
        for purpose: String, account name: String, role roleName: String, until: Timestamp, _ ids: SetUpIDs,
        in writer: any SQLWriter, by cause: Cause
    ) throws -> SetUpSession {
        var user = try User.find(name, in: writer)
        guard user.isActive, !user.isLockedByAdmin else {
            throw HubError(
                .conflict, "user_inactive", "User \(user.name) is switched off or locked. Switch it on first.")
        }
        let open =
            try SetUpRows.open(accountID: user.id.rawValue, in: writer)
            ?? SetUpRows.latest(purpose, in: writer).flatMap { $0.endedAt == nil ? $0 : nil }
        if let open {
            throw HubError(
                .conflict, "set_up_open",
                "A set-up session of \(open.account) lasts until \(open.until.rfc3339). End it first.")
        }
        // Its end makes it a service account for good, so nobody's own account may be taken for one.
        let administers = try EffectiveRoles.of(user.id, at: cause.now, in: writer)
            .intersection(AdminRole.allCases.map(\.rawValue))
        guard administers.isEmpty else {
            throw HubError(
                .conflict, "not_a_service_account",
                "User \(user.name) has administrative roles (\(administers.sorted().joined(separator: ", "))), so it is "
                    + "no service account. Name another, or withdraw them first.")
        }
        let role = try Role.find(roleName, in: writer)
        try Grant(
            id: ids.grant, application: "global", subjectKind: .user, subjectID: user.id.rawValue,
            subjectName: user.name, role: role.id, roleName: role.name, until: until, grantedBy: cause.actor.name,
            grantedAt: cause.now
        ).give(in: writer, by: cause)
        try setWebServiceOnly(false, &user, in: writer, by: cause)
        let session = SetUpSession(
            id: ids.session, purpose: purpose, account: user.name, acting: cause.actor.name, role: role.name,
            begunAt: cause.now, until: until, endedAt: nil, accountID: user.id.rawValue, grantID: ids.grant)
        try SetUpRows.insert(session, in: writer)
        try writer.record(event(.setUpBegun, session, by: cause))
        return session
    }

    /// Ends the open set-up session for a purpose: the role goes, the account's sessions end, and it is for web services
    /// only from then on.
    ///
    /// Throws `HubError` `no_set_up` when none is open.
    public static func endSetUp(
        for purpose: String, in writer: any SQLWriter, by cause: Cause
    ) throws -> SetUpSession {
        guard let open = try SetUpRows.latest(purpose, in: writer), open.endedAt == nil,
            try end(open, "hand", in: writer, by: cause)
        else {
            throw HubError(
                .conflict, "no_set_up", "No set-up session is open here, so there is none to end.")
        }
        return try SetUpRows.latest(purpose, in: writer) ?? open
    }

    /// Ends every set-up session whose time is over; how many.
    @discardableResult public func endSetUps(at now: Timestamp) async throws -> Int {
        let over = try await database.read { try SetUpRows.over(at: now, in: $0) }
        let cause = Cause(.hub, at: now, .new(effects))
        for session in over {
            try await database.write(.change) { writer in
                _ = try Self.end(session, "time", in: writer, by: cause)
            }
        }
        return over.count
    }

    /// False when somebody else ended it.
    private static func end(
        _ session: SetUpSession, _ how: String, in writer: any SQLWriter, by cause: Cause
    ) throws -> Bool {
        guard try SetUpRows.end(session.id, by: cause.actor.name, at: cause.now, in: writer) else { return false }
        let grants = try Grant.of(.user, id: session.accountID, in: writer)
        if let grant = grants.first(where: { $0.id == session.grantID }) { try grant.withdraw(in: writer, by: cause) }
        // An account that was deleted meanwhile can neither sign in nor hold a role.
        if var user = try User.lookUp(session.accountID, in: writer) {
            try setWebServiceOnly(true, &user, in: writer, by: cause)
            try Session.endAll(of: user, "set_up_ended", in: writer, by: cause)
        }
        try writer.record(event(.setUpEnded, session, by: cause, [.outcome: how]))
        return true
    }

    private static func setWebServiceOnly(
        _ isOnly: Bool, _ user: inout User, in writer: any SQLWriter, by cause: Cause
    ) throws {
        guard user.isWebServiceOnly != isOnly else { return }
        let before = user
        user.isWebServiceOnly = isOnly
        user.updatedAt = cause.now
        try store(user, in: writer)
        try writer.changed(user.configRow, before: before.configuration, after: user.configuration, by: cause)
    }

    private static func event(
        _ action: AuditEvent.Action, _ session: SetUpSession, by cause: Cause, _ more: [AuditEvent.Key: String] = [:]
    ) -> AuditEvent {
        var details = more
        details[.role] = session.role
        details[.until] = session.until.rfc3339
        details[.user] = session.acting
        return AuditEvent(
            action, on: .init("user", id: session.accountID, name: session.account), by: cause, details)
    }
}
