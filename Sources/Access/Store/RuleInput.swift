import Core
import Ports

/// Reads the rules of an auth scope from an operation's input.
enum RuleInput {
    /// The rules; an error names the rule by its number and says what is wrong, and quotes no value.
    static func rules(_ input: JSON?, of scope: String) throws -> [ScopeRule] {
        let items = input?.array ?? []
        guard !items.isEmpty else {
            throw HubError(
                .invalid, "scope_without_rules",
                "A scope needs at least one rule in \"rules\", such as {\"method\": \"GET\", \"path\": \"/api/…\"}.")
        }
        return try items.enumerated().map { index, item in try rule(item, number: index + 1, of: scope) }
    }

    private static func rule(_ item: JSON, number: Int, of scope: String) throws -> ScopeRule {
        for member in item.object?.members ?? [] where !["method", "path", "table"].contains(member.name) {
            throw problem(number, "it has no member \"\(Shown.name(member.name))\"; it takes method, path, table")
        }
        guard let method = item["method"]?.string else { throw problem(number, "it needs a text \"method\"") }
        guard let path = item["path"]?.string else { throw problem(number, "it needs a text \"path\"") }
        var table: String?
        if let member = item["table"], member != .null {
            guard let text = member.string else { throw problem(number, "its \"table\" must be a text") }
            table = text
        }
        let rule = ScopeRule(scope: scope, method: method, path: path, table: table)
        if let what = rule.problem { throw problem(number, what) }
        return rule
    }

    private static func problem(_ number: Int, _ what: String) -> HubError {
        HubError(.invalid, "bad_scope_rule", "Rule \(number) cannot be taken: \(what).")
    }
}
