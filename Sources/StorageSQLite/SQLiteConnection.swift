import Core
import GRDB
import Storage

/// One GRDB connection inside a transaction, seen as the drivers' common face.
struct SQLiteConnection: RawConnection, SQLReader {
    private let database: GRDB.Database
    private let kept: KeptStatements
    private let milliseconds: Int

    /// - Parameter milliseconds: how long a statement that reads may take.
    init(_ database: GRDB.Database, _ kept: KeptStatements, milliseconds: Int = Limits.statementMilliseconds.value) {
        self.database = database
        self.kept = kept
        self.milliseconds = milliseconds
    }

    var dialect: Dialect { .sqlite }

    func rows(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try SQLiteFailure.translating {
            let statement = try prepared(sql)
            guard statement.isReadonly else {
                throw StoreFailure.defect("rows() was given a statement that changes: \(sql.text)")
            }
            // Reads alone: an interrupted change would roll back the whole group that is committed with it.
            return try SQLiteDeadline(milliseconds: milliseconds)
                .holds(over: database.sqliteConnection) { try SQLiteRun(statement).rows(values) }
        }
    }

    func returning(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try SQLiteFailure.translating { try SQLiteRun(prepared(sql)).rows(values) }
    }

    func run(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> Int {
        try SQLiteFailure.translating {
            let before = database.totalChangesCount
            _ = try SQLiteRun(prepared(sql)).rows(values)
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

    private func prepared(_ sql: Storage.SQL) throws -> Statement {
        sql.isLiteral ? try database.cachedStatement(sql: sql.text) : try kept.statement(sql.text, on: database)
    }
}
