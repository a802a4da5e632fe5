public import Core
import Identity
import Ports

/// What came of signing in.
public enum SignInAnswer: Sendable {
    /// A session began; hand the secret to `PageReply.session` as `.begin`.
    case begun(Secret)
    /// It did not; the sentence is the same whether name, password, lock or kind of user is the reason.
    case refused(HubError)

    init(_ start: SessionStart, refused sentence: String) {
        self =
            switch start {
            case .begun(let secret): .begun(secret)
            case .refused: .refused(HubError(.unauthenticated, "sign_in_refused", sentence))
            case .tooMany:
                .refused(
                    HubError(
                        .tooManyRequests, "too_many_sign_ins", "Too many sign-ins were refused. Wait for a minute."))
            }
    }
}

extension PageRequest {
    /// Signs in with name and password. Call it on a POST page only.
    ///
    /// Throws `HubError` of kind `unavailable` when too many sign in at once.
    public func signIn(user: String, password: Secret) async throws -> SignInAnswer {
        SignInAnswer(
            try await hub.parts.identity.signIn(user: user, password: password, from: address, by: cause),
            refused: "The name or the password is wrong, or the user may not sign in now.")
    }

    /// Redeems a one-use sign-in link (`linchpin admin link NAME`). Call it on a POST page only: a GET shows a button.
    public func redeem(link: Secret) async throws -> SignInAnswer {
        SignInAnswer(
            try await hub.parts.identity.redeem(link: link, from: address, by: cause),
            refused: "The link was used, is too old, or is none of ours. Make another: linchpin admin link NAME")
    }

    /// Ends the session of this request; answer with `.end`.
    public func signOut() async throws {
        guard let session = principal?.session else { return }
        try await hub.parts.identity.signOut(session, by: cause)
    }
}
