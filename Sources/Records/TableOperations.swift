import Core
import Ports
import Storage

/// What administrators may do to tables.
struct TableOperations: Sendable {
    let database: any Database

    var all: [Operation] { [list, get, setRoles] }

    private static let readers: [AdminRole] = [.admin, .auditor, .connectionAdmin]
    private static let most = 20

    private var list: Operation {
        Operation("table", .list, roles: Self.readers, says: "Lists the tables of the dictionary.") { _ in
            let tables = try await database.read { try RecordTable.all(in: $0) }
            return ["items": .array(tables.map(\.json))]
        }
    }

    private var get: Operation {
        Operation("table", .get, roles: Self.readers, says: "Shows a table: its roles and its columns.") { request in
            try await database.read { try Self.table(request.id, in: $0).json }
        }
    }

    private var setRoles: Operation {
        Operation(
            "table", .act("set-roles"), roles: [.admin],
            says: "Says which roles may create, read, update and delete a table's records.",
            fields: [
                Self.field("create_roles", "create"), Self.field("read_roles", "read"),
                Self.field("write_roles", "update"), Self.field("delete_roles", "delete"),
            ]
        ) { request in
            let wanted = try Wanted(request)
            return try await database.write(.change) { writer in
                let table = try Self.table(request.id, in: writer)
                let rights = wanted.applied(to: table.rights)
                if rights == table.rights { return table.json }
                return try Self.set(rights, on: table, by: request.cause, in: writer)
            }
        }
    }

    private static func field(_ name: String, _ verb: String) -> Field {
        .optional(
            name, .texts(most: most),
            "Any one of these roles may \(verb) records. An empty list leaves it to admin; left out, nothing changes.")
    }

    private static func set(
        _ rights: TableRights, on table: RecordTable, by cause: Cause, in writer: any SQLWriter
    ) throws -> JSON {
        try writer.run(
            """
            UPDATE record_table SET create_roles = $1, read_roles = $2, write_roles = $3, delete_roles = $4
            WHERE id = $5
            """,
            [
                NameList.stored(rights.create), NameList.stored(rights.read), NameList.stored(rights.write),
                NameList.stored(rights.delete), .text(table.id),
            ])
        let after = RecordTable(
            id: table.id, name: table.name, label: table.label, application: table.application, rights: rights,
            fields: table.fields)
        try writer.changed(table.row, before: table.json, after: after.json, by: cause)
        return after.json
    }

    private static func table(_ idOrName: String, in reader: any SQLReader) throws -> RecordTable {
        guard let table = try RecordTable.find(idOrName, in: reader) else {
            throw HubError(
                .notFound, "unknown_table", "There is no table \"\(Shown.name(idOrName))\". List them with table list.")
        }
        return table
    }

    /// The lists that were sent; nil leaves a list as it is.
    private struct Wanted: Sendable {
        let create, read, write, delete: [String]?

        init(_ request: OperationRequest) throws {
            create = try Self.roles("create_roles", request)
            read = try Self.roles("read_roles", request)
            write = try Self.roles("write_roles", request)
            delete = try Self.roles("delete_roles", request)
        }

        func applied(to rights: TableRights) -> TableRights {
            TableRights(
                create: create ?? rights.create, read: read ?? rights.read, write: write ?? rights.write,
                delete: delete ?? rights.delete)
        }

        private static func roles(_ field: String, _ request: OperationRequest) throws -> [String]? {
            guard let names = request.texts(field) else { return nil }
            guard names.allSatisfy(DictionaryName.isName), Set(names).count == names.count else {
                throw HubError(
                    .invalid, "bad_role",
                    "\"\(field)\" must be different role names of lowercase letters, digits and _, a letter first.")
            }
            return names
        }
    }
}
