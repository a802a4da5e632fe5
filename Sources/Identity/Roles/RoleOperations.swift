import Core
import Ports
import Storage

extension Identity {
    var roleOperations: [Operation] { [createRole, listRoles, getRole, deleteRole] }

    private var createRole: Operation {
        Operation(
            "role", .create, roles: [.admin], says: "Makes a role; it means something once rules or grants name it.",
            fields: [
                .required("name", .text(most: Limits.nameField.value), "Unique; letters, digits, . _ - @."),
                .optional("says", .text(most: Limits.sentenceField.value), "One sentence: what it is for."),
                .optional("application", .text(most: Limits.nameField.value), "The application it belongs to."),
            ]
        ) { [database, effects] request in
            let name = try request.required("name")
            try Names.check(name)
            let role = Role(
                id: .new(effects), name: name, application: try Names.application(request.text("application")),
                says: request.text("says") ?? "")
            return try await database.write(.change) { writer in
                guard try role.insert(in: writer) else { throw Names.taken("role") }
                try writer.changed(role.configRow, before: nil, after: role.json, by: request.cause)
                return role.json
            }
        }
    }

    private var listRoles: Operation {
        Operation(
            "role", .list, roles: [.admin, .auditor], says: "Lists roles by name.",
            fields: [Paging.after]
        ) { [database] request in
            let rows = try await database.read { reader in
                try reader.rows(
                    "SELECT id, name, application, says FROM role WHERE name > $1 ORDER BY name LIMIT $2",
                    [.text(request.text("after") ?? ""), .int(Int64(Limits.pageRows.value))])
            }
            return Paging.answer(try rows.map { try Role($0).json })
        }
    }

    private var getRole: Operation {
        Operation("role", .get, roles: [.admin, .auditor], says: "Shows a role and the roles it contains.") {
            [database] request in
            try await database.read { reader in
                let role = try Role.find(request.id, in: reader)
                return try Self.withContained(role, in: reader)
            }
        }
    }

    static func withContained(_ role: Role, in reader: any SQLReader) throws -> JSON {
        let rows = try reader.rows(
            """
            SELECT r.name FROM role_contains c JOIN role r ON r.id = c.contains_id
            WHERE c.role_id = $1 ORDER BY r.name LIMIT $2
            """, [.text(role.id.rawValue), .int(Int64(Limits.pageRows.value))])
        var members = role.json.object ?? JSONObject()
        members["contains"] = .array(try rows.map { .string(try $0.text("name")) })
        return .object(members)
    }

    private var deleteRole: Operation {
        Operation("role", .delete, roles: [.admin], says: "Deletes a role that nobody is granted and no role contains.")
        {
            [database] request in
            try await database.write(.change) { writer in
                let role = try Role.find(request.id, in: writer)
                guard !BuiltInRoles.isBuiltIn(role.id) else {
                    throw HubError(
                        .conflict, "built_in_role", "This role is built in and stays. Withdraw its grants instead.")
                }
                try Self.requireUnused(role, in: writer)
                for pair in try Self.contained(in: role, writer) {
                    try writer.run(
                        "DELETE FROM role_contains WHERE role_id = $1 AND contains_id = $2",
                        [.text(pair.role.rawValue), .text(pair.contains.rawValue)])
                    try writer.changed(pair.configRow, before: pair.json, after: nil, by: request.cause)
                }
                try writer.run("DELETE FROM role WHERE id = $1", [.text(role.id.rawValue)])
                try writer.changed(role.configRow, before: role.json, after: nil, by: request.cause)
                return .null
            }
        }
    }

    private static func requireUnused(_ role: Role, in reader: any SQLReader) throws {
        let id = SQLValue.text(role.id.rawValue)
        let grant = try reader.row("SELECT id FROM role_grant WHERE role_id = $1 ORDER BY id LIMIT 1", [id])
        let above = try reader.row(
            "SELECT role_id FROM role_contains WHERE contains_id = $1 ORDER BY role_id LIMIT 1", [id])
        guard grant == nil, above == nil else {
            throw HubError(
                .conflict, "role_in_use",
                "The role is granted, or another role contains it. Delete its grants and release it first.")
        }
    }

    private static func contained(in role: Role, _ reader: any SQLReader) throws -> [Containment] {
        try reader.rows(
            """
            SELECT r.id, r.name FROM role_contains c JOIN role r ON r.id = c.contains_id
            WHERE c.role_id = $1 ORDER BY r.name LIMIT $2
            """, [.text(role.id.rawValue), .int(Int64(Limits.roleLinks.value))]
        ).map { row in
            Containment(
                role: role.id, roleName: role.name, contains: RoleID(try row.text("id")),
                containsName: try row.text("name"))
        }
    }
}
