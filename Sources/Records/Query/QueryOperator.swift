/// One operator of encoded queries. One more is one more row in `all`.
struct QueryOperator: Sendable {
    /// What it asks of a column.
    enum Test: Sendable {
        /// The value is this one.
        case equals(negated: Bool)
        /// The value is one of these.
        case among(negated: Bool)
        /// The case-folded text matches, with any text before or after.
        case like(anyBefore: Bool, anyAfter: Bool)
    }

    /// As queries spell it.
    let spelling: String
    /// What it asks.
    let test: Test

    /// What there is, in the order of messages.
    static let all: [QueryOperator] = [
        QueryOperator(spelling: "=", test: .equals(negated: false)),
        QueryOperator(spelling: "!=", test: .equals(negated: true)),
        QueryOperator(spelling: "IN", test: .among(negated: false)),
        QueryOperator(spelling: "LIKE", test: .like(anyBefore: true, anyAfter: true)),
        QueryOperator(spelling: "STARTSWITH", test: .like(anyBefore: false, anyAfter: true)),
    ]

    /// Spellings that the platform knows and the hub does not: refused by name, never read as part of a value.
    static let unsupported: [String] = [
        "NOT IN", "NOT LIKE", "ENDSWITH", "ISEMPTY", "ISNOTEMPTY", "ANYTHING", "EMPTYSTRING", "BETWEEN", "SAMEAS",
        "NSAMEAS", "DYNAMIC", "IN_HIERARCHY", "INSTANCEOF", "RELATIVE", "DATEPART", "MORETHAN", "LESSTHAN", "GT_FIELD",
        "GT_OR_EQUALS_FIELD", "LT_FIELD", "LT_OR_EQUALS_FIELD", "VALCHANGES", "CHANGESFROM", "CHANGESTO", "ON",
        "NOTON", "<=", ">=", "<", ">", "!*", "*", "%",
    ]

    /// What may begin a term on the platform instead of a field, and is refused by name here.
    static let unsupportedTerms: [String] = [
        "NQ", "EQ", "GROUPBY", "TRENDBY", "RLQUERY", "ENDRLQUERY", "GOTO", "JOIN", "123TEXTQUERY321",
    ]

    /// For messages.
    static let known = all.map(\.spelling).joined(separator: ", ")

    /// What stands at the beginning of the bytes, the longest spelling first; nil when it is none of both lists.
    static func read(_ bytes: Substring.UTF8View) -> Found? {
        spellings.first { bytes.starts(with: $0.spelling.utf8) }
    }

    /// One spelling, and its operator if there is one.
    struct Found: Sendable {
        let spelling: String
        let known: QueryOperator?
    }

    private static let spellings: [Found] =
        (all.map { Found(spelling: $0.spelling, known: $0) }
        + unsupported.map { Found(spelling: $0, known: nil) })
        .sorted { $0.spelling.utf8.count > $1.spelling.utf8.count }
}
