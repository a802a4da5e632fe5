import Core
import Ports
import Storage

/// A table as the dictionary describes it at the moment of a transaction.
struct RecordTable: Sendable {
    let id: String
    let name: String
    let label: String
    let application: String
    let rights: TableRights
    /// The columns of its dictionary, in their order.
    let fields: [RecordColumn]

    /// All columns: the dictionary's, then those that the hub keeps.
    var columns: [RecordColumn] { fields + RecordColumn.system }

    /// The name of the table that holds the records.
    var storedName: String { "rec_" + name }

    /// The column of exactly that name, compared as bytes.
    func column(_ name: String) -> RecordColumn? { columns.first { $0.name.utf8.elementsEqual(name.utf8) } }

    /// For messages: what there is to choose from.
    var columnNames: String { columns.map(\.name).joined(separator: ", ") }
}

extension RecordTable {
    /// The table of that name, read in the caller's snapshot; nil if there is none.
    static func named(_ name: String, in reader: any SQLReader) throws -> RecordTable? {
        guard DictionaryName.isName(name) else { return nil }
        return try reader.row(
            """
            SELECT id, name, label, application, create_roles, read_roles, write_roles, delete_roles
            FROM record_table WHERE name = $1
            """, [.text(name)]
        ).map { try read($0, in: reader) }
    }

    /// The table of that id or name; nil if there is none.
    static func find(_ idOrName: String, in reader: any SQLReader) throws -> RecordTable? {
        if let table = try named(idOrName, in: reader) { return table }
        guard DictionaryName.isID(idOrName) else { return nil }
        return try reader.row(
            """
            SELECT id, name, label, application, create_roles, read_roles, write_roles, delete_roles
            FROM record_table WHERE id = $1
            """, [.text(idOrName)]
        ).map { try read($0, in: reader) }
    }

    /// The first tables by name, without their columns, at most `Limits.pageRows`.
    static func all(in reader: any SQLReader) throws -> [RecordTable] {
        try reader.rows(
            """
            SELECT id, name, label, application, create_roles, read_roles, write_roles, delete_roles
            FROM record_table ORDER BY name LIMIT $1
            """, [.int(Int64(Limits.pageRows.value))]
        ).map { try read($0, fields: []) }
    }

    private static func read(_ row: SQLRow, in reader: any SQLReader) throws -> RecordTable {
        let fields = try reader.rows(
            """
            SELECT name, label, kind, max_length, mandatory, choices FROM record_column
            WHERE table_id = $1 ORDER BY position, name LIMIT $2
            """, [.text(try row.text("id")), .int(Int64(Limits.tableColumns.value))])
        return try read(row, fields: try fields.map(RecordColumn.init(row:)))
    }

    private static func read(_ row: SQLRow, fields: [RecordColumn]) throws -> RecordTable {
        RecordTable(
            id: try row.text("id"), name: try row.text("name"), label: try row.text("label"),
            application: try row.text("application"), rights: try TableRights(row: row), fields: fields)
    }
}

extension RecordColumn {
    init(row: SQLRow) throws {
        guard let kind = FieldKind(rawValue: try row.text("kind")) else {
            throw rowDefect("kind", "is no kind of field")
        }
        self.init(
            try row.text("name"), try row.text("label"), kind, maxLength: Int(try row.int("max_length")),
            isMandatory: try row.bool("mandatory"),
            choices: try row.optionalText("choices").map { try NameList.read($0) } ?? [])
    }
}

extension TableRights {
    /// The rights of a table, without its columns; nil if there is no such table.
    static func of(_ table: String, in reader: any SQLReader) throws -> TableRights? {
        guard DictionaryName.isName(table) else { return nil }
        return try reader.row(
            "SELECT create_roles, read_roles, write_roles, delete_roles FROM record_table WHERE name = $1",
            [.text(table)]
        ).map(TableRights.init(row:))
    }

    init(row: SQLRow) throws {
        self.init(
            create: try NameList.read(try row.text("create_roles")),
            read: try NameList.read(try row.text("read_roles")),
            write: try NameList.read(try row.text("write_roles")),
            delete: try NameList.read(try row.text("delete_roles")))
    }
}

/// A list of words in one column, as a JSON array.
enum NameList {
    static func read(_ text: String) throws -> [String] { try JSON.read(text).array?.compactMap(\.string) ?? [] }

    static func json(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }

    static func stored(_ names: [String]) -> SQLValue { .text(json(names).text()) }
}
