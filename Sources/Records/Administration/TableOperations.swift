import Core
import Ports
import Storage

/// What administrators may do to tables.
struct TableOperations: Sendable {
    let database: any Database
    let effects: Effects
    let dictionary: TableDictionary

    var all: [Operation] { [list, get, create, addColumns, setRoles] }

    private static let readers: [AdminRole] = [.admin, .auditor, .connectionAdmin]
    private static let most = 20

    private var list: Operation {
        Operation(
            "table", .list, roles: Self.readers, says: "Lists the tables of the dictionary by name.",
            fields: [Paging.after]
        ) { request in
            let after = request.text("after") ?? ""
            return Paging.answer(try await database.read { try dictionary.page(after: after, in: $0) }.map(\.json))
        }
    }

    private var get: Operation {
        Operation("table", .get, roles: Self.readers, says: "Shows a table: its roles and its columns.") { request in
            try await database.read { try dictionary.find(request.id, in: $0).json }
        }
    }

    private var create: Operation {
        Operation(
            "table", .create, roles: [.admin],
            says: "Adds a table with its columns. Roles that it names are made by role create.",
            fields: [
                .required("name", .text(most: 40), "Lowercase letters, digits and _, a letter first; no sys_, no __."),
                .optional("label", .text(most: Limits.nameField.value), "The name that people read."),
                .optional("application", .text(most: Limits.nameField.value), "The application it belongs to."),
                .required("columns", .objects(most: Limits.tableColumns.value), ColumnInput.says),
            ] + Self.roleFields
        ) { request in
            let name = try request.required("name")
            try DictionaryName.checkTable(name)
            let columns = try ColumnInput.read(request.input["columns"], for: name)
            let rights = try WantedRoles(request).applied(to: TableRights(create: [], read: [], write: [], delete: []))
            let draft = TableDraft(
                name: name, label: request.text("label") ?? name,
                application: request.text("application") ?? "global", rights: rights, fields: columns)
            let (id, columnIDs) = (newID(), columns.map { _ in newID() })
            return try await database.write(.change) { writer in
                let count = try writer.row("SELECT COUNT(*) AS n FROM record_table", [])?.int("n") ?? 0
                guard count < Limits.tables.value else {
                    throw HubError(
                        .conflict, "too_many_tables", "There are \(Limits.tables.value) tables, which is the most.")
                }
                try ColumnInput.checkTargets(columns, of: name, dictionary, in: writer)
                return try draft.make(id: id, columnIDs: columnIDs, by: request.cause, in: writer).json
            }
        }
    }

    private var addColumns: Operation {
        Operation(
            "table", .act("add-columns"), roles: [.admin],
            says: "Adds columns to a table; the records that are there get the empty value.",
            fields: [.required("columns", .objects(most: Limits.tableColumns.value), ColumnInput.says)]
        ) { request in
            let columns = try ColumnInput.read(request.input["columns"], for: request.id)
            let columnIDs = columns.map { _ in newID() }
            return try await database.write(.change) { writer in
                let table = try dictionary.find(request.id, in: writer)
                try ColumnInput.checkRoom(columns, in: table)
                try ColumnInput.checkTargets(columns, of: table.name, dictionary, in: writer)
                return try table.adding(columns, ids: columnIDs, by: request.cause, in: writer).json
            }
        }
    }

    private var setRoles: Operation {
        Operation(
            "table", .act("set-roles"), roles: [.admin],
            says:
                "Says which roles may create, read, update and delete a table's records, and which rows they may read.",
            fields: Self.roleFields + [
                .optional(
                    "read_conditions", .object,
                    "For reading roles that may not read every row: an encoded query each, such as "
                        + "{\"employee\": \"caller_id=javascript:gs.getUserID()\"}. Left out, nothing changes.")
            ]
        ) { request in
            let wanted = try WantedRoles(request)
            return try await database.write(.change) { writer in
                let table = try dictionary.find(request.id, in: writer)
                let after = table.with(
                    rights: wanted.applied(to: table.rights), conditions: wanted.conditions ?? table.conditions)
                try wanted.check(after)
                if after.rights == table.rights, after.conditions == table.conditions { return table.json }
                try Self.set(after, in: writer)
                try writer.changed(table.row, before: table.json, after: after.json, by: request.cause)
                return after.json
            }
        }
    }

    private static let roleFields: [Field] = [
        field("create_roles", "create"), field("read_roles", "read"), field("write_roles", "update"),
        field("delete_roles", "delete"),
    ]

    private static func field(_ name: String, _ verb: String) -> Field {
        .optional(
            name, .texts(most: most),
            "Any one of these roles may \(verb) records. An empty list leaves it to admin; left out, nothing changes.")
    }

    private static func set(_ table: RecordTable, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE record_table SET create_roles = $1, read_roles = $2, write_roles = $3, delete_roles = $4,
            conditions = $5 WHERE id = $6
            """,
            [
                NameList.stored(table.rights.create), NameList.stored(table.rights.read),
                NameList.stored(table.rights.write), NameList.stored(table.rights.delete), table.conditions.stored,
                .text(table.id),
            ])
    }

    private func newID() -> String { Hex.encode(effects.randomBytes(16)) }
}
