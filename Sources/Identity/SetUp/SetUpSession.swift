import AuditTrail
public import Core
import Ports
import Storage

/// A time in which a service account may be signed in as, with a role that it has only then: what setting up a connection
/// takes, and what must be gone afterwards. It ends by hand or at its time; then the role goes, its sessions end, and the
/// account is for web services only.
public struct SetUpSession: Sendable, Equatable {
    /// Its stable id.
    public let id: String
    /// What is set up, such as `connection:ID`; one session at a time.
    public let purpose: String
    /// The service account, as it was named then.
    public let account: String
    /// Who acts for it.
    public let acting: String
    /// The role that it has until then.
    public let role: String
    /// When it began.
    public let begunAt: Timestamp
    /// When it ends by itself.
    public let until: Timestamp
    /// When it ended; nil while it lasts.
    public let endedAt: Timestamp?
    let accountID: String
    let grantID: GrantID

    /// The members that pages and reports show.
    public var json: JSON {
        [
            "account": .string(account), "acting": .string(acting), "role": .string(role),
            "begun_at": .string(begunAt.rfc3339), "until": .string(until.rfc3339),
            "ended_at": endedAt.map { .string($0.rfc3339) } ?? .null,
        ]
    }
}

/// The table `set_up_session`.
enum SetUpRows {
    /// The latest one for a purpose; nil when there was none.
    static func latest(_ purpose: String, in reader: any SQLReader) throws -> SetUpSession? {
        try reader.row(
            """
            SELECT id, purpose, account_id, account_name, acting, role_name, grant_id, begun_at, until, ended_at
            FROM set_up_session WHERE purpose = $1 ORDER BY begun_at DESC, id DESC LIMIT 1
            """, [.text(purpose)]
        ).map(SetUpSession.init)
    }

    /// The open one of an account, whatever it is for; nil when there is none.
    static func open(accountID: String, in reader: any SQLReader) throws -> SetUpSession? {
        try reader.row(
            """
            SELECT id, purpose, account_id, account_name, acting, role_name, grant_id, begun_at, until, ended_at
            FROM set_up_session WHERE account_id = $1 AND ended_at IS NULL ORDER BY begun_at DESC, id DESC LIMIT 1
            """, [.text(accountID)]
        ).map(SetUpSession.init)
    }

    /// Those whose time is over and that nobody ended, the earliest first.
    static func over(at now: Timestamp, in reader: any SQLReader) throws -> [SetUpSession] {
        try reader.rows(
            """
            SELECT id, purpose, account_id, account_name, acting, role_name, grant_id, begun_at, until, ended_at
            FROM set_up_session WHERE until <= $1 AND ended_at IS NULL ORDER BY until, id LIMIT $2
            """, [.int(now.epochMilliseconds), .int(Int64(Limits.pageRows.value))]
        ).map(SetUpSession.init)
    }

    static func insert(_ session: SetUpSession, in writer: any SQLWriter) throws {
        try writer.run(
            """
            INSERT INTO set_up_session (id, purpose, account_id, account_name, acting, role_name, grant_id, begun_at,
                until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            [
                .text(session.id), .text(session.purpose), .text(session.accountID), .text(session.account),
                .text(session.acting), .text(session.role), .text(session.grantID.rawValue),
                .int(session.begunAt.epochMilliseconds), .int(session.until.epochMilliseconds),
            ])
    }

    /// The one statement that ends it; false for whoever comes second.
    static func end(_ id: String, by: String, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "UPDATE set_up_session SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL",
            [.text(id), .int(now.epochMilliseconds), .text(by)]) == 1
    }
}

extension SetUpSession {
    init(_ row: SQLRow) throws {
        id = try row.text("id")
        purpose = try row.text("purpose")
        account = try row.text("account_name")
        acting = try row.text("acting")
        role = try row.text("role_name")
        begunAt = Timestamp(epochMilliseconds: try row.int("begun_at"))
        until = Timestamp(epochMilliseconds: try row.int("until"))
        endedAt = try row.optionalMoment("ended_at")
        accountID = try row.text("account_id")
        grantID = GrantID(try row.text("grant_id"))
    }
}
