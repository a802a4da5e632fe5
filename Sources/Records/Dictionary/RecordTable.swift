import Core
import Ports
import Storage

/// A table as the dictionary describes it at the moment of a transaction.
struct RecordTable: Sendable {
    /// Where its rows come from.
    enum Source: Sendable {
        /// A table of its own, `rec_` and its name.
        case records
        /// Another feature's rows, read-only.
        case projection(Projection)
    }

    let id: String
    let name: String
    let label: String
    let application: String
    let rights: TableRights
    /// What part of the rows a role may read; none for most tables.
    let conditions: ReadConditions
    let source: Source
    /// The columns of its dictionary, in their order.
    let fields: [RecordColumn]
    /// All columns: the dictionary's, then those that the hub keeps.
    let columns: [RecordColumn]

    init(
        id: String, name: String, label: String, application: String, rights: TableRights,
        conditions: ReadConditions = ReadConditions(), source: Source = .records, fields: [RecordColumn]
    ) {
        self.id = id
        self.name = name
        self.label = label
        self.application = application
        self.rights = rights
        self.conditions = conditions
        self.source = source
        self.fields = fields
        columns = fields + RecordColumn.system
    }

    /// The column of exactly that name, compared as bytes.
    func column(_ name: String) -> RecordColumn? { columns.first { $0.name.isExactly(name) } }

    /// What stands for a record where people read: its `name`, or its `number`, or its id.
    var displayColumn: RecordColumn { column("name") ?? column("number") ?? .sysID }

    /// For messages: what there is to choose from.
    var columnNames: String { columns.map(\.name).joined(separator: ", ") }

    var isProjection: Bool {
        switch source {
        case .records: false
        case .projection: true
        }
    }

    /// The same table with other columns, rights or conditions.
    func with(
        fields: [RecordColumn]? = nil, rights: TableRights? = nil, conditions: ReadConditions? = nil
    ) -> RecordTable {
        RecordTable(
            id: id, name: name, label: label, application: application, rights: rights ?? self.rights,
            conditions: conditions ?? self.conditions, source: source, fields: fields ?? self.fields)
    }
}

extension RecordTable {
    /// How a table of that name stores its records.
    static func storedName(_ name: String) -> String { "rec_" + name }
}

/// A list of words in one column, as a JSON array.
enum NameList {
    static func read(_ text: String) throws -> [String] { try JSON.read(text).array?.compactMap(\.string) ?? [] }

    static func json(_ names: [String]) -> JSON { .array(names.map { .string($0) }) }

    static func stored(_ names: [String]) -> SQLValue { .text(json(names).text()) }
}
