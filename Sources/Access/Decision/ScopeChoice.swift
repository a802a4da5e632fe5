import Core

extension Question {
    /// The narrowest auth scope that covers the call, whoever holds it.
    var narrowestScope: String? { narrowest { _ in true } }

    /// The narrowest covering scope among some: the most specific rule, then the fewest rules, then the name.
    func narrowest(where isWanted: (String) -> Bool) -> String? {
        switch need {
        case .everyone, .page: return nil
        case .operation, .table, .unknownTable: break
        }
        var best: (scope: String, rank: [Int])?
        for rule in scopeRules where isWanted(rule.scope) {
            guard rule.covers(method: method, path: path, table: need.table) else { continue }
            let rank = rule.narrowness + [-scopeRules.count { $0.scope == rule.scope }]
            guard let current = best else {
                best = (rule.scope, rank)
                continue
            }
            if current.rank.lexicographicallyPrecedes(rank) || (current.rank == rank && rule.scope < current.scope) {
                best = (rule.scope, rank)
            }
        }
        return best?.scope
    }

    /// The least that lets a token's call be covered: asking for what the client holds comes before granting anew.
    func scopeChanges(_ issued: TokenFacts.Issued) -> [Change] {
        if let held = narrowest(where: issued.clientScopes.contains) { return [.newToken(asking: [held])] }
        if let lost = narrowest(where: issued.tokenScopes.contains) {
            return [.grantScope(lost, toClient: issued.clientName)]
        }
        guard let scope = narrowestScope else { return [] }
        return [.grantScope(scope, toClient: issued.clientName), .newToken(asking: [scope])]
    }

    /// What a caller without a usable token would need.
    var presentToken: Change { .presentToken(scope: narrowestScope, role: need.roles.first) }
}
