public import Core
import Identity
import Ports

/// What came of signing in.
public enum SignInAnswer: Sendable {
    /// A session began; hand the secret to `PageReply.session` as `.begin`.
    case begun(Secret)
    /// The first step was right: ask for a code, and hand it to `finishSignIn` with this proof, which stands in the form.
    case codeNeeded(Secret)
    /// The first step was right, and the user has to set up a second factor: show this, and hand the first code to
    /// `finishEnrolment` with this proof.
    case enrolmentNeeded(Secret, FactorSecret)
    /// It did not; the sentence is the same whether name, password, lock or kind of user is the reason.
    case refused(HubError)
}

/// What came of the second step of a sign-in.
public enum SecondStepAnswer: Sendable {
    /// A session began; recovery codes after an enrolment alone, to be shown this once.
    case begun(Secret, recoveryCodes: [Secret])
    /// The same form may be sent again.
    case again(HubError)
    /// The sign-in begins anew.
    case over(HubError)
}

/// What an authenticator app needs to know once.
public struct FactorSecret: Sendable {
    /// For typing, in base 32.
    public let typed: Secret
    /// The `otpauth:` address, which holds the secret too.
    public let address: Secret

    init(_ enrolment: Enrolment, _ hub: Hub) {
        typed = enrolment.secret
        // The app shows it; a colon would end it there.
        let host = StrictURL(hub.issuer)?.host.replacing(":", with: ".")
        address = enrolment.address(issuer: "Linchpin" + (host.map { " at \($0)" } ?? ""))
    }
}

extension PageRequest {
    /// Signs in with name and password. Call it on a POST page only.
    ///
    /// Throws `HubError` of kind `unavailable` when too many sign in at once.
    public func signIn(user: String, password: Secret) async throws -> SignInAnswer {
        answer(
            try await hub.parts.identity.signIn(user: user, password: password, at: place, by: cause),
            refused: "The name or the password is wrong, or the user may not sign in now.")
    }

    /// Redeems a one-use sign-in link (`linchpin admin link NAME`). Call it on a POST page only: a GET shows a button.
    public func redeem(link: Secret) async throws -> SignInAnswer {
        answer(
            try await hub.parts.identity.redeem(link: link, at: place, by: cause),
            refused: "The link was used, is too old, or is none of ours. Make another: linchpin admin link NAME")
    }

    /// Ends a sign-in with a code of the app or a recovery code.
    public func finishSignIn(proof: Secret, code: Secret) async throws -> SecondStepAnswer {
        answer(try await hub.parts.identity.finishSignIn(proof: proof, code: code, at: place, by: cause))
    }

    /// Ends a sign-in that led to setting up a second factor, with its first code.
    public func finishEnrolment(proof: Secret, code: Secret) async throws -> SecondStepAnswer {
        answer(try await hub.parts.identity.finishEnrolment(proof: proof, code: code, at: place, by: cause))
    }

    /// What is shown again beside the form for the first code; nil when the proof is over.
    public func enrolment(proof: Secret) async throws -> FactorSecret? {
        try await hub.parts.identity.enrolment(proof: proof, at: now).map { FactorSecret($0, hub) }
    }

    /// Ends the session of this request; answer with `.end`.
    public func signOut() async throws {
        guard let session = principal?.session else { return }
        try await hub.parts.identity.signOut(session, by: cause)
    }

    private var place: SignInPlace { SignInPlace(address: address, browser: browser) }

    private func answer(_ start: SessionStart, refused sentence: String) -> SignInAnswer {
        switch start {
        case .begun(let secret): .begun(secret)
        case .codeNeeded(let proof): .codeNeeded(proof)
        case .enrolmentNeeded(let proof, let enrolment): .enrolmentNeeded(proof, FactorSecret(enrolment, hub))
        case .refused: .refused(HubError(.unauthenticated, "sign_in_refused", sentence))
        case .tooMany: .refused(.tooManySignIns)
        }
    }

    private func answer(_ step: SecondStep) -> SecondStepAnswer {
        switch step {
        case .begun(let secret, let codes): .begun(secret, recoveryCodes: codes)
        case .wrong: .again(.wrongCode)
        case .over:
            .over(
                HubError(
                    .unauthenticated, "sign_in_over",
                    "The sign-in took too long, had too many wrong codes, or the user may not sign in now. Begin anew.")
            )
        case .tooMany: .again(.tooManySignIns)
        }
    }
}

extension HubError {
    static let tooManySignIns = HubError(
        .tooManyRequests, "too_many_sign_ins", "Too many sign-ins were refused. Wait for a minute.")
    static let wrongCode = HubError(
        .unauthenticated, "code_refused",
        "The code is wrong, was used already, or is too old. Wait for the next one, or take a recovery code.")
}
