import AuditTrail
public import Core
import Ports
import Storage

// A session that proves again who it is, before something dangerous.
extension Identity {
    /// Whoever has a second factor proves it by a code, everybody else by the password. Wrong ones count like those of a
    /// sign-in, and keep out further ones, not the session.
    ///
    /// - Throws: `HubError` of kind `unavailable` when too many wait for the hash of a password.
    public func proveAgain(
        _ session: SessionID, of user: UserID, by proof: Secret, from address: String, cause: Cause
    ) async throws -> ProofAnswer<Void> {
        let (account, hasFactor) = try await database.read { reader in
            (try Account.find(id: user, in: reader), try SecondFactorRows.isSet(user, in: reader))
        }
        guard let account else { return .wrong }
        if hasFactor {
            return try await byCode(proof, of: user, from: address, by: cause) { account, writer in
                try Session.prove(session, of: account, in: writer, by: cause)
            }
        }
        guard !isSlowedDown(.console, name: account.name, address, at: cause.now) else { return .tooMany }
        let done: Bool? = try await proved(user: account.name, password: proof, by: cause) { _, account, writer in
            // A second factor that was set up meanwhile is asked for.
            guard try !SecondFactorRows.isSet(user, in: writer) else { return nil }
            try account.settle(in: writer)
            try Session.prove(session, of: account, in: writer, by: cause)
            return true
        }
        if done == true { return .right(()) }
        countRefusal(.console, name: account.name, address, at: cause.now)
        return .wrong
    }
}

extension Session {
    /// Keeps the moment of the proof; throws `unknown_session` for a session of somebody else, or one that ended.
    static func prove(_ id: SessionID, of account: Account, in writer: any SQLWriter, by cause: Cause) throws {
        let count = try writer.run(
            "UPDATE user_session SET proved_at = $3 WHERE id = $1 AND user_id = $2 AND ended_at IS NULL",
            [.text(id.rawValue), .text(account.id.rawValue), .int(cause.now.epochMilliseconds)])
        guard count == 1 else { throw Identity.unknownSession }
        try writer.record(AuditEvent(.provedAgain, on: account.target, by: cause, [.session: id.rawValue]))
    }
}
