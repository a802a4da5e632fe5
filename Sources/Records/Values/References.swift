import Core
import Storage

/// The records that references of one call lead to.
struct References {
    let dictionary: TableDictionary
    let viewer: Viewer
    let reader: any SQLReader

    /// Refuses a reference to a record that is not there for the viewer.
    ///
    /// Into a table that the viewer may not read at all, any id goes unlooked at: so whoever may only write needs no right
    /// to read for it, and learns nothing. One that leads nowhere shows as empty, like that of a record deleted since.
    func check(_ cells: [RecordRow.Cell]) throws {
        for case (let column, .text(let sysID)) in cells where column.kind == .reference && !sysID.isEmpty {
            let table = try target(of: column)
            guard viewer.mayRead(table) else { continue }
            let readable = try Walks.readable(table, at: 0, by: viewer)
            let found = StatementBuilder.count(
                Selection(table: table, joins: [], filters: readable.map { [$0] } ?? [], sysID: sysID))
            guard try reader.row(found.sql, found.values)?.int("total") == 1 else { throw Self.bad(column) }
        }
    }

    /// The records that a body names by what people call them.
    typealias Named = [Name: String]

    /// What people call a record of a table, as bytes: two spellings of one character are two names.
    struct Name: Hashable {
        let table: String
        let text: [UInt8]

        init(_ text: String, of table: String) {
            self.table = table
            self.text = Array(text.utf8)
        }
    }

    /// What a value means that was sent as people read it: the label of a choice, the name of a record.
    ///
    /// - Parameter find: the id of the one record of that name; nil where there is none, or several.
    func meant(
        _ column: RecordColumn, _ text: String, _ find: (_ name: String, _ table: RecordTable) throws -> String?
    ) throws -> String {
        switch column.kind {
        case .choice: return column.choices.first { ChoiceLabel.of($0).isExactly(text) } ?? text
        case .reference:
            if DictionaryName.isID(text) { return text }
            let table = try target(of: column)
            guard viewer.mayRead(table) else { throw WalkProblem.hidden(column, table) }
            guard let sysID = try find(text, table) else { throw Self.bad(column) }
            return sysID
        case .string, .integer, .boolean, .date, .datetime, .sysID: return text
        }
    }

    /// The one record of that name among those that the viewer may read; nil where there is none, or several.
    func sysID(named name: String, in table: RecordTable) throws -> String? {
        func placed(_ column: RecordColumn) -> PlacedColumn {
            PlacedColumn(column: column, place: 0, isProjected: table.isProjection)
        }
        let isNamed = EncodedQuery.Condition(
            column: placed(table.displayColumn), test: .equals(negated: false), values: [.text(name)])
        let readable = try Walks.readable(table, at: 0, by: viewer)
        let found = StatementBuilder.few(
            Selection(table: table, joins: [], filters: [[[[isNamed]]]] + (readable.map { [$0] } ?? [])),
            [placed(.sysID)])
        let rows = try reader.rows(found.sql, found.values)
        guard rows.count == 1, case .text(let sysID)? = rows.first?.values.first else { return nil }
        return sysID
    }

    private func target(of column: RecordColumn) throws -> RecordTable {
        guard let table = try column.reference.flatMap({ try dictionary.named($0, in: reader) }) else {
            throw rowDefect(column.name, "leads to no table")
        }
        return table
    }

    static let tooMany = HubError(
        .invalid, "too_many_names",
        "The body names more than \(Limits.namedRecords.value) records as people do. Send the others by their sys_id.")

    private static func bad(_ column: RecordColumn) -> HubError {
        HubError(
            .invalid, "bad_value",
            "\"\(column.name)\" must lead to one record of \(column.reference ?? "its table"): send its sys_id or, with "
                + "sysparm_input_display_value=true, a name that it alone has, letter for letter."
        )
    }
}
