import Core
import Ports

extension Question {
    /// The narrowest auth scope that covers the call, whoever holds it.
    var narrowestScope: String? { covering.first }

    /// The narrowest covering scope among some: the most specific rule, then the fewest rules, then the name.
    func narrowest(where isWanted: (String) -> Bool) -> String? { covering.first(where: isWanted) }

    /// The same, found once for a decision.
    var covering: [String] { coveringScopes ?? findCoveringScopes() }

    /// The scopes of the rules that cover the call, the narrowest first.
    func findCoveringScopes() -> [String] {
        switch need {
        case .everyone, .page: return []
        case .person(let scope): return [scope]
        case .operation, .table, .unknownTable: break
        }
        guard let called = CalledPath(path) else { return [] }
        let counted = countedRules
        let rules = counted.filter { $0.covers(method: method, path: called, table: need.table) }
        guard rules.count > 1 else { return rules.map(\.scope) }
        return rules.map { rule in
            (scope: rule.scope, rank: rule.narrowness + [-counted.count { $0.scope == rule.scope }])
        }
        .sorted { left, right in
            left.rank == right.rank ? left.scope < right.scope : right.rank.lexicographicallyPrecedes(left.rank)
        }
        .map(\.scope)
    }

    /// The rules of the auth scopes; and the one that covers everything, where the token carries it.
    var countedRules: [ScopeRule] {
        let isCarried = caller.issued?.scopes.contains(ScopeName.userAccount) ?? false
        return isCarried ? scopeRules + [.userAccount] : scopeRules
    }

    /// A scope that would cover the call if the last `*` of a rule were `**`, which is what some people take it for.
    var nearScope: String? {
        guard let called = CalledPath(path) else { return nil }
        return scopeRules.first { rule in
            rule.path.hasSuffix("/*")
                && ScopeRule(scope: rule.scope, method: rule.method, path: rule.path + "*", table: rule.table)
                    .covers(method: method, path: called, table: need.table)
        }?.scope
    }

    /// The least that lets a token's call be covered: asking for what the client holds comes before granting anew.
    func scopeChanges(_ issued: TokenFacts.Issued) -> [Change] {
        /// One that asks for no other sign-in comes first.
        func choice(_ isWanted: (String) -> Bool) -> String? {
            narrowest { isWanted($0) && isSignInFresh(for: $0) } ?? narrowest(where: isWanted)
        }
        if let held = choice(issued.clientScopes.contains) { return [.newToken(asking: [held])] + signIn(for: held) }
        if let lost = choice(issued.tokenScopes.contains) {
            return [.grantScope(lost, toClient: issued.clientName)] + signIn(for: lost)
        }
        guard let scope = choice({ _ in true }) else { return [] }
        return [.grantScope(scope, toClient: issued.clientName), .newToken(asking: [scope])] + signIn(for: scope)
    }

    /// What a caller without a usable token would need.
    var presentToken: Change { .presentToken(scope: narrowestScope, role: need.roles.first) }
}
