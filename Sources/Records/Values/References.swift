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

    /// The ids of records that a body names by what people call them, by the column that does.
    typealias Named = [String: String]

    /// Looks for the one record of each name among those that the viewer may read; where there are none or several, the
    /// column is left out.
    func named(in body: JSON, of table: RecordTable) throws -> Named {
        var named = Named()
        for member in body.object?.members ?? [] {
            guard let column = table.column(member.name), column.kind == .reference,
                let text = RecordBody.text(member.value), !text.isEmpty, !DictionaryName.isID(text)
            else { continue }
            named[column.name] = try sysID(named: text, for: column)
        }
        return named
    }

    /// What a value means that was sent as people read it: the label of a choice, the name of a record.
    func meant(_ column: RecordColumn, _ text: String, _ named: Named) throws -> String {
        switch column.kind {
        case .choice: return column.choices.first { ChoiceLabel.of($0).isExactly(text) } ?? text
        case .reference:
            if DictionaryName.isID(text) { return text }
            let table = try target(of: column)
            guard viewer.mayRead(table) else { throw WalkProblem.hidden(column, table) }
            guard let sysID = named[column.name] else { throw Self.bad(column) }
            return sysID
        case .string, .integer, .boolean, .date, .datetime, .sysID: return text
        }
    }

    private func sysID(named name: String, for column: RecordColumn) throws -> String? {
        let table = try target(of: column)
        guard viewer.mayRead(table) else { return nil }
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

    private static func bad(_ column: RecordColumn) -> HubError {
        HubError(
            .invalid, "bad_value",
            "\"\(column.name)\" must lead to one record of \(column.reference ?? "its table"), and it leads to none or several."
        )
    }
}
