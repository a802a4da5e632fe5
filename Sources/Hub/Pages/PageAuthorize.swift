public import Core
import Identity
import OAuthServer
public import Ports

extension PageRequest {
    /// The path of the authorization endpoint, where a sign-in leads back to.
    public static let authorizePath = "/oauth2/authorize"

    /// What an authorization request leads to.
    public func authorize() async throws -> AuthorizationStep {
        try await authorizing.open(query, visitor: visitor, cause)
    }

    /// What the person's answer leads to; the form's `query` is the request that was asked about.
    public func answerAuthorization(allows: Bool) async throws -> AuthorizationStep {
        try await authorizing.answer(
            try Self.pairs(form("query") ?? ""), allows: allows, visitor: try signedIn(), cause)
    }

    /// Where a form whose answer leads back to `next` may come to in the end: a source for `PageReply.formAction`; nil
    /// unless that is an authorization request.
    public func formAction(toward next: String?) async throws -> String? {
        guard let path = next.flatMap(ReturnPath.init) else { return nil }
        let target = try RequestTarget(path.text)
        guard target.path == Self.authorizePath else { return nil }
        do {
            return try await authorizing.source(of: try Self.pairs(target.query ?? ""), at: now)
        } catch let error as HubError where error.kind == .invalid {
            return nil
        }
    }

    /// What the signed-in person has allowed clients.
    public func ownConsents() async throws -> [JSON] {
        guard let user = principal?.user else { return [] }
        return try await hub.oauth.consents(of: user, at: now)
    }

    /// Withdraws one of them; throws `HubError` of kind `notFound` for one that is not theirs.
    public func withdrawOwnConsent(_ id: String) async throws {
        guard let user = principal?.user else {
            throw HubError(.notFound, "unknown_consent", "There is no such consent.")
        }
        try await hub.oauth.withdraw(id, of: user, by: cause)
    }

    private var authorizing: Authorizing { hub.oauth.authorizing(issuer: hub.issuer) }

    /// Who is signed in.
    func signedIn() throws -> Authorizing.Visitor {
        guard let visitor else {
            throw HubError(.unauthenticated, "session_unknown", "You are not signed in, or no longer.")
        }
        return visitor
    }

    var visitor: Authorizing.Visitor? {
        guard let user = principal?.user, let since = principal?.provedAt else { return nil }
        return Authorizing.Visitor(user: user, signedInAt: since, session: principal?.session)
    }

    static func pairs(_ query: String) throws -> [(name: String, value: String)] {
        do { return try FormParameters(query.utf8).pairs.map { ($0.name, $0.value) } } catch {
            throw HubError(.invalid, "malformed_query", "The query cannot be read: \(error).")
        }
    }
}
