import GRDB
import GRDBSQLite
import Storage

/// One run of a statement that GRDB keeps prepared. It is stepped here: GRDB's own steps serve observers of changes, of
/// which there are none, and cancelled tasks, which are seen to below.
struct SQLiteRun {
    private let statement: Statement

    init(_ statement: Statement) { self.statement = statement }

    /// Runs it to its end; the rows that it gave.
    func rows(_ values: [SQLValue]) throws -> [SQLRow] {
        try SQLValue.refuseNUL(values)
        let prepared = statement.sqliteStatement
        // Whatever happens, it holds no snapshot and no row afterwards, and none of the values.
        defer {
            sqlite3_reset(prepared)
            sqlite3_clear_bindings(prepared)
        }
        try SQLiteBinding(prepared).bind(values)
        let columns = SQLiteColumns(prepared)
        var found: [SQLRow] = []
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW:
                // After the first step: SQLite learns only then of columns that another connection added.
                found.append(try columns.row(named: statement.columnNames))
            case SQLITE_DONE: return found
            case let code:
                // GRDB interrupts the read of a task that was cancelled; that is no slow statement.
                if code == SQLITE_INTERRUPT { try Task.checkCancellation() }
                let message = String(cString: sqlite3_errmsg(sqlite3_db_handle(prepared)))
                throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message, sql: statement.sql)
            }
        }
    }
}
