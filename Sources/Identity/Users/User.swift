import AuditTrail
import Core
import Storage

/// A person or a service account.
struct User: Sendable {
    let id: UserID
    let name: String
    var displayName: String
    var email: String?
    let application: String
    var isActive: Bool
    /// Locked by an administrator.
    var isLockedByAdmin: Bool
    var isWebServiceOnly: Bool
    var hasPassword: Bool
    /// Whether name and password may come with each call of the Table API (HTTP Basic).
    var isBasicAllowed = false
    var hasSecondFactor = false
    /// Locked after wrong passwords or codes until then.
    var lockedUntil: Timestamp?
    let createdAt: Timestamp
    var updatedAt: Timestamp

    /// Whether the console is open to the user; the short locks after wrong passwords aside.
    var maySignIn: Bool { isActive && !isLockedByAdmin && !isWebServiceOnly }

    var configRow: ConfigRow { ConfigRow("user", id: id.rawValue, name: name, application: application) }
    var target: AuditEvent.Target { .init("user", id: id.rawValue, name: name) }

    /// What the history keeps: configuration, no state, no password.
    var configuration: JSON {
        var members: JSONObject = [
            "id": .string(id.rawValue), "name": .string(name), "display_name": .string(displayName),
            "application": .string(application), "active": .bool(isActive), "locked": .bool(isLockedByAdmin),
            "web_service_only": .bool(isWebServiceOnly),
        ]
        members["email"] = email.map(JSON.string)
        if isBasicAllowed { members["basic_allowed"] = true }
        return .object(members)
    }

    /// It stands as long as the way is open.
    private var basicFinding: String {
        "User \(name) may call the Table API with name and password (HTTP Basic), which no scope narrows. Give the caller a "
            + "client instead, then: linchpin user update \(name) --basic-allowed false"
    }

    /// What administrators see.
    var json: JSONObject {
        var members = configuration.object ?? JSONObject()
        members["has_password"] = .bool(hasPassword)
        members["has_second_factor"] = .bool(hasSecondFactor)
        if isBasicAllowed { members["findings"] = [["reason": "basic_allowed", "says": .string(basicFinding)]] }
        members["locked_until"] = lockedUntil.map { .string($0.rfc3339) }
        members["created_at"] = .string(createdAt.rfc3339)
        members["updated_at"] = .string(updatedAt.rfc3339)
        return members
    }
}

extension User {
    init(_ row: SQLRow) throws {
        id = UserID(try row.text("id"))
        name = try row.text("name")
        displayName = try row.text("display_name")
        email = try row.optionalText("email")
        application = try row.text("application")
        isActive = try row.bool("active")
        isLockedByAdmin = try row.bool("locked")
        isWebServiceOnly = try row.bool("web_service_only")
        hasPassword = try row.bool("has_password")
        isBasicAllowed = try row.bool("basic_allowed")
        hasSecondFactor = try row.bool("has_second_factor")
        lockedUntil = try row.optionalMoment("locked_until")
        createdAt = Timestamp(epochMilliseconds: try row.int("created_at"))
        updatedAt = Timestamp(epochMilliseconds: try row.int("updated_at"))
    }

    /// The user of that id or name; nil when there is none.
    static func lookUp(_ idOrName: String, in reader: any SQLReader) throws -> User? {
        try reader.row(
            """
            SELECT id, name, display_name, email, application, active, locked, web_service_only,
                CASE WHEN password IS NULL THEN 0 ELSE 1 END AS has_password, basic_allowed, locked_until, created_at,
                updated_at, (SELECT COUNT(*) FROM second_factor f
                    WHERE f.user_id = principal_user.id AND f.confirmed_at IS NOT NULL) AS has_second_factor
            FROM principal_user WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1
            """, [.text(idOrName)]
        ).map { try User($0) }
    }

    /// The user of that id or name; throws `unknown_user`.
    static func find(_ idOrName: String, in reader: any SQLReader) throws -> User {
        guard let user = try lookUp(idOrName, in: reader) else { throw Names.unknown("user", idOrName) }
        return user
    }

    /// By name, behind a name.
    static func page(
        after name: String, machinesOnly: Bool, basicOnly: Bool, in reader: any SQLReader
    ) throws -> [User] {
        try reader.rows(
            """
            SELECT id, name, display_name, email, application, active, locked, web_service_only,
                CASE WHEN password IS NULL THEN 0 ELSE 1 END AS has_password, basic_allowed, locked_until, created_at,
                updated_at, (SELECT COUNT(*) FROM second_factor f
                    WHERE f.user_id = principal_user.id AND f.confirmed_at IS NOT NULL) AS has_second_factor
            FROM principal_user WHERE name > $1 AND web_service_only >= $2 AND basic_allowed >= $3
            ORDER BY name LIMIT $4
            """, [.text(name), .bool(machinesOnly), .bool(basicOnly), .int(Int64(Limits.pageRows.value))]
        ).map { try User($0) }
    }

    /// Adds the row; throws `name_taken`. The password is its stored form.
    func insert(password: String?, in writer: any SQLWriter) throws {
        let count = try writer.run(
            """
            INSERT INTO principal_user (id, name, name_folded, display_name, email, application, active, locked,
                web_service_only, password, failed_sign_ins, locked_until, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, NULL, $11, $12) ON CONFLICT DO NOTHING
            """,
            [
                .text(id.rawValue), .text(name), .text(Names.folded(name)), .text(displayName), .optional(email),
                .text(application), .bool(isActive), .bool(isLockedByAdmin), .bool(isWebServiceOnly),
                .optional(password), .int(createdAt.epochMilliseconds), .int(updatedAt.epochMilliseconds),
            ])
        guard count == 1 else { throw Names.taken("user") }
    }
}
