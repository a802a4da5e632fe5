import Storage

/// One statement and its parameters.
struct Statement: Sendable {
    let sql: SQL
    let values: [SQLValue]
}

/// The one place where SQL is put together. Names come from the dictionary only, values only as parameters.
struct StatementBuilder {
    let table: RecordTable

    /// A page of records: the asked columns and order, then `sys_id`.
    func page(_ query: EncodedQuery, _ columns: [RecordColumn], limit: Int, offset: Int) -> Statement {
        var parts = Parts()
        parts.add("SELECT \(Self.list(columns.map(\.name))) FROM \(from)")
        parts.add(query)
        let order = query.order.map(Self.order) + ["\"sys_id\" ASC"]
        parts.add(" ORDER BY \(order.joined(separator: ", "))")
        parts.add(" LIMIT \(parts.bind(.int(Int64(limit)))) OFFSET \(parts.bind(.int(Int64(offset))))")
        return parts.statement
    }

    /// How many records a query finds, as `total`.
    func count(_ query: EncodedQuery) -> Statement {
        var parts = Parts()
        parts.add("SELECT COUNT(*) AS total FROM \(from)")
        parts.add(query)
        return parts.statement
    }

    /// One record.
    func one(_ sysID: String, _ columns: [RecordColumn]) -> Statement {
        var parts = Parts()
        parts.add("SELECT \(Self.list(columns.map(\.name))) FROM \(from)")
        parts.add(" WHERE \"sys_id\" = \(parts.bind(.text(sysID)))")
        return parts.statement
    }

    /// A new record.
    func insert(_ values: [(column: RecordColumn, value: SQLValue)]) -> Statement {
        var parts = Parts()
        let stored = values.flatMap(Self.stored)
        let marks = stored.map { parts.bind($0.value) }
        parts.add("INSERT INTO \(from) (\(Self.list(stored.map(\.name)))) VALUES (\(marks.joined(separator: ", ")))")
        return parts.statement
    }

    /// New values for one record.
    func update(_ sysID: String, _ values: [(column: RecordColumn, value: SQLValue)]) -> Statement {
        var parts = Parts()
        let set = values.flatMap(Self.stored).map { "\"\($0.name)\" = \(parts.bind($0.value))" }
        parts.add("UPDATE \(from) SET \(set.joined(separator: ", "))")
        parts.add(" WHERE \"sys_id\" = \(parts.bind(.text(sysID)))")
        return parts.statement
    }

    /// The end of one record.
    func delete(_ sysID: String) -> Statement {
        var parts = Parts()
        parts.add("DELETE FROM \(from) WHERE \"sys_id\" = \(parts.bind(.text(sysID)))")
        return parts.statement
    }

    private var from: String { "\"\(table.storedName)\"" }

    private static func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }

    /// Empty values come first, and last when descending, on both databases.
    private static func order(_ order: EncodedQuery.Order) -> String {
        let nulls = order.column.kind.isStoredAsText ? "" : order.isDescending ? " NULLS LAST" : " NULLS FIRST"
        return "\"\(order.column.name)\"" + (order.isDescending ? " DESC" : " ASC") + nulls
    }

    /// A value and the case-folded text beside it.
    private static func stored(_ column: RecordColumn, _ value: SQLValue) -> [(name: String, value: SQLValue)] {
        guard let folded = column.foldedName, case .text(let text) = value else { return [(column.name, value)] }
        return [(column.name, value), (folded, .text(PlainText.folded(text)))]
    }
}

/// A statement in the making.
private struct Parts {
    private var text = ""
    private var values: [SQLValue] = []

    var statement: Statement { Statement(sql: SQL(built: text), values: values) }

    mutating func add(_ more: String) { text += more }

    mutating func bind(_ value: SQLValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    mutating func add(_ query: EncodedQuery) {
        for (index, group) in query.groups.enumerated() {
            let alternatives = group.map { condition($0) }
            add((index == 0 ? " WHERE (" : " AND (") + alternatives.joined(separator: " OR ") + ")")
        }
    }

    private mutating func condition(_ condition: EncodedQuery.Condition) -> String {
        let name = "\"\(condition.column.name)\""
        switch condition.test {
        case .equals(let negated): return among(name, condition.values, negated: negated)
        case .among(let negated): return among(name, condition.values, negated: negated)
        case .like(let anyBefore, let anyAfter):
            guard case .text(let folded)? = condition.values.first, let column = condition.column.foldedName else {
                return "1 = 0"
            }
            let pattern = (anyBefore ? "%" : "") + Self.escaped(folded) + (anyAfter ? "%" : "")
            return "\"\(column)\" LIKE \(bind(.text(pattern))) ESCAPE '\\'"
        }
    }

    /// NULL, the empty value of numbers, is a value like any other here: equal to itself, different from the rest.
    private mutating func among(_ name: String, _ wanted: [SQLValue], negated: Bool) -> String {
        let marks = wanted.filter { $0 != .null }.map { bind($0) }
        let hasNull = marks.count < wanted.count
        let list = marks.joined(separator: ", ")
        let isNull = "\(name) IS \(hasNull == negated ? "NOT " : "")NULL"
        if marks.isEmpty { return isNull }
        if negated { return hasNull ? "\(name) NOT IN (\(list))" : "(\(name) NOT IN (\(list)) OR \(name) IS NULL)" }
        return hasNull ? "(\(name) IN (\(list)) OR \(name) IS NULL)" : "\(name) IN (\(list))"
    }

    /// The wildcards of LIKE, and the escape itself, as plain characters.
    private static func escaped(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "%" || scalar == "_" || scalar == "\\" { result.append("\\") }
            result.append(scalar)
        }
        return String(result)
    }
}
