import Core
import Storage

/// Users who share roles.
struct Group: Sendable {
    let id: GroupID
    let name: String
    let application: String
    let says: String

    var configRow: ConfigRow { ConfigRow("group", id: id.rawValue, name: name, application: application) }

    var json: JSON {
        [
            "id": .string(id.rawValue), "name": .string(name), "application": .string(application),
            "says": .string(says),
        ]
    }

    init(id: GroupID, name: String, application: String, says: String) {
        self.id = id
        self.name = name
        self.application = application
        self.says = says
    }

    init(_ row: SQLRow) throws {
        self.init(
            id: GroupID(try row.text("id")), name: try row.text("name"), application: try row.text("application"),
            says: try row.text("says"))
    }

    /// The group of that id or name; throws `unknown_group`.
    static func find(_ idOrName: String, in reader: any SQLReader) throws -> Group {
        let row = try reader.row(
            "SELECT id, name, application, says FROM user_group WHERE id = $1 OR name = $1 ORDER BY id LIMIT 1",
            [.text(idOrName)])
        guard let row else { throw Names.unknown("group", idOrName) }
        return try Group(row)
    }

    /// The group with its first members and their number.
    func withMembers(in reader: any SQLReader) throws -> JSON {
        let rows = try reader.rows(
            """
            SELECT u.name FROM group_member m JOIN principal_user u ON u.id = m.user_id
            WHERE m.group_id = $1 ORDER BY u.name LIMIT $2
            """, [.text(id.rawValue), .int(Int64(Limits.pageRows.value))])
        let count = try reader.row(
            "SELECT COUNT(*) AS members FROM group_member WHERE group_id = $1", [.text(id.rawValue)])
        var members = json.object ?? JSONObject()
        members["members"] = .array(try rows.map { .string(try $0.text("name")) })
        members["member_count"] = .int(try count?.int("members") ?? 0)
        return .object(members)
    }
}
