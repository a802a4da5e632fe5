import Core
import Storage

/// How a table of the dictionary is stored: its columns and its indexes.
enum TableLayout {
    /// The steps that make a table and its indexes.
    static func make(_ draft: TableDraft, id: String, columnIDs: [String]) -> [SchemaStep] {
        let columns = (draft.fields + RecordColumn.system).flatMap(\.stored)
        let table = TableDefinition(
            RecordTable.storedName(draft.name), columns, primaryKey: [RecordColumn.sysID.name])
        return [.createTable(table)] + systemIndexes(draft.name, id: id)
            + zip(draft.fields, columnIDs).compactMap { index($0, id: $1, on: draft.name) }
    }

    /// The steps that add a column to a table with rows.
    static func add(_ column: RecordColumn, id: String, to table: String) -> [SchemaStep] {
        column.stored.map { .addColumn($0, to: RecordTable.storedName(table)) }
            + (index(column, id: id, on: table).map { [$0] } ?? [])
    }

    /// Indexes on the moments that most lists are ordered by.
    static func systemIndexes(_ table: String, id: String) -> [SchemaStep] {
        RecordColumn.system.filter(\.isIndexed).compactMap { index($0, id: "\(id)_\($0.name)", on: table) }
    }

    /// Makes what tables of an earlier version do not have yet.
    static func bringAll(in writer: any SQLWriter) throws {
        let old = try writer.rows(
            "SELECT id, name FROM record_table WHERE layout = 0 AND projected = 0 ORDER BY name LIMIT $1",
            [.int(Int64(Limits.tables.value))])
        for row in old {
            try writer.define(systemIndexes(try row.text("name"), id: try row.text("id")))
            try writer.run("UPDATE record_table SET layout = 1 WHERE id = $1", [.text(try row.text("id"))])
        }
    }

    /// `sys_id` too, which comes last in every order.
    private static func index(_ column: RecordColumn, id: String, on table: String) -> SchemaStep? {
        guard column.isIndexed, let stored = column.stored.first, let last = RecordColumn.sysID.stored.first else {
            return nil
        }
        return .createSortIndex("rix_\(id)", on: RecordTable.storedName(table), [stored, last])
    }
}
