import Core
import Ports

extension GrantType {
    /// RFC 6749 §4.4: the client acts for itself, here as its application user.
    ///
    /// §4.4.3 (SHOULD NOT): no refresh token.
    static let clientCredentials = GrantType(name: "client_credentials") { request in
        let asked: [String]
        switch try await request.askedScopes() {
        case .success(let names): asked = names
        case .failure(let refusal): return .failure(refusal)
        }
        return try await request.user(request.client.user, or: TokenRefusal.user).map {
            Grant(user: $0, scopes: asked)
        }
    }
}

extension GrantRequest {
    /// The scopes that are asked for, all of them held by the client.
    func askedScopes() async throws -> Result<[String], TokenRefusal> {
        try await client.asked(form["scope"], scopes)
    }
}

extension Client {
    /// The scopes that a request asks for, all of them held by this client and known.
    ///
    /// - Parameter ofPerson: whether a person will be asked, who alone may allow the protocol's own.
    func asked(
        _ text: String?, _ scopes: any ScopeDirectory, ofPerson: Bool = false
    ) async throws -> Result<[String], TokenRefusal> {
        switch ScopeAsked.read(text) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let asked):
            // RFC 6749 §3.3: invalid_scope for what is unknown or exceeds; both read the same.
            // OpenID Connect Core 1.0 §3.1.2.1: what they ask for is a person's to allow, and here nobody is asked.
            guard ofPerson || !asked.contains(where: ScopeName.isOfProtocol) else { return .failure(.scopeOfPerson) }
            // Whether it is there is for the log. The time tells the caller as well; names of scopes are no secret.
            if let name = asked.first(where: { !self.scopes.contains($0) }) {
                let isKnown = try await scopes.unknown([name]).isEmpty
                return .failure(.notHeld(name, isKnown: isKnown, by: self))
            }
            if let name = try await scopes.unknown(asked).first {
                return .failure(.notHeld(name, isKnown: false, by: self))
            }
            return .success(asked)
        }
    }
}

/// The `scope` parameter of a request.
enum ScopeAsked {
    /// The names without repeats, in order.
    ///
    /// RFC 6749 §3.3 (MUST): a request without scope gets a default or fails. Ours fails: least right is asked for
    /// by name (RFC 9700 §2.3).
    static func read(_ text: String?) -> Result<[String], TokenRefusal> {
        guard let text else { return .failure(.scopeMissing) }
        let names = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard names.count <= Limits.clientScopes.value, names.allSatisfy(ScopeName.isToken) else {
            return .failure(.scopeMalformed)
        }
        var seen: Set<String> = []
        return .success(names.filter { seen.insert($0).inserted })
    }
}
