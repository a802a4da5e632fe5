import Storage

/// One statement and its parameters.
struct Statement: Sendable {
    let sql: SQL
    let values: [SQLValue]
}

/// What is read: from which tables, under which conditions.
struct Selection {
    let table: RecordTable
    /// The tables that references lead to, in the order of their places.
    let joins: [Walks.Join]
    /// All of them must hold.
    let filters: [[EncodedQuery.Groups]]
    /// Only this record.
    var sysID: String?
}

/// The one place where SQL is put together. Names come from the dictionary only, values only as parameters.
enum StatementBuilder {
    /// A page of records: the asked columns and order, then `sys_id` the same way round.
    static func page(
        _ selection: Selection, _ columns: [PlacedColumn], _ order: [EncodedQuery.Order], limit: Int, offset: Int
    ) -> Statement {
        var parts = Parts()
        parts.add("SELECT \(columns.map(Parts.name).joined(separator: ", "))")
        parts.add(selection, order, limit: limit, offset: offset)
        return parts.statement
    }

    /// How many characters the texts of a page hold, as `total`.
    static func size(
        _ selection: Selection, _ columns: [PlacedColumn], _ order: [EncodedQuery.Order], limit: Int, offset: Int
    ) -> Statement {
        var parts = Parts()
        let lengths = columns.filter { $0.column.kind.isStoredAsText }.map { "COALESCE(LENGTH(\(Parts.name($0))), 0)" }
        parts.add("SELECT CAST(COALESCE(SUM(page.size), 0) AS BIGINT) AS total FROM (")
        parts.add("SELECT \((["0"] + lengths).joined(separator: " + ")) AS size")
        parts.add(selection, order, limit: limit, offset: offset)
        parts.add(") AS page")
        return parts.statement
    }

    /// Columns of the records of a selection, at most two; for selections of one record.
    static func few(_ selection: Selection, _ columns: [PlacedColumn]) -> Statement {
        page(selection, columns, [], limit: 2, offset: 0)
    }

    /// How many records a selection finds, as `total`.
    static func count(_ selection: Selection) -> Statement {
        var parts = Parts()
        parts.add("SELECT COUNT(*) AS total")
        parts.add(selection)
        return parts.statement
    }

    /// A new record.
    static func insert(_ values: [RecordRow.Cell], into table: RecordTable) -> Statement {
        var parts = Parts()
        let stored = values.flatMap(stored)
        let marks = stored.map { parts.bind($0.value) }
        let names = stored.map { "\"\($0.name)\"" }.joined(separator: ", ")
        parts.add("INSERT INTO \(name(of: table)) (\(names)) VALUES (\(marks.joined(separator: ", ")))")
        return parts.statement
    }

    /// New values for one record.
    static func update(_ sysID: String, _ values: [RecordRow.Cell], of table: RecordTable) -> Statement {
        var parts = Parts()
        let set = values.flatMap(stored).map { "\"\($0.name)\" = \(parts.bind($0.value))" }
        parts.add("UPDATE \(name(of: table)) SET \(set.joined(separator: ", "))")
        parts.add(" WHERE \"sys_id\" = \(parts.bind(.text(sysID)))")
        return parts.statement
    }

    /// The end of one record.
    static func delete(_ sysID: String, of table: RecordTable) -> Statement {
        var parts = Parts()
        parts.add("DELETE FROM \(name(of: table)) WHERE \"sys_id\" = \(parts.bind(.text(sysID)))")
        return parts.statement
    }

    private static func name(of table: RecordTable) -> String { "\"\(RecordTable.storedName(table.name))\"" }

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

    mutating func add(_ selection: Selection) {
        add(" FROM \(Self.source(selection.table)) AS \"t0\"")
        for join in selection.joins {
            add(" LEFT JOIN \(Self.source(join.table)) AS \"t\(join.place)\"")
            add(" ON \"t\(join.place)\".\"sys_id\" = \(Self.name(join.reference))")
            if let readable = join.readable { add(" AND (\(any(of: readable)))") }
        }
        var conditions = selection.filters.map { "(\(any(of: $0)))" }
        if let sysID = selection.sysID { conditions.append("\"t0\".\"sys_id\" = \(bind(.text(sysID)))") }
        if !conditions.isEmpty { add(" WHERE " + conditions.joined(separator: " AND ")) }
    }

    mutating func add(_ selection: Selection, _ order: [EncodedQuery.Order], limit: Int, offset: Int) {
        add(selection)
        let isDescending = order.last?.isDescending ?? false
        let terms = order.map(Parts.order) + ["\"t0\".\"sys_id\"" + (isDescending ? " DESC" : " ASC")]
        add(" ORDER BY \(terms.joined(separator: ", "))")
        add(" LIMIT \(bind(.int(Int64(limit)))) OFFSET \(bind(.int(Int64(offset))))")
    }

    private static func source(_ table: RecordTable) -> String {
        switch table.source {
        case .records: "\"\(RecordTable.storedName(table.name))\""
        case .projection(let projection): "(\(projection.select.text))"
        }
    }

    /// A column; behind a reference that leads nowhere its text is the empty one, as in a record without it.
    static func name(_ column: PlacedColumn) -> String { name(column.column.name, column) }

    private static func name(_ stored: String, _ column: PlacedColumn) -> String {
        let name = "\"t\(column.place)\".\"\(stored)\""
        return column.place > 0 && column.column.kind.isStoredAsText ? "COALESCE(\(name), '')" : name
    }

    /// Empty values come first, and last when descending, on both databases.
    static func order(_ order: EncodedQuery.Order) -> String {
        let isText = order.column.column.kind.isStoredAsText
        let nulls = isText ? "" : order.isDescending ? " NULLS LAST" : " NULLS FIRST"
        return name(order.column) + (order.isDescending ? " DESC" : " ASC") + nulls
    }

    private mutating func any(of parts: [EncodedQuery.Groups]) -> String {
        if parts.isEmpty { return "1 = 0" }
        return parts.map { groups in
            groups.isEmpty
                ? "1 = 1"
                : groups.map { group in "(" + group.map { condition($0) }.joined(separator: " OR ") + ")" }
                    .joined(separator: " AND ")
        }.map { "(\($0))" }.joined(separator: " OR ")
    }

    private mutating func condition(_ condition: EncodedQuery.Condition) -> String {
        let name = Self.name(condition.column)
        let isText = condition.column.column.kind.isStoredAsText
        switch condition.test {
        case .equals(let negated): return among(name, condition.values, negated: negated)
        case .among(let negated): return among(name, condition.values, negated: negated)
        case .isEmpty(let negated): return among(name, [condition.column.column.empty], negated: negated)
        case .anything: return "1 = 1"
        case .like(let anyBefore, let anyAfter, let negated):
            return like(condition, anyBefore, anyAfter, negated: negated)
        case .compares(let side):
            guard let value = condition.values.first else { return "1 = 0" }
            let compared = "\(name) \(side.rawValue) \(bind(value))"
            // '' is less than every text, and no value: NULL is neither less nor greater by itself.
            return isText ? "(\(compared) AND \(name) <> '')" : compared
        case .between:
            guard condition.values.count == 2 else { return "1 = 0" }
            return "(\(name) >= \(bind(condition.values[0])) AND \(name) <= \(bind(condition.values[1])))"
        case .sameAs(let negated):
            guard let other = condition.other.map(Self.name) else { return "1 = 0" }
            if isText { return "\(name) \(negated ? "<>" : "=") \(other)" }
            return negated
                ? "(\(name) <> \(other) OR (\(name) IS NULL) <> (\(other) IS NULL))"
                : "(\(name) = \(other) OR (\(name) IS NULL AND \(other) IS NULL))"
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

    /// By the case-folded column; in a projection, which has none, the letters A to Z alone are folded.
    private mutating func like(
        _ condition: EncodedQuery.Condition, _ anyBefore: Bool, _ anyAfter: Bool, negated: Bool
    ) -> String {
        guard case .text(let text)? = condition.values.first, let folded = condition.column.column.foldedName else {
            return "1 = 0"
        }
        let isProjected = condition.column.isProjected
        let name = isProjected ? "LOWER(\(Self.name(condition.column)))" : Self.name(folded, condition.column)
        let wanted = Self.escaped(isProjected ? PlainText.asciiFolded(text) : PlainText.folded(text))
        let pattern = (anyBefore ? "%" : "") + wanted + (anyAfter ? "%" : "")
        return "\(name) \(negated ? "NOT LIKE" : "LIKE") \(bind(.text(pattern))) ESCAPE '\\'"
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
