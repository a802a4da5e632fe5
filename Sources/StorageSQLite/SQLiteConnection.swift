import Foundation
import GRDB
import Storage

/// One GRDB connection inside a transaction, seen as the drivers' common face.
struct SQLiteConnection: RawConnection, SQLReader {
    private let database: GRDB.Database

    init(_ database: GRDB.Database) { self.database = database }

    var dialect: Dialect { .sqlite }

    func rows(_ sql: Storage.SQL, _ values: [SQLValue]) throws -> [SQLRow] { try rows(sql.text, values) }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        let statement = try prepared(sql, values)
        let columns = statement.columnNames
        var found: [SQLRow] = []
        let cursor = try Row.fetchCursor(statement)
        while let row = try cursor.next() {
            found.append(SQLRow(columns: columns, values: row.databaseValues.map(Self.value)))
        }
        return found
    }

    func run(_ sql: String, _ values: [SQLValue]) throws -> Int {
        let before = database.totalChangesCount
        try prepared(sql, values).execute()
        return database.totalChangesCount - before
    }

    private func prepared(_ sql: String, _ values: [SQLValue]) throws -> Statement {
        // `?1` is SQLite's numbered parameter; `$1` would be a name to it.
        let statement = try database.cachedStatement(sql: sql.replacing("$", with: "?"))
        try statement.setArguments(StatementArguments(values.map(Self.databaseValue)))
        return statement
    }

    private static func databaseValue(_ value: SQLValue) -> DatabaseValue {
        switch value {
        case .null: .null
        case .int(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }

    private static func value(_ value: DatabaseValue) -> SQLValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): .int(number)
        case .double(let number): .int(Int64(number))
        case .string(let text): .text(text)
        case .blob(let data): .blob([UInt8](data))
        }
    }
}
