import Core
import Ports

/// What auth scopes ask of the person's sign-in (RFC 9470 §4).
extension Question {
    /// How many seconds old it may be at most; nil where the scope does not ask. The scope that covers everything asks what
    /// the others ask that cover the call.
    func maxAge(of scope: String) -> Int64? {
        func own(_ name: String) -> Int64? { scopeRules.first { $0.scope == name }?.maxAge }
        return scope == ScopeName.userAccount ? covering.compactMap(own).min() : own(scope)
    }

    /// Whether the sign-in behind the token is as recent as the scope asks; without one it never is.
    func isSignInFresh(for scope: String) -> Bool {
        guard let most = maxAge(of: scope) else { return true }
        return signInAge.map { $0 <= most * 1_000 } ?? false
    }

    /// How many milliseconds ago the person signed in; nil where nobody did.
    var signInAge: Int64? { caller.issued?.signedInAt.map { now.milliseconds(since: $0) } }

    /// The sign-in that the scope asks for beside the token; nothing where the one there was will do.
    func signIn(for scope: String) -> [Change] {
        guard !isSignInFresh(for: scope), let most = maxAge(of: scope) else { return [] }
        return [.signInAgain(within: most)]
    }
}

extension ScopeRule {
    /// Whether a sign-in of so many milliseconds ago is as recent as the scope asks.
    func isFresh(_ age: Int64?) -> Bool {
        guard let maxAge else { return true }
        return age.map { $0 <= maxAge * 1_000 } ?? false
    }
}

extension Access {
    /// The refusal of a token whose scopes would cover the call after another sign-in; the one that asks least of it
    /// counts. Nil where none would.
    static func signInTooOld(_ question: Question, _ issued: TokenFacts.Issued) -> Check? {
        let asking = question.covering.filter(issued.scopes.contains).compactMap { scope in
            question.maxAge(of: scope).map { (scope: scope, most: $0) }
        }
        guard let least = asking.max(by: { $0.most < $1.most }) else { return nil }
        return .failed(
            .scope, .signInTooOld,
            .signInNeeded(scope: least.scope, within: least.most, issued.signedInAt),
            flip: [.signInAgain(within: least.most)])
    }
}
