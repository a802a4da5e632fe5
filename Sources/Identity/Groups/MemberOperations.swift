import Core
import Ports
import Storage

extension Identity {
    var memberOperations: [Operation] { [addMember, removeMember] }

    private static let field = Field.required("user", .text(most: Limits.nameField.value), "The user, by id or name.")

    private var addMember: Operation {
        Operation(
            "group", .act("add-member"), roles: [.admin],
            says: "Puts a user into the group; the group's roles count at once. Again does nothing.",
            fields: [Self.field], needsFreshProof: true
        ) { [database] request in
            let name = try request.required("user")
            return try await database.write(.change) { writer in
                let (group, user) = (try Group.find(request.id, in: writer), try User.find(name, in: writer))
                let count = try writer.run(
                    "INSERT INTO group_member (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                    [.text(group.id.rawValue), .text(user.id.rawValue)])
                if count == 1 {
                    try writer.changed(
                        Self.row(user, in: group), before: nil, after: Self.json(user, in: group), by: request.cause)
                }
                return try group.withMembers(in: writer)
            }
        }
    }

    private var removeMember: Operation {
        Operation(
            "group", .act("remove-member"), roles: [.admin],
            says: "Takes a user out of the group; the group's roles end for that user at once. Again does nothing.",
            fields: [Self.field]
        ) { [database] request in
            let name = try request.required("user")
            return try await database.write(.change) { writer in
                let (group, user) = (try Group.find(request.id, in: writer), try User.find(name, in: writer))
                let count = try LastAdmin.kept(in: writer) {
                    try writer.run(
                        "DELETE FROM group_member WHERE group_id = $1 AND user_id = $2",
                        [.text(group.id.rawValue), .text(user.id.rawValue)])
                }
                if count == 1 {
                    try writer.changed(
                        Self.row(user, in: group), before: Self.json(user, in: group), after: nil, by: request.cause)
                }
                return try group.withMembers(in: writer)
            }
        }
    }

    private static func row(_ user: User, in group: Group) -> ConfigRow {
        ConfigRow(
            "group-member", id: "\(group.id)/\(user.id)", name: "\(user.name) in \(group.name)",
            application: group.application)
    }

    private static func json(_ user: User, in group: Group) -> JSON {
        ["group": .string(group.name), "user": .string(user.name)]
    }
}
