import Core
import Ports
import Storage

/// The tables there are, read in a caller's snapshot, each with where its rows come from.
struct TableDictionary: Sendable {
    private let projections: [String: Projection]
    /// What is remembered, for calls that only read.
    private var known: EpochMemory<String, RecordTable>.Look?

    init(_ projections: [Projection] = []) {
        self.projections = Dictionary(projections.map { ($0.table.name, $0) }) { first, _ in first }
    }

    /// The same, for one call: a table that is remembered is not read again.
    func remembering(_ known: EpochMemory<String, RecordTable>.Look) -> TableDictionary {
        var copy = self
        copy.known = known
        return copy
    }

    /// The table of that name; nil if there is none, or none that this hub knows how to read.
    func named(_ name: String, in reader: any SQLReader) throws -> RecordTable? {
        guard DictionaryName.isName(name) else { return nil }
        if let table = known?.find(name) { return table }
        let table = try read(name, in: reader)
        if let table { known?.keep(table, for: name) }
        return table
    }

    private func read(_ name: String, in reader: any SQLReader) throws -> RecordTable? {
        try reader.row(
            """
            SELECT id, name, label, application, create_roles, read_roles, write_roles, delete_roles, conditions,
            projected FROM record_table WHERE name = $1
            """, [.text(name)]
        ).flatMap { try read($0, fields: nil, in: reader) }
    }

    /// The table of that id or name; throws `unknown_table`.
    func find(_ idOrName: String, in reader: any SQLReader) throws -> RecordTable {
        if let table = try named(idOrName, in: reader) { return table }
        let name =
            DictionaryName.isID(idOrName)
            ? try reader.row("SELECT name FROM record_table WHERE id = $1", [.text(idOrName)])?.text("name") : nil
        guard let table = try name.flatMap({ try named($0, in: reader) }) else {
            throw HubError(
                .notFound, "unknown_table", "There is no table \"\(Shown.name(idOrName))\". See: linchpin table list")
        }
        return table
    }

    /// The tables by name, without their columns.
    func page(after name: String, in reader: any SQLReader) throws -> [RecordTable] {
        try reader.rows(
            """
            SELECT id, name, label, application, create_roles, read_roles, write_roles, delete_roles, conditions,
            projected FROM record_table WHERE name > $1 ORDER BY name LIMIT $2
            """, [.text(name), .int(Int64(Limits.pageRows.value))]
        ).compactMap { try read($0, fields: [], in: reader) }
    }

    private func read(_ row: SQLRow, fields: [RecordColumn]?, in reader: any SQLReader) throws -> RecordTable? {
        let name = try row.text("name")
        var source = RecordTable.Source.records
        if try row.bool("projected") {
            guard let projection = projections[name] else { return nil }
            source = .projection(projection)
        }
        return RecordTable(
            id: try row.text("id"), name: name, label: try row.text("label"),
            application: try row.text("application"), rights: try TableRights(row: row),
            conditions: try ReadConditions(stored: try row.optionalText("conditions")), source: source,
            fields: try fields ?? Self.columns(of: try row.text("id"), in: reader))
    }

    private static func columns(of table: String, in reader: any SQLReader) throws -> [RecordColumn] {
        try reader.rows(
            """
            SELECT name, label, kind, max_length, mandatory, choices, reference, indexed FROM record_column
            WHERE table_id = $1 ORDER BY position, name LIMIT $2
            """, [.text(table), .int(Int64(Limits.tableColumns.value))]
        ).map(RecordColumn.init(row:))
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
            choices: try row.optionalText("choices").map { try NameList.read($0) } ?? [],
            reference: try row.optionalText("reference"), isIndexed: try row.bool("indexed"))
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
