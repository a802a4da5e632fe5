import AuditTrail
public import Core
import Keys
import Ports
import Storage

/// What came of the second step of a sign-in.
public enum SecondStep: Sendable {
    /// A session began; `recoveryCodes` are new ones, after the enrolment alone, to be shown this once.
    case begun(Secret, recoveryCodes: [Secret])
    /// The code was not right, or was used before; the proof may be tried again.
    case wrong
    /// The proof is over: too late, tried too often, or the user may not sign in any more. The sign-in begins anew.
    case over
    /// Too many from this address were refused within a minute; nothing was looked at.
    case tooMany
}

extension Identity {
    /// Ends a sign-in whose password was right with a code of the app or a recovery code. A wrong one counts like a wrong
    /// password, for the user and for the address.
    public func finishSignIn(
        proof: Secret, code: Secret, at place: SignInPlace, by cause: Cause
    ) async throws -> SecondStep {
        try await secondStep(proof, .code, at: place, by: cause) { facts, account, session, writer in
            guard try self.useCode(code, of: account, in: writer, by: cause) else {
                _ = try account.refuse("wrong_code", in: writer, by: cause)
                return .wrong
            }
            try account.settle(in: writer)
            try Session.begin(session, of: facts, at: place, how: "password_and_code", in: writer, by: cause)
            return .begun(session.secret, recoveryCodes: [])
        }
    }

    /// Ends a sign-in that led to the enrolment with the first code. A wrong one guesses nothing, since the secret was
    /// shown, and counts as a try of the proof only.
    public func finishEnrolment(
        proof: Secret, code: Secret, at place: SignInPlace, by cause: Cause
    ) async throws -> SecondStep {
        let codes = RecoveryCodes.new(effects)
        return try await secondStep(proof, .enrolment, at: place, by: cause) { facts, account, session, writer in
            guard try self.confirm(code, of: account, codes, in: writer, by: cause) else { return .wrong }
            try Session.begin(session, of: facts, at: place, how: "enrolment", in: writer, by: cause)
            return .begun(session.secret, recoveryCodes: codes)
        }
    }

    /// What an enrolment that a sign-in led to shows again after a wrong code; nil when its proof is over.
    public func enrolment(proof: Secret, at now: Timestamp) async throws -> Enrolment? {
        try await database.read { [seal] reader in
            guard let user = try SignInProof.user(proof, rest: .enrolment, at: now, in: reader),
                let account = try Account.find(id: user, in: reader),
                let row = try SecondFactorRows.find(user, in: reader), row.confirmedAt == nil
            else { return nil }
            return Enrolment(user: account.name, totp: try seal.open(row.sealed, of: user))
        }
    }

    private func secondStep(
        _ proof: Secret, _ rest: SignInProof.Rest, at place: SignInPlace, by cause: Cause,
        _ judge: @escaping @Sendable (UserFacts, Account, NewSecret, any SQLWriter) throws -> SecondStep
    ) async throws -> SecondStep {
        guard !isSlowedDown(.console, name: nil, place.address, at: cause.now) else { return .tooMany }
        let session = NewSecret(.session, effects)
        let (step, name) = try await database.write(.bookkeeping("a code is tried; what counts records its event")) {
            writer -> (SecondStep, String?) in
            guard let user = try SignInProof.attempt(proof, rest: rest, at: cause.now, in: writer),
                let account = try Account.find(id: user, in: writer)
            else { return (.over, nil) }
            guard let facts = try account.accept(in: writer, by: cause), !facts.isWebServiceOnly else {
                return (.over, account.name)
            }
            let step = try judge(facts, account, session, writer)
            if case .begun = step { try SignInProof.use(proof, in: writer) }
            return (step, account.name)
        }
        if case .over = step, name == nil { try await sum("no_proof", by: cause) }
        switch step {
        case .begun, .tooMany: break
        case .wrong where rest == .enrolment: break
        case .wrong, .over: countRefusal(.console, name: name, place.address, at: cause.now)
        }
        return step
    }

    /// Uses a code of the user's second factor up: of the app, a step once (RFC 6238 §5.2), or a recovery code.
    func useCode(_ code: Secret, of account: Account, in writer: any SQLWriter, by cause: Cause) throws -> Bool {
        guard let row = try SecondFactorRows.find(account.id, in: writer), row.confirmedAt != nil else { return false }
        if let step = try seal.open(row.sealed, of: account.id).step(of: code, at: cause.now) {
            return try SecondFactorRows.use(step, of: account.id, in: writer)
        }
        let hash = RecoveryCodes.hash(code, of: account.id)
        guard try RecoveryCodes.use(hash, of: account.id, at: cause.now, in: writer) else { return false }
        try writer.record(AuditEvent(.recoveryCodeUsed, on: account.target, by: cause))
        return true
    }

    /// Makes a second factor count by its first right code, with recovery codes; false for a wrong code.
    func confirm(
        _ code: Secret, of account: Account, _ codes: [Secret], in writer: any SQLWriter, by cause: Cause
    ) throws -> Bool {
        guard let row = try SecondFactorRows.find(account.id, in: writer), row.confirmedAt == nil,
            let step = try seal.open(row.sealed, of: account.id).step(of: code, at: cause.now),
            try SecondFactorRows.confirm(row.sealed, step: step, of: account.id, at: cause.now, in: writer)
        else { return false }
        try RecoveryCodes.replace(codes.map { RecoveryCodes.hash($0, of: account.id) }, of: account.id, in: writer)
        try writer.record(AuditEvent(.secondFactorSet, on: account.target, by: cause))
        try Outbox.publish(
            .secondFactorSet, ["user": .string(account.id.rawValue), "name": .string(account.name)], in: writer)
        return true
    }
}
