import Core
import Ports

/// What is told of a person (OpenID Connect Core 1.0 §5.1), each claim by the scope that it belongs to (§5.4).
///
/// Asking for a claim by name moves it to where it is asked for and never gives more than the scopes do: a person allows
/// scopes, and no others.
enum PersonClaims {
    struct Claim: Sendable {
        let name: String
        let scope: String
        /// Nil where there is nothing to tell (§5.3.2: then it is left out).
        let value: @Sendable (UserFacts) -> JSON?
    }

    /// One more is one more line.
    static let all: [Claim] = [
        Claim(name: "name", scope: "profile") { $0.displayName.isEmpty ? nil : .string($0.displayName) },
        Claim(name: "preferred_username", scope: "profile") { .string($0.name) },
        Claim(name: "email", scope: "email") { $0.email.map { .string($0) } },
        // §5.1: true only where somebody proved to read what is sent there. Here an administrator wrote it down, and two
        // people may have the same.
        Claim(name: "email_verified", scope: "email") { $0.email == nil ? nil : false },
    ]

    /// - Parameter names: only these; nil for all that the scopes give.
    static func of(_ person: UserFacts, scopes: some Sequence<String>, names: [String]? = nil) -> JSONObject {
        let scopes = Set(scopes)
        var claims: JSONObject = [:]
        for claim in all where scopes.contains(claim.scope) && names?.contains(claim.name) ?? true {
            claims[claim.name] = claim.value(person)
        }
        return claims
    }
}
