import GRDB
import GRDBSQLite
import Storage

/// Reads the columns of the row at which a prepared statement stands.
struct SQLiteColumns {
    private let statement: SQLiteStatement

    init(_ statement: SQLiteStatement) { self.statement = statement }

    func row(named columns: [String]) throws -> SQLRow {
        var values: [SQLValue] = []
        values.reserveCapacity(columns.count)
        for (place, column) in columns.enumerated() { values.append(try value(of: column, at: Int32(place))) }
        return SQLRow(columns: columns, values: values)
    }

    private func value(of column: String, at place: Int32) throws -> SQLValue {
        switch sqlite3_column_type(statement, place) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .int(sqlite3_column_int64(statement, place))
        case SQLITE_TEXT:
            // The text before its length: asking for the text may bring it into UTF-8, and the length is of that then.
            guard let text = sqlite3_column_text(statement, place) else {
                throw RowProblem(column: column, what: "cannot be read")
            }
            let count = Int(sqlite3_column_bytes(statement, place))
            return .text(String(decoding: UnsafeBufferPointer(start: text, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            let bytes = sqlite3_column_blob(statement, place)
            let count = Int(sqlite3_column_bytes(statement, place))
            return .blob([UInt8](UnsafeRawBufferPointer(start: bytes, count: count)))
        default:
            guard let whole = Int64(exactly: sqlite3_column_double(statement, place)) else {
                throw RowProblem(column: column, what: "is not a whole number")
            }
            return .int(whole)
        }
    }
}
