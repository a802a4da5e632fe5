import Core
import Storage

/// A named bundle of rights.
struct Role: Sendable {
    let id: RoleID
    let name: String
    let application: String
    let says: String

    var configRow: ConfigRow { ConfigRow("role", id: id.rawValue, name: name, application: application) }

    var json: JSON {
        [
            "id": .string(id.rawValue), "name": .string(name), "application": .string(application),
            "says": .string(says), "built_in": .bool(BuiltInRoles.isBuiltIn(id)),
        ]
    }

    /// False when the id or the name is there already.
    func insert(in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO role (id, name, name_folded, application, says) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT DO NOTHING
            """,
            [.text(id.rawValue), .text(name), .text(Names.folded(name)), .text(application), .text(says)]) == 1
    }

    init(id: RoleID, name: String, application: String, says: String) {
        self.id = id
        self.name = name
        self.application = application
        self.says = says
    }

    init(_ row: SQLRow) throws {
        self.init(
            id: RoleID(try row.text("id")), name: try row.text("name"), application: try row.text("application"),
            says: try row.text("says"))
    }

    /// The role of that id or name; throws `unknown_role`.
    static func find(_ idOrName: String, in reader: any SQLReader) throws -> Role {
        let row = try reader.row(
            "SELECT id, name, application, says FROM role WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1",
            [.text(idOrName)])
        guard let row else { throw Names.unknown("role", idOrName) }
        return try Role(row)
    }
}

/// One role inside another: whoever has the first has the second.
struct Containment: Sendable {
    let role: RoleID
    let roleName: String
    let contains: RoleID
    let containsName: String

    var configRow: ConfigRow {
        ConfigRow("role-contains", id: "\(role)/\(contains)", name: "\(containsName) in \(roleName)")
    }

    var json: JSON { ["role": .string(roleName), "contains": .string(containsName)] }

    /// False when it is there already.
    func insert(in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            "INSERT INTO role_contains (role_id, contains_id) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [.text(role.rawValue), .text(contains.rawValue)]) == 1
    }
}
