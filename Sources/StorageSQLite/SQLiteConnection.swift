import Core
import GRDB
import Storage

/// One GRDB connection inside a transaction, seen as the drivers' common face.
struct SQLiteConnection: RawConnection, SQLReader {
    private let database: GRDB.Database
    private let kept: KeptStatements
    private let milliseconds: Int

    /// - Parameter milliseconds: how long one statement may take.
    init(_ database: GRDB.Database, _ kept: KeptStatements, milliseconds: Int = Limits.statementMilliseconds.value) {
        self.database = database
        self.kept = kept
        self.milliseconds = milliseconds
    }

    var dialect: Dialect { .sqlite }

    func rows(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try SQLiteFailure.translating {
            let statement = try prepared(sql, values)
            guard statement.isReadonly else {
                throw StoreFailure.defect("rows() was given a statement that changes: \(sql.text)")
            }
            // Reads alone: an interrupted change would roll back the whole group that is committed with it.
            return try SQLiteDeadline(milliseconds: milliseconds)
                .holds(over: database.sqliteConnection) { try Self.all(of: statement) }
        }
    }

    func returning(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try SQLiteFailure.translating { try Self.all(of: try prepared(sql, values)) }
    }

    func run(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> Int {
        try SQLiteFailure.translating {
            let before = database.totalChangesCount
            try prepared(sql, values).execute()
            return database.totalChangesCount - before
        }
    }

    func define(_ sql: String) throws {
        try SQLiteFailure.translating {
            try database.execute(sql: sql)
            // Statements that were prepared before still have the old columns' names.
            database.clearSchemaCache()
        }
    }

    private static func all(of statement: Statement) throws -> [SQLRow] {
        // GRDB steps and reports what goes wrong; the columns are read without what it makes of each.
        let cursor = try Row.fetchCursor(statement)
        let columns = SQLiteColumns(statement.sqliteStatement)
        var found: [SQLRow] = []
        while try cursor.next() != nil {
            // After the first step: SQLite learns only then of columns that another connection added.
            found.append(try columns.row(named: statement.columnNames))
        }
        return found
    }

    private func prepared(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> Statement {
        try SQLValue.refuseNUL(values)
        let statement =
            sql.isLiteral
            ? try database.cachedStatement(sql: sql.text) : try kept.statement(sql.text, on: database)
        // GRDB resets the statement and calls its parameters settled; they are bound here, without what it makes of each.
        statement.setUncheckedArguments(StatementArguments())
        try SQLiteBinding(statement.sqliteStatement).bind(values)
        return statement
    }
}
