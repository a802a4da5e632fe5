import Core
import Storage

/// Reads `sysparm_query`. Works on bytes, so that look-alike letters are never taken for operators.
///
/// A query is terms with `^` between them: field, operator, value. `^OR` adds an alternative to the condition right
/// before it; `^NQ` begins a new query, of which all records are found too; `ORDERBY` and `ORDERBYDESC` name a field. The
/// longest operator wins; a value runs to the next `^`, so a value can not hold one. An empty value (`field=`) asks for
/// the empty value, which `!=` of another value includes.
///
/// Deviation: the platform ignores what it does not understand in a query, and so returns everything. Here each
/// mistake is an error that names it.
struct QueryParser {
    private var query = EncodedQuery()
    private var values = 0
    private var patterns = 0
    /// Whether an `OR` may follow: the term before it was a condition.
    private var mayBeAlternative = false

    /// The query, or a `HubError` that names what is wrong. Tables that it walks to are added to `walks`.
    static func parse(_ text: String, _ walks: inout Walks) throws -> EncodedQuery {
        var parser = QueryParser()
        var terms = text[...].utf8.split(separator: UInt8(ascii: "^"), omittingEmptySubsequences: false)
        // The platform's own end of a query, as its lists copy it.
        if terms.count > 1, terms.last?.elementsEqual("EQ".utf8) == true { terms.removeLast() }
        guard terms.count <= Limits.queryTerms.value else { throw QueryProblem.tooMany(Limits.queryTerms) }
        for (index, term) in terms.enumerated() { try parser.read(term, number: index + 1, &walks) }
        return parser.query
    }

    /// `field=value` as a parameter of its own.
    static func plain(_ field: String, _ value: String, _ walks: inout Walks) throws -> EncodedQuery.Condition {
        let placed = try walks.column(field, .parameter)
        let operands = try QueryOperand(column: placed.column, spelling: "=", viewer: walks.viewer)
            .read(value, for: .equals(negated: false))
        return EncodedQuery.Condition(column: placed, test: .equals(negated: false), values: operands)
    }

    private mutating func read(_ term: Substring.UTF8View, number: Int, _ walks: inout Walks) throws {
        if term.isEmpty { throw QueryProblem.emptyTerm(number) }
        if let field = term.after("ORDERBYDESC") { return try order(field, isDescending: true, &walks) }
        if let field = term.after("ORDERBY") { return try order(field, isDescending: false, &walks) }
        if let keyword = QueryOperator.unsupportedTerms.first(where: { term.starts(with: $0.utf8) }) {
            throw QueryProblem.unsupported("^" + keyword)
        }
        if let alternative = term.after("OR") {
            guard mayBeAlternative else { throw QueryProblem.nothingBeforeOr(number) }
            if alternative.isEmpty { throw QueryProblem.emptyTerm(number) }
            let condition = try condition(alternative, &walks)
            var groups = query.parts.removeLast()
            groups[groups.count - 1].append(condition)
            query.parts.append(groups)
        } else {
            var term = term
            if let first = term.after("NQ") {
                // An empty query finds everything: one that nobody wrote is a mistake.
                guard query.parts.last?.isEmpty == false, !first.isEmpty else { throw QueryProblem.emptyTerm(number) }
                query.parts.append([])
                term = first
            }
            let condition = try condition(term, &walks)
            query.parts[query.parts.count - 1].append([condition])
            mayBeAlternative = true
        }
    }

    private mutating func order(_ field: Substring.UTF8View, isDescending: Bool, _ walks: inout Walks) throws {
        mayBeAlternative = false
        let column = try walks.column(String(Substring(field)), .query)
        query.order.append(EncodedQuery.Order(column: column, isDescending: isDescending))
    }

    private mutating func condition(_ term: Substring.UTF8View, _ walks: inout Walks) throws -> EncodedQuery.Condition {
        let name = term.prefix(while: Self.isFieldByte)
        let placed = try walks.column(
            String(Substring(name.isEmpty ? term.prefix(while: Self.isWord) : name)), .query)
        let rest = term[name.endIndex...]
        guard let found = QueryOperator.read(rest) else {
            throw QueryProblem.unknownOperator(
                String(Substring(rest.prefix(while: Self.isOperatorByte))), after: placed.column)
        }
        guard let known = found.known else { throw QueryProblem.unsupported(found.spelling) }
        let value = String(Substring(rest.dropFirst(found.spelling.utf8.count)))
        if case .sameAs = known.test { return try sameAs(placed, value, known, &walks) }
        let operands = try QueryOperand(column: placed.column, spelling: known.spelling, viewer: walks.viewer)
            .read(value, for: known.test)
        try count(operands.count, known.test)
        return EncodedQuery.Condition(column: placed, test: known.test, values: operands)
    }

    private func sameAs(
        _ column: PlacedColumn, _ field: String, _ known: QueryOperator, _ walks: inout Walks
    ) throws -> EncodedQuery.Condition {
        let other = try walks.column(field, .query)
        guard other.column.kind.compares(with: column.column.kind) else {
            throw QueryProblem.notForField(known.spelling, other.column)
        }
        return EncodedQuery.Condition(column: column, test: known.test, other: other)
    }

    private mutating func count(_ operands: Int, _ test: QueryOperator.Test) throws {
        values += operands
        guard values <= Limits.queryValues.value else { throw QueryProblem.tooMany(Limits.queryValues) }
        if case .like = test { patterns += 1 }
        guard patterns <= Limits.queryPatterns.value else { throw QueryProblem.tooMany(Limits.queryPatterns) }
    }

    /// What field names are made of; the dot walks to another table.
    private static func isFieldByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        isFieldByte(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// What an unknown operator may be shown by: everything up to what looks like a value.
    private static func isOperatorByte(_ byte: UInt8) -> Bool { byte < 0x80 && !isFieldByte(byte) }
}

extension Substring.UTF8View {
    /// What follows the word, if the bytes start with it.
    fileprivate func after(_ word: String) -> Substring.UTF8View? {
        starts(with: word.utf8) ? dropFirst(word.utf8.count) : nil
    }
}

extension FieldKind {
    /// Whether values of both kinds can be the same.
    fileprivate func compares(with other: FieldKind) -> Bool {
        isStoredAsText == other.isStoredAsText && (isStoredAsText || self == other)
    }
}
