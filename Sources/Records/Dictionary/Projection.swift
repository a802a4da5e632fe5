import Ports
import Storage

/// Another feature's rows as a table of the dictionary.
struct Projection: Sendable {
    let table: ProjectedTable

    /// The SELECT that stands in place of a table.
    var select: SQL { SQL(built: table.select.description) }

    /// What makes its dictionary rows.
    var draft: TableDraft {
        TableDraft(
            name: table.name, label: table.label, application: "global",
            rights: TableRights(create: [], read: table.readers, write: [], delete: []),
            fields: table.columns.map(Self.column), isProjection: true)
    }

    private static func column(_ column: ProjectedTable.Column) -> RecordColumn {
        switch column.kind {
        case .text: RecordColumn(column.name, column.label, maxLength: 4_000)
        case .integer: RecordColumn(column.name, column.label, .integer)
        case .boolean: RecordColumn(column.name, column.label, .boolean)
        case .moment: RecordColumn(column.name, column.label, .datetime)
        case .reference(let table): .reference(column.name, column.label, to: table)
        }
    }
}

/// The dictionary about itself.
enum DictionaryTables {
    static let all: [ProjectedTable] = [tables, columns]

    private static let readers = ["sys_dictionary_reader", AdminRole.auditor.rawValue]

    private static let tables = ProjectedTable(
        "sys_db_object", label: "Table", readers: readers,
        columns: [.init("name", "Name"), .init("label", "Label")],
        select: """
            SELECT id AS sys_id, name, label, created_at / 1000 * 1000 AS sys_created_on, created_by AS sys_created_by,
                created_at / 1000 * 1000 AS sys_updated_on, created_by AS sys_updated_by, 0 AS sys_mod_count
            FROM record_table
            """,
        changedBy: "linchpin table, or the operations at /api/linchpin/v1/tables")

    /// The columns of each table but the six that every table has. As on the platform, `name` is the table.
    private static let columns = ProjectedTable(
        "sys_dictionary", label: "Dictionary entry", readers: readers,
        columns: [
            .init("name", "Table"), .init("element", "Column name"), .init("column_label", "Column label"),
            .init("internal_type", "Type"), .init("max_length", "Max length", .integer),
            .init("mandatory", "Mandatory", .boolean), .init("reference", "Reference"),
            .init("active", "Active", .boolean), .init("read_only", "Read only", .boolean),
        ],
        select: """
            SELECT c.id AS sys_id, t.name AS name, c.name AS element, c.label AS column_label,
                CASE c.kind WHEN 'datetime' THEN 'glide_date_time' WHEN 'date' THEN 'glide_date' ELSE c.kind END
                    AS internal_type,
                c.max_length AS max_length, c.mandatory AS mandatory, COALESCE(c.reference, '') AS reference,
                1 AS active, 0 AS read_only, t.created_at / 1000 * 1000 AS sys_created_on,
                t.created_by AS sys_created_by, t.created_at / 1000 * 1000 AS sys_updated_on,
                t.created_by AS sys_updated_by, 0 AS sys_mod_count
            FROM record_column c JOIN record_table t ON t.id = c.table_id
            """,
        changedBy: "linchpin table, or the operations at /api/linchpin/v1/tables")
}
