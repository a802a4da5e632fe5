/// One operator of encoded queries. One more is one more row in `all`.
struct QueryOperator: Sendable {
    /// What it asks of a column.
    enum Test: Sendable, Equatable {
        /// The value is this one.
        case equals(negated: Bool)
        /// The value is one of these.
        case among(negated: Bool)
        /// The case-folded text matches, with any text before or after.
        case like(anyBefore: Bool, anyAfter: Bool, negated: Bool)
        /// The value lies on that side of this one. The empty value lies on no side.
        case compares(Side)
        /// The value lies between these two, or is one of them.
        case between
        /// There is no value.
        case isEmpty(negated: Bool)
        /// Whatever there is.
        case anything
        /// The value is that of another field.
        case sameAs(negated: Bool)
    }

    /// Greater or less, as SQL spells it too.
    enum Side: String, Sendable {
        case above = ">"
        case atLeast = ">="
        case below = "<"
        case atMost = "<="
    }

    /// As queries spell it.
    let spelling: String
    /// What it asks.
    let test: Test

    private init(_ spelling: String, _ test: Test) {
        self.spelling = spelling
        self.test = test
    }

    /// What there is, in the order of messages; the signs at the end are the platform's short spellings.
    static let all: [QueryOperator] = [
        QueryOperator("=", .equals(negated: false)),
        QueryOperator("!=", .equals(negated: true)),
        QueryOperator("IN", .among(negated: false)),
        QueryOperator("NOT IN", .among(negated: true)),
        QueryOperator("LIKE", .like(anyBefore: true, anyAfter: true, negated: false)),
        QueryOperator("NOT LIKE", .like(anyBefore: true, anyAfter: true, negated: true)),
        QueryOperator("STARTSWITH", .like(anyBefore: false, anyAfter: true, negated: false)),
        QueryOperator("ENDSWITH", .like(anyBefore: true, anyAfter: false, negated: false)),
        QueryOperator(">", .compares(.above)),
        QueryOperator(">=", .compares(.atLeast)),
        QueryOperator("<", .compares(.below)),
        QueryOperator("<=", .compares(.atMost)),
        QueryOperator("BETWEEN", .between),
        QueryOperator("ISEMPTY", .isEmpty(negated: false)),
        QueryOperator("ISNOTEMPTY", .isEmpty(negated: true)),
        QueryOperator("ANYTHING", .anything),
        QueryOperator("SAMEAS", .sameAs(negated: false)),
        QueryOperator("NSAMEAS", .sameAs(negated: true)),
        QueryOperator("*", .like(anyBefore: true, anyAfter: true, negated: false)),
        QueryOperator("!*", .like(anyBefore: true, anyAfter: true, negated: true)),
        QueryOperator("%", .like(anyBefore: true, anyAfter: false, negated: false)),
    ]

    /// Spellings that the platform knows and the hub does not: refused by name, never read as part of a value.
    static let unsupported: [String] = [
        "EMPTYSTRING", "DYNAMIC", "IN_HIERARCHY", "INSTANCEOF", "RELATIVE", "DATEPART", "MORETHAN", "LESSTHAN",
        "GT_FIELD", "GT_OR_EQUALS_FIELD", "LT_FIELD", "LT_OR_EQUALS_FIELD", "VALCHANGES", "CHANGESFROM", "CHANGESTO",
        "ON", "NOTON",
    ]

    /// What may begin a term on the platform instead of a field, and is refused by name here.
    static let unsupportedTerms: [String] = [
        "EQ", "GROUPBY", "TRENDBY", "RLQUERY", "ENDRLQUERY", "GOTO", "JOIN", "123TEXTQUERY321",
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
