/// Which SQL a database speaks. What differs between the two stands in this file, `PartitionSteps` and `FeedPosition`.
public enum Dialect: String, Sendable, CaseIterable {
    case sqlite
    case postgres
}

/// One column.
public struct Column: Sendable {
    /// What it holds.
    public enum Kind: Sendable {
        /// Text, compared as bytes.
        case text
        /// A 64-bit number; times are milliseconds since 1970, truth values 0 or 1.
        case int
        /// Bytes.
        case blob
        /// A number that the database counts up; the primary key. Gaps and late commits are possible on PostgreSQL.
        case sequence
        /// On PostgreSQL the transaction that wrote the row, filled in by the server; on SQLite always 0.
        case transaction
    }

    let name: String
    let kind: Kind
    let nullable: Bool
    let standard: SQLValue?

    /// Text that is not NULL.
    public static func text(_ name: String) -> Column {
        Column(name: name, kind: .text, nullable: false, standard: nil)
    }
    /// A number that is not NULL.
    public static func int(_ name: String) -> Column { Column(name: name, kind: .int, nullable: false, standard: nil) }
    /// Bytes that are not NULL.
    public static func blob(_ name: String) -> Column {
        Column(name: name, kind: .blob, nullable: false, standard: nil)
    }
    /// The primary key that the database counts up.
    public static func sequence(_ name: String) -> Column {
        Column(name: name, kind: .sequence, nullable: false, standard: nil)
    }
    /// Which transaction wrote the row, as far as the database can tell.
    static func transaction(_ name: String) -> Column {
        Column(name: name, kind: .transaction, nullable: false, standard: nil)
    }
    /// The same column, NULL allowed.
    public var optional: Column { Column(name: name, kind: kind, nullable: true, standard: nil) }
    /// The same column with a number for rows that do not say; needed when a column is added to a table with rows.
    public func standard(_ number: Int64) -> Column {
        Column(name: name, kind: kind, nullable: nullable, standard: .int(number))
    }

    /// The same column, '' for rows that do not say; needed when a text is added to a table with rows.
    public var emptyByDefault: Column { Column(name: name, kind: kind, nullable: nullable, standard: .text("")) }

    func definition(_ dialect: Dialect) -> String {
        let type =
            switch (kind, dialect) {
            case (.text, .sqlite): "TEXT"
            case (.text, .postgres): "TEXT COLLATE \"C\""
            case (.int, .sqlite): "INTEGER"
            case (.int, .postgres): "BIGINT"
            case (.blob, .sqlite): "BLOB"
            case (.blob, .postgres): "BYTEA"
            case (.sequence, .sqlite): "INTEGER PRIMARY KEY AUTOINCREMENT"
            case (.sequence, .postgres): "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
            case (.transaction, .sqlite): "INTEGER DEFAULT 0"
            case (.transaction, .postgres): "xid8 DEFAULT pg_current_xact_id()"
            }
        var text = "\"\(name)\" \(type)"
        if !nullable, kind != .sequence { text += " NOT NULL" }
        if case .int(let number) = standard { text += " DEFAULT \(number)" }
        if case .text("") = standard { text += " DEFAULT ''" }
        return text
    }
}

/// One table, in words that both databases share.
public struct TableDefinition: Sendable {
    let name: String
    let columns: [Column]
    let primaryKey: [String]
    let unique: [[String]]
    let indexes: [[String]]

    /// A table. `unique` and `indexes` are lists of column lists; a `.sequence` column is the primary key by itself.
    public init(
        _ name: String, _ columns: [Column], primaryKey: [String] = [], unique: [[String]] = [],
        indexes: [[String]] = []
    ) {
        self.name = name
        self.columns = columns
        self.primaryKey = primaryKey
        self.unique = unique
        self.indexes = indexes
    }
}

/// One step of a schema change; forward only.
public enum SchemaStep: Sendable {
    case createTable(TableDefinition)
    case addColumn(Column, to: String)
    case createIndex(on: String, [String])
    /// An index of the rows whose column is not that text; a query uses it that says so in the same words:
    /// `column <> 'text'`.
    case createPartialIndex(on: String, [String], where: String, isNot: String)
    /// For lists in the order of these columns, forwards and backwards, NULL before everything else on both databases.
    /// The name is its own: at most 63 bytes, the longest that PostgreSQL keeps whole.
    case createSortIndex(String, on: String, [Column])
    case dropIndex(on: String, [String])
    /// Of a column that no index has; what was in it is gone.
    case dropColumn(String, of: String)
    /// Keys and indexes follow. A hub that knows only the old name fails at the table from then on.
    case renameColumn(String, to: String, of: String)
    /// Brings rows along: one statement without parameters, the same for both databases.
    case data(SQL)
    /// Splits a table that is there into a partition a day of a time column, which is in every key; its rows move.
    case partitionByDay(TableDefinition, by: String)
    /// A partition for a day (days since 1970); nothing if it is there. Use `DayPartitions`, which notes it.
    case addDay(Int64, to: String)
    /// Takes a day's rows away, as a whole. Use `DayPartitions`.
    case dropDay(Int64, of: String, by: String)

    /// The statements of this step.
    public func statements(_ dialect: Dialect) -> [String] {
        switch self {
        case .createTable(let table): Self.create(table, dialect)
        case .addColumn(let column, let table): ["ALTER TABLE \"\(table)\" ADD COLUMN \(column.definition(dialect))"]
        case .createIndex(let table, let columns): [Self.index(on: table, columns)]
        case .createPartialIndex(let table, let columns, let column, let text):
            [
                Self.index(on: table, columns, suffix: "_partial")
                    + " WHERE \"\(column)\" <> '\(text.replacing("'", with: "''"))'"
            ]
        case .createSortIndex(let name, let table, let columns):
            ["CREATE INDEX \"\(name)\" ON \"\(table)\" (\(Self.sorted(columns, dialect)))"]
        case .dropIndex(let table, let columns): ["DROP INDEX \"\(Self.name(ofIndexOn: table, columns))\""]
        case .dropColumn(let column, let table): ["ALTER TABLE \"\(table)\" DROP COLUMN \"\(column)\""]
        case .renameColumn(let column, let name, let table):
            ["ALTER TABLE \"\(table)\" RENAME COLUMN \"\(column)\" TO \"\(name)\""]
        case .data(let sql): [sql.text]
        case .partitionByDay(let table, let column): Self.partition(table, by: column, dialect)
        case .addDay(let day, let table): Self.add(day, to: table, dialect)
        case .dropDay(let day, let table, let column): Self.drop(day, of: table, by: column, dialect)
        }
    }

    /// SQLite puts NULL first by itself.
    private static func sorted(_ columns: [Column], _ dialect: Dialect) -> String {
        columns.map { "\"\($0.name)\"" + ($0.nullable && dialect == .postgres ? " NULLS FIRST" : "") }
            .joined(separator: ", ")
    }

    private static func create(_ table: TableDefinition, _ dialect: Dialect) -> [String] {
        let strict = dialect == .sqlite ? " STRICT" : ""
        return ["CREATE TABLE \"\(table.name)\" (\(lines(table, dialect)))\(strict)"]
            + table.indexes.map { index(on: table.name, $0) }
    }

    /// The columns and keys of a table.
    static func lines(_ table: TableDefinition, _ dialect: Dialect) -> String {
        var lines = table.columns.map { $0.definition(dialect) }
        if !table.primaryKey.isEmpty { lines.append("PRIMARY KEY (\(list(table.primaryKey)))") }
        lines += table.unique.map { "UNIQUE (\(list($0)))" }
        return lines.joined(separator: ", ")
    }

    static func index(on table: String, _ columns: [String], suffix: String = "") -> String {
        "CREATE INDEX \"\(name(ofIndexOn: table, columns))\(suffix)\" ON \"\(table)\" (\(list(columns)))"
    }

    private static func name(ofIndexOn table: String, _ columns: [String]) -> String {
        "\(table)_\(columns.joined(separator: "_"))"
    }

    static func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }
}
