import AuditTrail
public import Core
public import Keys
public import Ports
public import Storage

/// Users, groups, roles and grants: who there is and what each may, at the moment it is asked.
public final class Identity: UserDirectory, Sendable {
    let database: any Database
    let effects: Effects
    let hasher: PasswordHasher
    let refusedSignIns = MinuteCounter()
    let provedPasswords = ProvedPasswords()
    let seal: SecondFactorSeal
    let secondFactorRule: SecondFactorRule
    private let known: EpochMemory<String, Known>

    /// Rests on a store that has `Identity.migrations`.
    ///
    /// - Parameter secondFactorKey: 32 bytes that seal the secrets of second factors; the same for all hubs over the store.
    public init(
        database: any Database, effects: Effects, hasher: PasswordHasher, secondFactorKey: Secret,
        secondFactorRule: SecondFactorRule = .optional
    ) {
        self.database = database
        self.effects = effects
        self.hasher = hasher
        self.secondFactorRule = secondFactorRule
        seal = SecondFactorSeal(key: secondFactorKey)
        known = EpochMemory(database.epochs, most: Limits.rememberedTokens.value)
    }

    /// A user's facts, and between which moments they cannot have changed by themselves.
    private struct Known: Sendable {
        let facts: UserFacts
        let from: Timestamp
        let until: Timestamp?
    }

    /// Makes the administrative roles where they are missing; call it before anything else. Again does nothing.
    ///
    /// - Parameter roles: further roles that other features' tables name; made empty where they are missing.
    public func prepare(roles: [String] = [], at now: Timestamp) async throws {
        let cause = Cause(.hub, at: now, .new(effects))
        let further = roles.map { Role(id: .new(effects), name: $0, application: "global", says: "") }
        try await database.write(.change) { writer in
            try BuiltInRoles.make(in: writer, by: cause)
            for role in further where try role.insert(in: writer) {
                try writer.changed(role.configRow, before: nil, after: role.json, by: cause)
            }
        }
    }

    /// The user of that id or name, with the roles in force at that moment; nil if there is none.
    ///
    /// `isLocked` is an administrator's lock. Wrong passwords keep out further passwords only, not what was proved
    /// before: else anybody who knows a name could stop that user's work.
    public func user(_ idOrName: String, at now: Timestamp) async throws -> UserFacts? {
        let look = known.look(at: effects.monotonicNanoseconds())
        if let found = look.find(idOrName), found.from <= now, found.until.map({ now < $0 }) ?? true {
            return found.facts
        }
        let found = try await database.read { reader in
            try Self.facts(idOrName, at: now, in: reader).map {
                Known(facts: $0, from: now, until: try Self.nextChange(of: $0.id, at: now, in: reader))
            }
        }
        if let found { look.keep(found, for: idOrName, restingOn: [.row("user", id: found.facts.id.rawValue)]) }
        return found?.facts
    }

    /// The only user with that email address, byte for byte; nil if there is none, or more than one.
    public func user(email: String, at now: Timestamp) async throws -> UserFacts? {
        try await database.read { reader in
            let rows = try reader.rows(
                "SELECT id FROM principal_user WHERE email = $1 ORDER BY id LIMIT 2", [.text(email)])
            guard rows.count == 1, let only = rows.first else { return nil }
            return try Self.facts(try only.text("id"), at: now, in: reader)
        }
    }

    /// By id or name, for callers who hold a snapshot or a transaction already.
    public static func facts(_ idOrName: String, at now: Timestamp, in reader: any SQLReader) throws -> UserFacts? {
        guard let user = try User.lookUp(idOrName, in: reader) else { return nil }
        return UserFacts(
            id: user.id, name: user.name, isActive: user.isActive, isLocked: user.isLockedByAdmin,
            isWebServiceOnly: user.isWebServiceOnly, roles: try EffectiveRoles.of(user.id, at: now, in: reader),
            displayName: user.displayName, email: user.email)
    }

    /// When `facts` may next change by themselves: a grant in force ends; nil for never.
    public static func nextChange(of user: UserID, at now: Timestamp, in reader: any SQLReader) throws -> Timestamp? {
        try reader.row(
            """
            SELECT MIN(g.until) AS moment FROM role_grant g WHERE g.until > $2 AND (
                (g.subject_kind = 'user' AND g.subject_id = $1)
                OR (g.subject_kind = 'group'
                    AND g.subject_id IN (SELECT m.group_id FROM group_member m WHERE m.user_id = $1)))
            """, [.text(user.rawValue), .int(now.epochMilliseconds)])?.optionalMoment("moment")
    }

    /// The id of the user of that id or name; nil if there is none.
    public static func userID(_ idOrName: String, in reader: any SQLReader) throws -> UserID? {
        try User.lookUp(idOrName, in: reader)?.id
    }

    /// Whether there is a role of that name.
    public static func hasRole(_ name: String, in reader: any SQLReader) throws -> Bool {
        try reader.row("SELECT id FROM role WHERE name = $1", [.text(name)]) != nil
    }

    /// What administrators can do with users, groups, roles and grants.
    public var operations: [Operation] {
        userOperations + userChanges + groupOperations + memberOperations + roleOperations + containmentOperations
            + grantOperations + sessionOperations + secondFactorOperations
    }
}
