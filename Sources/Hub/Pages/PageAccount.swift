public import Core
import Identity
import Ports

// What people do with their own sessions and second factor. Every call is about the user of the session.
extension PageRequest {
    /// The person's open sessions, the newest first; `is_this` is true for the one of this request.
    public func ownSessions() async throws -> [JSON] {
        try await hub.parts.identity.sessions(of: try user, at: now).map { open in
            var members = open.json.object ?? JSONObject()
            members["is_this"] = .bool(open.session.id == principal?.session)
            return .object(members)
        }
    }

    /// Ends one of them; throws `HubError` `unknown_session` for one of somebody else, or one that ended.
    public func endOwnSession(_ id: String) async throws {
        try await hub.parts.identity.endSession(SessionID(id), of: try user, by: cause)
    }

    /// Since when there is a second factor, nil for none, and how many recovery codes are left.
    public func secondFactor() async throws -> (since: Timestamp?, recoveryCodes: Int) {
        let state = try await hub.parts.identity.secondFactor(of: try user)
        return (state.since, state.recoveryCodes)
    }

    /// Makes the secret of a second factor; it counts from its first right code on.
    ///
    /// Throws `HubError`: `proof_needed`, or `second_factor_set` when there is one.
    public func beginSecondFactor() async throws -> FactorSecret {
        guard principal?.hasProvedLately(at: now) == true else { throw Operation.proofNeeded }
        return FactorSecret(try await hub.parts.identity.beginSecondFactor(of: try user, by: cause), hub)
    }

    /// Confirms it by its first code. Throws `HubError` `code_refused` for a wrong one.
    ///
    /// - Returns: the recovery codes, to be shown this once.
    public func confirmSecondFactor(code: Secret) async throws -> [Secret] {
        let codes = try await hub.parts.identity.confirmSecondFactor(of: try user, code: code, by: cause)
        guard let codes else { throw HubError.wrongCode }
        return codes
    }

    /// What was begun and waits for its first code; nil for nothing.
    public func begunSecondFactor() async throws -> FactorSecret? {
        try await hub.parts.identity.begunSecondFactor(of: try user).map { FactorSecret($0, hub) }
    }

    /// Takes the second factor away. Throws `HubError`: `code_refused`, `too_many_sign_ins`.
    public func removeSecondFactor(code: Secret) async throws {
        try right(
            await hub.parts.identity.removeSecondFactor(of: try user, code: code, from: address, by: cause))
    }

    /// New recovery codes, to be shown this once. Throws `HubError`: `code_refused`, `too_many_sign_ins`.
    public func newRecoveryCodes(code: Secret) async throws -> [Secret] {
        try right(await hub.parts.identity.newRecoveryCodes(of: try user, code: code, from: address, by: cause))
    }

    /// Proves again who is at this session: by a code where there is a second factor, by the password otherwise. Throws
    /// `HubError`: `proof_refused`, `too_many_sign_ins`.
    public func proveAgain(by proof: Secret) async throws {
        guard let session = principal?.session else { throw Self.nobody }
        try right(
            await hub.parts.identity.proveAgain(session, of: try user, by: proof, from: address, cause: cause),
            wrong: HubError(.unauthenticated, "proof_refused", "That is not right, or was used already. Try again."))
    }

    private func right<R>(_ answer: ProofAnswer<R>, wrong: HubError = .wrongCode) throws -> R {
        switch answer {
        case .right(let value): return value
        case .wrong: throw wrong
        case .tooMany: throw HubError.tooManySignIns
        }
    }

    private var user: UserID {
        get throws {
            guard let user = principal?.user else { throw Self.nobody }
            return user
        }
    }

    private static let nobody = HubError(.internal, "no_principal", "Internal error.", detail: "nobody is signed in")
}
