import AuditTrail
public import Core
import Keys
import Ports
public import Storage

/// A session of the console as it is stored. Whether it counts is for `Access` to decide.
public struct Session: Sendable, Equatable {
    /// The id.
    public let id: SessionID
    /// Whose it is.
    public let user: UserID
    /// When the user signed in.
    public let begunAt: Timestamp
    /// When the user last proved who it is, at the sign-in or after.
    public let provedAt: Timestamp
    /// When it was last used, to `Limits.sessionTouchSeconds`.
    public let usedAt: Timestamp
    /// When it ends, used or not.
    public let expiresAt: Timestamp
    /// When it was ended; nil while it was not.
    public let endedAt: Timestamp?
    /// Where the user signed in.
    public let place: SignInPlace

    /// When it ends unless it is used before.
    public var idleAt: Timestamp { usedAt.adding(seconds: Int64(Limits.sessionIdleSeconds.value)) }

    /// Finds a presented session; nil when it is none of ours. Made-up texts never reach the store.
    public static func find(presented: Secret, in reader: any SQLReader) throws -> Session? {
        guard MachineSecret.isWellFormed(presented, .session) else { return nil }
        return try reader.row(
            """
            SELECT id, user_id, begun_at, proved_at, used_at, expires_at, ended_at, address, browser FROM user_session
            WHERE hash = $1 ORDER BY id LIMIT 1
            """, [.blob(MachineSecret.hash(presented))]
        ).map { try Session($0) }
    }

    /// Notes the use, at most once in `Limits.sessionTouchSeconds`; does nothing to a session that ended.
    public func touch(at now: Timestamp, in writer: any SQLWriter) throws {
        try writer.run(
            "UPDATE user_session SET used_at = $2 WHERE id = $1 AND used_at <= $3 AND ended_at IS NULL",
            [
                .text(id.rawValue), .int(now.epochMilliseconds),
                .int(now.adding(seconds: -Int64(Limits.sessionTouchSeconds.value)).epochMilliseconds),
            ])
    }

    /// Whether `touch` would note a use.
    public func isToBeTouched(at now: Timestamp) -> Bool {
        now.milliseconds(since: usedAt) >= Int64(Limits.sessionTouchSeconds.value) * 1_000
    }

    init(_ row: SQLRow) throws {
        id = SessionID(try row.text("id"))
        user = UserID(try row.text("user_id"))
        begunAt = Timestamp(epochMilliseconds: try row.int("begun_at"))
        provedAt = try row.optionalMoment("proved_at") ?? begunAt
        usedAt = Timestamp(epochMilliseconds: try row.int("used_at"))
        expiresAt = Timestamp(epochMilliseconds: try row.int("expires_at"))
        endedAt = try row.optionalMoment("ended_at")
        place = SignInPlace(
            address: try row.optionalText("address") ?? "-", browser: try row.optionalText("browser") ?? "")
    }
}

extension Session {
    /// Begins a session; the oldest ones beyond `Limits.sessionsOfOne` end.
    static func begin(
        _ new: NewSecret, of user: UserFacts, at place: SignInPlace, how: String, in writer: any SQLWriter,
        by cause: Cause
    ) throws {
        let now = cause.now.epochMilliseconds
        let end = cause.now.adding(seconds: Int64(Limits.sessionSeconds.value)).epochMilliseconds
        try writer.run(
            """
            INSERT INTO user_session (id, hash, user_id, begun_at, used_at, expires_at, ended_at, proved_at, address,
                browser)
            VALUES ($1, $2, $3, $4, $4, $5, NULL, $4, $6, $7)
            """,
            [
                .text(new.id), .blob(new.hash), .text(user.id.rawValue), .int(now), .int(end), .text(place.address),
                .text(place.browser),
            ])
        let ended = try writer.returning(
            """
            UPDATE user_session SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL AND id NOT IN (
                SELECT id FROM user_session WHERE user_id = $1 AND ended_at IS NULL
                ORDER BY begun_at DESC, id LIMIT $3) RETURNING id
            """, [.text(user.id.rawValue), .int(now), .int(Int64(Limits.sessionsOfOne.value))])
        try tell(ended, in: writer)
        // The user proved who it is: the sign-in is the user's own act.
        let own = Cause(Actor(.user, id: user.id.rawValue, name: user.name), at: cause.now, cause.correlation)
        try writer.record(
            AuditEvent(
                .signedIn, on: .init("user", id: user.id.rawValue, name: user.name), by: own,
                [.session: new.id, .reason: how]))
    }

    /// Ends one session, of this user or, for nil, of anybody; false when it is not there or ended before.
    static func end(
        _ id: String, of owner: UserID? = nil, _ why: String, in writer: any SQLWriter, by cause: Cause
    ) throws -> Bool {
        let ended = try writer.returning(
            """
            UPDATE user_session SET ended_at = $2
            WHERE id = $1 AND ended_at IS NULL AND (CAST($3 AS TEXT) IS NULL OR user_id = $3) RETURNING id, user_id
            """, [.text(id), .int(cause.now.epochMilliseconds), .optional(owner?.rawValue)])
        guard let user = try ended.first?.text("user_id") else { return false }
        try tell(ended, in: writer)
        let name = try User.lookUp(user, in: writer)?.name ?? user
        try writer.record(
            AuditEvent(.sessionEnded, on: .init("user", id: user, name: name), by: cause, [.session: id, .reason: why]))
        return true
    }

    /// Ends all sessions of a user, and withdraws half-open sign-ins and links that are not used yet; how many sessions it
    /// were.
    @discardableResult
    static func endAll(of user: User, _ why: String, in writer: any SQLWriter, by cause: Cause) throws -> Int {
        let links = try writer.run("DELETE FROM sign_in_link WHERE user_id = $1", [.text(user.id.rawValue)])
        let halfOpen = try SignInProof.withdraw(of: user.id, in: writer)
        let ended = try writer.returning(
            "UPDATE user_session SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL RETURNING id",
            [.text(user.id.rawValue), .int(cause.now.epochMilliseconds)])
        try tell(ended, in: writer)
        let count = ended.count
        if count + links + halfOpen > 0 {
            try writer.record(AuditEvent(.sessionEnded, on: user.target, by: cause, [.reason: why]))
        }
        return count
    }

    /// Leaves word of sessions that were ended: clients may know of them.
    private static func tell(_ ended: [SQLRow], in writer: any SQLWriter) throws {
        for row in ended {
            try Outbox.publish(.sessionEnded, ["session": .string(try row.text("id"))], in: writer)
        }
    }
}

extension Identity {
    /// Whether nobody has ended the session; it may be over by time all the same.
    public func stands(_ session: SessionID, in reader: any SQLReader) throws -> Bool {
        try reader.row(
            "SELECT id FROM user_session WHERE id = $1 AND ended_at IS NULL", [.text(session.rawValue)]) != nil
    }

    /// Whether the user has a second factor that counts.
    public func hasSecondFactor(_ user: UserID, in reader: any SQLReader) throws -> Bool {
        try SecondFactorRows.isSet(user, in: reader)
    }
}

/// Where somebody signs in.
public struct SignInPlace: Sendable, Equatable {
    /// The network of one caller, such as `192.0.2.1`.
    public let address: String
    /// What the browser calls itself, on one line and cut to `Limits.browserName`; empty where it says nothing.
    public let browser: String

    /// - Parameter browser: the header User-Agent as it was sent (RFC 9110 §10.1.5). It proves nothing.
    public init(address: String, browser: String = "") {
        self.address = address
        self.browser = Shown.line(
            String(String.UnicodeScalarView(browser.unicodeScalars.prefix(Limits.browserName.value))))
    }
}

/// A secret made before the transaction that stores its hash.
struct NewSecret: Sendable {
    let id: String
    let secret: Secret
    let hash: [UInt8]

    init(_ kind: MachineSecret.Kind, _ effects: Effects) {
        id = SessionID.new(effects).rawValue
        secret = MachineSecret.new(kind, effects)
        hash = MachineSecret.hash(secret)
    }
}
