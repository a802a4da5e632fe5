import Core
import Storage

/// Reads `sysparm_query`. Pure; works on bytes, so that look-alike letters are never taken for operators.
///
/// A query is terms with `^` between them: field, operator, value. `^OR` adds an alternative to the condition right
/// before it; `ORDERBY` and `ORDERBYDESC` name a column. The longest operator wins; a value runs to the next `^`, so a
/// value can not hold one. An empty value (`field=`) asks for the empty value, which `!=` of another value includes.
///
/// Deviation: the platform ignores what it does not understand in a query, and so returns everything. Here each
/// mistake is an error that names it.
struct QueryParser {
    private let table: RecordTable
    private var query = EncodedQuery()
    private var values = 0
    /// Whether an `OR` may follow: the term before it was a condition.
    private var mayBeAlternative = false

    /// The query, or an error of kind `invalid` that names what is wrong.
    static func parse(_ text: String, of table: RecordTable) throws(HubError) -> EncodedQuery {
        var parser = QueryParser(table: table)
        let terms = text[...].utf8.split(separator: UInt8(ascii: "^"), omittingEmptySubsequences: false)
        guard terms.count <= Limits.queryTerms.value else { throw QueryProblem.tooMany(Limits.queryTerms) }
        for (index, term) in terms.enumerated() { try parser.read(term, number: index + 1) }
        return parser.query
    }

    private init(table: RecordTable) { self.table = table }

    private mutating func read(_ term: Substring.UTF8View, number: Int) throws(HubError) {
        if term.isEmpty { throw QueryProblem.emptyTerm(number) }
        if let field = term.after("ORDERBYDESC") { return try order(field, isDescending: true) }
        if let field = term.after("ORDERBY") { return try order(field, isDescending: false) }
        if let keyword = QueryOperator.unsupportedTerms.first(where: { term.starts(with: $0.utf8) }) {
            throw QueryProblem.unsupported("^" + keyword)
        }
        if let alternative = term.after("OR") {
            guard mayBeAlternative else { throw QueryProblem.nothingBeforeOr(number) }
            if alternative.isEmpty { throw QueryProblem.emptyTerm(number) }
            let condition = try condition(alternative)
            query.groups[query.groups.count - 1].append(condition)
        } else {
            let condition = try condition(term)
            query.groups.append([condition])
            mayBeAlternative = true
        }
    }

    private mutating func order(_ field: Substring.UTF8View, isDescending: Bool) throws(HubError) {
        mayBeAlternative = false
        let name = String(Substring(field))
        guard let column = table.column(name) else { throw QueryProblem.unknownField(name, table) }
        query.order.append(EncodedQuery.Order(column: column, isDescending: isDescending))
    }

    private mutating func condition(_ term: Substring.UTF8View) throws(HubError) -> EncodedQuery.Condition {
        let name = term.prefix(while: Self.isFieldByte)
        guard let column = table.column(String(Substring(name))) else {
            throw QueryProblem.unknownField(
                String(Substring(name.isEmpty ? term.prefix(while: Self.isWord) : name)), table)
        }
        let rest = term[name.endIndex...]
        guard let found = QueryOperator.read(rest) else {
            throw QueryProblem.unknownOperator(
                String(Substring(rest.prefix(while: Self.isOperatorByte))), after: column)
        }
        guard let known = found.known else { throw QueryProblem.unsupported(found.spelling) }
        let value = String(Substring(rest.dropFirst(found.spelling.utf8.count)))
        let operands = try QueryOperand(column: column, spelling: known.spelling).read(value, for: known.test)
        values += operands.count
        guard values <= Limits.queryValues.value else { throw QueryProblem.tooMany(Limits.queryValues) }
        return EncodedQuery.Condition(column: column, test: known.test, values: operands)
    }

    /// What field names are made of; a dot too, so that a dot-walked name is refused as a whole.
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
