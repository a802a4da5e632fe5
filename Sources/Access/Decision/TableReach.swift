import Ports

/// What of the Table API a caller's scopes let it read beside the call that was decided: what references lead to, and a
/// record that a change would answer with.
///
/// The roles are asked beside it, by whoever knows the tables.
public struct TableReach: Sendable, Equatable {
    /// The scopes that count; nil where none are asked for.
    private let scopes: Set<String>?
    private let rules: [ScopeRule]
    /// Those of the token that count here; nil where its scopes alone say.
    private let details: [AuthorizationDetail]?
    /// How many milliseconds ago the person signed in; nil where nobody did.
    private let signInAge: Int64?

    /// - Parameter principal: nil for nobody, who reaches nothing.
    init(_ principal: Principal?, _ question: Question) {
        rules = question.countedRules
        details = question.caller.issued?.details?.filter(question.isHere)
        signInAge = question.signInAge
        scopes = if let principal { principal.scopes } else { [] }
    }

    /// Whether a GET of the table's list is covered, or, given a record, one of that record.
    public func covers(_ table: String, _ record: String? = nil) -> Bool {
        guard let scopes else { return true }
        func isCovered(_ text: String) -> Bool {
            guard let path = CalledPath(text) else { return false }
            let covering = rules.filter { $0.covers(method: "GET", path: path, table: table) }
            let isAllowed = covering.contains { rule in
                // What covers everything asks for the sign-in that any of the others asks for.
                scopes.contains(rule.scope)
                    && (rule == .userAccount ? covering : [rule]).allSatisfy { $0.isFresh(signInAge) }
            }
            return isAllowed
                && (details?.contains { $0.covers(method: "GET", path: path, table: table) } ?? true)
        }
        let list = "/api/now/table/" + table
        return isCovered(list) || record.map { isCovered("\(list)/\($0)") } ?? false
    }
}
