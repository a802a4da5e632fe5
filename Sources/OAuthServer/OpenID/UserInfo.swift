public import Core
import Ports

extension OAuthServer {
    /// What `/oauth2/userinfo` answers (OpenID Connect Core 1.0 §5.3.2), to a token that a decision let pass.
    ///
    /// - Parameters:
    ///   - user: whose token it is; compare it with the `sub` of the ID token before using the rest.
    ///   - scopes: those that count for the token.
    /// - Throws: `HubError` of kind `unauthenticated` when the person is gone meanwhile.
    public func userInfo(of user: UserID, scopes: Set<String>, at now: Timestamp) async throws -> JSON {
        guard let person = try await users.user(user, at: now) else {
            throw HubError(.unauthenticated, "user_missing", "The token is not valid. Ask for a new one.")
        }
        var claims: JSONObject = ["sub": .string(user.rawValue)]
        for claim in PersonClaims.of(person, scopes: scopes).members { claims[claim.name] = claim.value }
        return .object(claims)
    }
}
