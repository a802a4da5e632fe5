/// What of the Table API a caller's scopes let it read beside the call that was decided: what references lead to, and a
/// record that a change would answer with.
///
/// The roles are asked beside it, by whoever knows the tables.
public struct TableReach: Sendable, Equatable {
    /// The scopes that count; nil where none are asked for.
    private let scopes: Set<String>?
    private let rules: [ScopeRule]

    init(_ question: Question) {
        rules = question.scopeRules
        scopes =
            switch question.caller {
            case .socket, .session, .basic: nil
            case .token, .nobody, .unreadable: question.caller.issued?.scopes ?? []
            }
    }

    /// Whether a GET of the table's list is covered, or, given a record, one of that record.
    public func covers(_ table: String, _ record: String? = nil) -> Bool {
        guard let scopes else { return true }
        return ["", record.map { "/" + $0 }].compactMap { $0 }.contains { rest in
            guard let path = CalledPath("/api/now/table/" + table + rest) else { return false }
            return rules.contains { scopes.contains($0.scope) && $0.covers(method: "GET", path: path, table: table) }
        }
    }
}
