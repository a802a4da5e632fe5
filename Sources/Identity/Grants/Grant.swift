import AuditTrail
import Core
import Storage

/// A role given to a user or a group, for good or until a moment.
struct Grant: Sendable {
    enum SubjectKind: String, Sendable {
        case user
        case group
    }

    let id: GrantID
    let application: String
    let subjectKind: SubjectKind
    let subjectID: String
    let subjectName: String
    let role: RoleID
    let roleName: String
    let until: Timestamp?
    let grantedBy: String
    let grantedAt: Timestamp

    /// Up to the moment `until`, not at it.
    func isInForce(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }

    var configRow: ConfigRow {
        ConfigRow(
            "role-grant", id: id.rawValue, name: "\(roleName) to \(subjectKind.rawValue) \(subjectName)",
            application: application)
    }

    var json: JSONObject {
        var members: JSONObject = [
            "id": .string(id.rawValue), "application": .string(application),
            subjectKind.rawValue: .string(subjectName), "role": .string(roleName),
        ]
        members["until"] = until.map { .string($0.rfc3339) }
        members["granted_by"] = .string(grantedBy)
        members["granted_at"] = .string(grantedAt.rfc3339)
        return members
    }

    private var details: [AuditEvent.Key: String] {
        var details: [AuditEvent.Key: String] = [.role: roleName]
        details[.until] = until?.rfc3339
        return details
    }

    private var subject: AuditEvent.Target { .init(subjectKind.rawValue, id: subjectID, name: subjectName) }
}

extension Grant {
    init(_ row: SQLRow) throws {
        guard let kind = SubjectKind(rawValue: try row.text("subject_kind")) else {
            throw HubError(
                .internal, "bad_row", "Internal error.", detail: "subject_kind is neither user nor group")
        }
        id = GrantID(try row.text("id"))
        application = try row.text("application")
        subjectKind = kind
        subjectID = try row.text("subject_id")
        subjectName = try row.text("subject_name")
        role = RoleID(try row.text("role_id"))
        roleName = try row.text("role_name")
        until = try row.optionalMoment("until")
        grantedBy = try row.text("granted_by")
        grantedAt = Timestamp(epochMilliseconds: try row.int("granted_at"))
    }

    /// All grants of one user or group, ended ones too.
    static func of(_ kind: SubjectKind, id: String, in reader: any SQLReader) throws -> [Grant] {
        try reader.rows(
            """
            SELECT g.id, g.application, g.subject_kind, g.subject_id, COALESCE(u.name, s.name) AS subject_name,
                g.role_id, r.name AS role_name, g.until, g.granted_by, g.granted_at
            FROM role_grant g JOIN role r ON r.id = g.role_id
            LEFT JOIN principal_user u ON g.subject_kind = 'user' AND u.id = g.subject_id
            LEFT JOIN user_group s ON g.subject_kind = 'group' AND s.id = g.subject_id
            WHERE g.subject_kind = $1 AND g.subject_id = $2 ORDER BY g.id LIMIT $3
            """, [.text(kind.rawValue), .text(id), .int(Int64(Limits.roleLinks.value))]
        ).map { try Grant($0) }
    }

    /// The grants behind an id, in the order of ids.
    static func page(after id: String, in reader: any SQLReader) throws -> [Grant] {
        try reader.rows(
            """
            SELECT g.id, g.application, g.subject_kind, g.subject_id, COALESCE(u.name, s.name) AS subject_name,
                g.role_id, r.name AS role_name, g.until, g.granted_by, g.granted_at
            FROM role_grant g JOIN role r ON r.id = g.role_id
            LEFT JOIN principal_user u ON g.subject_kind = 'user' AND u.id = g.subject_id
            LEFT JOIN user_group s ON g.subject_kind = 'group' AND s.id = g.subject_id
            WHERE g.id > $1 ORDER BY g.id LIMIT $2
            """, [.text(id), .int(Int64(Limits.pageRows.value))]
        ).map { try Grant($0) }
    }

    /// The grant of that id; throws `unknown_role_grant`.
    static func find(_ id: String, in reader: any SQLReader) throws -> Grant {
        let row = try reader.row(
            """
            SELECT g.id, g.application, g.subject_kind, g.subject_id, COALESCE(u.name, s.name) AS subject_name,
                g.role_id, r.name AS role_name, g.until, g.granted_by, g.granted_at
            FROM role_grant g JOIN role r ON r.id = g.role_id
            LEFT JOIN principal_user u ON g.subject_kind = 'user' AND u.id = g.subject_id
            LEFT JOIN user_group s ON g.subject_kind = 'group' AND s.id = g.subject_id
            WHERE g.id = $1 ORDER BY g.id LIMIT 1
            """, [.text(id)])
        guard let row else {
            throw HubError(
                .notFound, "unknown_role_grant", "There is no role-grant of that id. List the role-grants to see them.")
        }
        return try Grant(row)
    }

    /// Adds the grant with its history and its event. A grant of the same role that has ended makes room.
    ///
    /// Throws `already_granted` when the subject has the role by a grant of its own that is still in force.
    func give(in writer: any SQLWriter, by cause: Cause) throws {
        let old = try Grant.of(subjectKind, id: subjectID, in: writer).first { $0.role == role }
        if let old {
            guard !old.isInForce(at: cause.now) else {
                throw HubError(
                    .conflict, "already_granted",
                    "The \(subjectKind.rawValue) has a grant of this role. Delete that grant first, then grant anew.")
            }
            try old.withdraw(in: writer, by: cause)
        }
        try writer.run(
            """
            INSERT INTO role_grant
                (id, application, subject_kind, subject_id, role_id, until, granted_by, granted_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """,
            [
                .text(id.rawValue), .text(application), .text(subjectKind.rawValue), .text(subjectID),
                .text(role.rawValue), .optional(until?.epochMilliseconds), .text(grantedBy),
                .int(grantedAt.epochMilliseconds),
            ])
        try writer.changed(configRow, before: nil, after: .object(json), by: cause)
        try writer.record(AuditEvent(.roleGranted, on: subject, by: cause, details))
    }

    /// Removes the grant with its history and its event.
    func withdraw(in writer: any SQLWriter, by cause: Cause) throws {
        try writer.run("DELETE FROM role_grant WHERE id = $1", [.text(id.rawValue)])
        try writer.changed(configRow, before: .object(json), after: nil, by: cause)
        try writer.record(AuditEvent(.roleWithdrawn, on: subject, by: cause, details))
    }
}
