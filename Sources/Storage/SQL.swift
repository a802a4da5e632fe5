public import Core

/// One statement that both databases take; parameters are `$1`, `$2` ….
///
/// A literal without interpolation is the only ordinary way to make one, so SQL is never built from input.
public struct SQL: Sendable, ExpressibleByStringLiteral {
    /// The text with `$n` parameters.
    public let text: String
    /// Whether it stands in the program as it is. There are only so many of those, so a driver may keep each prepared; of
    /// the others it keeps a bounded number.
    public let isLiteral: Bool

    /// A statement from a literal; interpolation does not compile.
    public init(stringLiteral value: StaticString) {
        text = value.description
        isLiteral = true
    }

    /// A statement made of names that were checked. Only the schema renderer and Records' statement builder call this.
    public init(built text: String) {
        self.text = text
        isLiteral = false
    }
}

/// A value that goes into a parameter or comes out of a column.
public enum SQLValue: Sendable, Equatable {
    case null
    case int(Int64)
    case text(String)
    case blob([UInt8])

    /// The text, or NULL for nil.
    public static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    /// The number, or NULL for nil.
    public static func optional(_ number: Int64?) -> SQLValue { number.map { .int($0) } ?? .null }
    /// The moment in milliseconds, or NULL for nil.
    public static func moment(_ moment: Timestamp?) -> SQLValue { .optional(moment?.epochMilliseconds) }
    /// Stored as 0 or 1.
    public static func bool(_ value: Bool) -> SQLValue { .int(value ? 1 : 0) }
}

/// One row of an answer. Columns are asked for by name; a missing column or a wrong type throws `RowProblem`.
public struct SQLRow: Sendable {
    /// Names, shared by all rows of one answer.
    public let columns: [String]
    /// Values, in the columns' order.
    public let values: [SQLValue]

    /// A row as a driver read it.
    public init(columns: [String], values: [SQLValue]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column.
    public func value(_ column: String) throws -> SQLValue {
        guard let index = columns.firstIndex(of: column) else { throw RowProblem(column: column, what: "is missing") }
        return values[index]
    }

    /// The text of a column that is not NULL.
    public func text(_ column: String) throws -> String {
        guard let text = try optionalText(column) else { throw RowProblem(column: column, what: "is NULL") }
        return text
    }

    /// The text of a column, nil for NULL.
    public func optionalText(_ column: String) throws -> String? {
        switch try value(column) {
        case .null: nil
        case .text(let text): text
        case .int, .blob: throw RowProblem(column: column, what: "is not text")
        }
    }

    /// The number of a column that is not NULL.
    public func int(_ column: String) throws -> Int64 {
        guard let number = try optionalInt(column) else { throw RowProblem(column: column, what: "is NULL") }
        return number
    }

    /// The number of a column, nil for NULL.
    public func optionalInt(_ column: String) throws -> Int64? {
        switch try value(column) {
        case .null: nil
        case .int(let number): number
        case .text, .blob: throw RowProblem(column: column, what: "is not a number")
        }
    }

    /// The moment of a column that holds milliseconds, nil for NULL.
    public func optionalMoment(_ column: String) throws -> Timestamp? {
        try optionalInt(column).map(Timestamp.init(epochMilliseconds:))
    }

    /// The truth value of a column that holds 0 or 1.
    public func bool(_ column: String) throws -> Bool { try int(column) != 0 }

    /// The bytes of a column that is not NULL.
    public func blob(_ column: String) throws -> [UInt8] {
        guard case .blob(let bytes) = try value(column) else { throw RowProblem(column: column, what: "is not bytes") }
        return bytes
    }
}

/// A row that is not what the code expects: a defect, never the caller's fault.
public struct RowProblem: Error, Sendable, Equatable {
    /// The column.
    public let column: String
    /// What is wrong with it.
    public let what: String

    /// A problem of one column.
    public init(column: String, what: String) {
        self.column = column
        self.what = what
    }
}
