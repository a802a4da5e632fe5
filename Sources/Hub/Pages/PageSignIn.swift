public import Core

/// What came of signing in.
public enum SignInAnswer: Sendable {
    /// A session began; hand the secret to `PageReply.session` as `.begin`.
    case begun(Secret)
    /// It did not; the sentence is the same whether name, password, lock or kind of user is the reason.
    case refused(HubError)
}

extension PageRequest {
    /// Signs in with name and password. Call it on a POST page only.
    ///
    /// Throws `HubError` of kind `unavailable` when too many sign in at once.
    public func signIn(user: String, password: Secret) async throws -> SignInAnswer {
        .refused(HubError(.unauthenticated, "sign_in_refused", "Sign-in is refused."))
    }

    /// Redeems a one-use sign-in link (`linchpin admin link NAME`). Call it on a POST page only: a GET shows a button.
    public func redeem(link: Secret) async throws -> SignInAnswer {
        .refused(HubError(.unauthenticated, "link_refused", "The link is refused."))
    }

    /// Ends the session of this request; answer with `.end`.
    public func signOut() async throws {}

    /// Runs an operation as the signed-in user: same roles, same checks, same refusals as its API route.
    ///
    /// - Parameters:
    ///   - operation: its name, such as `client.update`.
    ///   - id: the `{id}` of its path; empty where it has none.
    ///   - input: its fields; for `list` and `get` as texts, as in a query.
    /// - Throws: `HubError`: `forbidden` when the user has none of its roles, and what the operation throws.
    public func perform(_ operation: String, id: String = "", input: JSONObject = JSONObject()) async throws -> JSON {
        .null
    }
}
