import Core
import Ports
import Storage

extension Identity {
    var userOperations: [Operation] { [createUser, listUsers, getUser] }

    private var createUser: Operation {
        Operation(
            "user", .create, roles: [.admin, .miAdmin],
            says: "Makes a user without a password and without roles; mi_admin makes service accounts only.",
            fields: [
                .required("name", .text(most: Limits.nameField.value), "Unique; letters, digits, . _ - @."),
                .optional("display_name", .text(most: 200), "The name that people read."),
                .optional("email", .text(most: 254), "Where mail goes."),
                .optional("web_service_only", .bool, "A service account: calls APIs, never signs in to the console."),
                .optional("application", .text(most: Limits.nameField.value), "The application it belongs to."),
            ]
        ) { [database, effects] request in
            let name = try request.required("name")
            try Names.check(name)
            let now = request.cause.now
            let user = User(
                id: .new(effects), name: name, displayName: request.text("display_name") ?? name,
                email: request.text("email"), application: try Names.application(request.text("application")),
                isActive: true, isLockedByAdmin: false, isWebServiceOnly: request.bool("web_service_only") ?? false,
                hasPassword: false, lockedUntil: nil, createdAt: now, updatedAt: now)
            guard user.isWebServiceOnly || MachineIdentities.isAdmin(request.caller) else {
                throw MachineIdentities.refusal
            }
            return try await database.write(.change) { writer in
                try user.insert(password: nil, in: writer)
                try writer.changed(user.configRow, before: nil, after: user.configuration, by: request.cause)
                return .object(user.json)
            }
        }
    }

    private var listUsers: Operation {
        Operation(
            "user", .list, roles: [.admin, .miAdmin, .auditor],
            says: "Lists users by name; mi_admin sees service accounts.",
            fields: [
                Paging.after, .optional("finding", .oneOf(["basic_allowed"]), "Only users with this standing finding."),
            ]
        ) { [database] request in
            let machinesOnly = !MachineIdentities.mayRead(request.caller)
            return try await database.read { reader in
                let page = try User.page(
                    after: request.text("after") ?? "", machinesOnly: machinesOnly,
                    basicOnly: request.text("finding") != nil, in: reader)
                return Paging.answer(page.map { .object($0.json) })
            }
        }
    }

    private var getUser: Operation {
        Operation(
            "user", .get, roles: [.admin, .miAdmin, .auditor],
            says: "Shows a user with groups and the roles in force now."
        ) { [database] request in
            try await database.read { reader in
                let user = try User.find(request.id, in: reader)
                guard user.isWebServiceOnly || MachineIdentities.mayRead(request.caller) else {
                    throw MachineIdentities.refusal
                }
                let groups = try reader.rows(
                    """
                    SELECT g.name FROM group_member m JOIN user_group g ON g.id = m.group_id
                    WHERE m.user_id = $1 ORDER BY g.name LIMIT $2
                    """, [.text(user.id.rawValue), .int(Int64(Limits.pageRows.value))])
                let roles = try EffectiveRoles.of(user.id, at: request.cause.now, in: reader)
                var members = user.json
                members["groups"] = .array(try groups.map { .string(try $0.text("name")) })
                members["roles"] = .array(roles.sorted().map(JSON.string))
                return .object(members)
            }
        }
    }
}

/// What `mi_admin` alone may: service accounts that are no administrators.
enum MachineIdentities {
    static func isAdmin(_ caller: Principal) -> Bool { caller.hasAny([AdminRole.admin.rawValue]) }

    static func mayRead(_ caller: Principal) -> Bool {
        caller.hasAny([AdminRole.admin.rawValue, AdminRole.auditor.rawValue])
    }

    /// Throws unless the caller may change this user: `admin` anybody, `mi_admin` service accounts without `admin`.
    static func require(_ caller: Principal, mayChange user: User, at now: Timestamp, in reader: any SQLReader) throws {
        if isAdmin(caller) { return }
        guard user.isWebServiceOnly,
            try !EffectiveRoles.of(user.id, at: now, in: reader).contains(AdminRole.admin.rawValue)
        else { throw refusal }
    }

    static let refusal = HubError(
        .forbidden, "admin_needed",
        "mi_admin looks after service accounts without the role admin. Ask somebody with the role admin.")
}
