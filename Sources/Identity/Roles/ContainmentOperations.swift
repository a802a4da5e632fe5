import Core
import Ports
import Storage

extension Identity {
    var containmentOperations: [Operation] { [containRole, releaseRole] }

    private static let field = Field.required(
        "role", .text(most: Limits.nameField.value), "The role inside, by id or name.")

    private var containRole: Operation {
        Operation(
            "role", .act("contain"), roles: [.admin],
            says: "Puts a role into this one: whoever has this one has that one too.", fields: [Self.field],
            needsFreshProof: true
        ) { [database] request in
            let inner = try request.required("role")
            return try await database.write(.change) { writer in
                let pair = try Self.pair(request.id, inner, in: writer)
                let graph = RoleGraph(try Self.pairs(in: writer))
                switch graph.problem(adding: pair.role, contains: pair.contains) {
                case .cycle:
                    throw HubError(
                        .conflict, "role_cycle",
                        "The role would contain itself: the role inside already leads back to it. "
                            + "Release that way first, or choose another role.")
                case .tooDeep:
                    throw HubError(
                        .conflict, "roles_too_deep",
                        "Roles may lie \(Limits.roleDepth.value) deep in one another. Contain a role nearer the top.")
                case nil: break
                }
                if try pair.insert(in: writer) {
                    try writer.changed(pair.configRow, before: nil, after: pair.json, by: request.cause)
                }
                return try Self.withContained(try Role.find(pair.role.rawValue, in: writer), in: writer)
            }
        }
    }

    private var releaseRole: Operation {
        Operation(
            "role", .act("release"), roles: [.admin], says: "Takes a role out of this one.", fields: [Self.field]
        ) { [database] request in
            let inner = try request.required("role")
            return try await database.write(.change) { writer in
                let pair = try Self.pair(request.id, inner, in: writer)
                guard !BuiltInRoles.isBuiltIn(pair) else {
                    throw HubError(
                        .conflict, "built_in_role",
                        "The role admin always contains the other administrative roles. Release another role.")
                }
                try LastAdmin.kept(in: writer) {
                    let count = try writer.run(
                        "DELETE FROM role_contains WHERE role_id = $1 AND contains_id = $2",
                        [.text(pair.role.rawValue), .text(pair.contains.rawValue)])
                    guard count == 1 else {
                        throw HubError(
                            .notFound, "not_contained", "The role does not contain that role. Look at its list first.")
                    }
                }
                try writer.changed(pair.configRow, before: pair.json, after: nil, by: request.cause)
                return try Self.withContained(try Role.find(pair.role.rawValue, in: writer), in: writer)
            }
        }
    }

    private static func pair(_ outer: String, _ inner: String, in reader: any SQLReader) throws -> Containment {
        let role = try Role.find(outer, in: reader)
        let contained = try Role.find(inner, in: reader)
        return Containment(
            role: role.id, roleName: role.name, contains: contained.id, containsName: contained.name)
    }

    private static func pairs(in reader: any SQLReader) throws -> [(role: RoleID, contains: RoleID)] {
        let rows = try reader.rows(
            "SELECT role_id, contains_id FROM role_contains ORDER BY role_id, contains_id LIMIT $1",
            [.int(Int64(Limits.roleLinks.value))])
        guard rows.count < Limits.roleLinks.value else {
            throw HubError(
                .conflict, "too_many_role_links",
                "There are \(Limits.roleLinks.value) roles inside roles, which is the bound. Release some first.")
        }
        return try rows.map { (RoleID(try $0.text("role_id")), RoleID(try $0.text("contains_id"))) }
    }
}
