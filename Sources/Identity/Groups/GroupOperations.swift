import Core
import Ports
import Storage

extension Identity {
    var groupOperations: [Operation] { [createGroup, listGroups, getGroup, deleteGroup] }

    private var createGroup: Operation {
        Operation(
            "group", .create, roles: [.admin], says: "Makes a group without members and without roles.",
            fields: [
                .required("name", .text(most: Limits.nameField.value), "Unique; letters, digits, . _ - @."),
                .optional("says", .text(most: Limits.sentenceField.value), "One sentence: who belongs in it."),
                .optional("application", .text(most: Limits.nameField.value), "The application it belongs to."),
            ]
        ) { [database, effects] request in
            let name = try request.required("name")
            try Names.check(name)
            let group = Group(
                id: .new(effects), name: name, application: try Names.application(request.text("application")),
                says: request.text("says") ?? "")
            return try await database.write(.change) { writer in
                let count = try writer.run(
                    """
                    INSERT INTO user_group (id, name, name_folded, application, says, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
                    """,
                    [
                        .text(group.id.rawValue), .text(name), .text(Names.folded(name)), .text(group.application),
                        .text(group.says), .int(request.cause.now.epochMilliseconds),
                    ])
                guard count == 1 else { throw Names.taken("group") }
                try writer.changed(group.configRow, before: nil, after: group.json, by: request.cause)
                return group.json
            }
        }
    }

    private var listGroups: Operation {
        Operation(
            "group", .list, roles: [.admin, .auditor], says: "Lists groups by name.",
            fields: [Paging.after]
        ) { [database] request in
            let rows = try await database.read { reader in
                try reader.rows(
                    "SELECT id, name, application, says FROM user_group WHERE name > $1 ORDER BY name LIMIT $2",
                    [.text(request.text("after") ?? ""), .int(Int64(Limits.pageRows.value))])
            }
            return Paging.answer(try rows.map { try Group($0).json })
        }
    }

    private var getGroup: Operation {
        Operation("group", .get, roles: [.admin, .auditor], says: "Shows a group and its first members.") {
            [database] request in
            try await database.read { reader in try Group.find(request.id, in: reader).withMembers(in: reader) }
        }
    }

    private var deleteGroup: Operation {
        Operation(
            "group", .delete, roles: [.admin], says: "Deletes a group with its memberships and grants; users stay."
        ) { [database] request in
            try await database.write(.change) { writer in
                let group = try Group.find(request.id, in: writer)
                try LastAdmin.kept(in: writer) {
                    for grant in try Grant.of(.group, id: group.id.rawValue, in: writer) {
                        try grant.withdraw(in: writer, by: request.cause)
                    }
                    try writer.run("DELETE FROM group_member WHERE group_id = $1", [.text(group.id.rawValue)])
                    try writer.run("DELETE FROM user_group WHERE id = $1", [.text(group.id.rawValue)])
                }
                try writer.changed(group.configRow, before: group.json, after: nil, by: request.cause)
                return .null
            }
        }
    }
}
