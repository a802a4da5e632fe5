import AuditTrail
import Core
import Storage

/// Refusals that anybody can bring about, so that nobody can fill the audit trail with them.
extension Identity {
    /// Counts one, and records the first of its kind in a minute as an event; the transaction log has every one.
    ///
    /// In the store, so that hubs count together and each refusal costs one transaction that writes, like that of a user
    /// who is there: else time would tell who is.
    /// - Parameter isRecorded: whether there is an event at all.
    func sum(
        _ reason: String, on target: AuditEvent.Target = .init("user", id: "-", name: "-"), isRecorded: Bool = true,
        by cause: Cause
    ) async throws {
        try await database.write(.bookkeeping("refused sign-ins are counted")) { writer in
            try Self.sum(reason, on: target, isRecorded: isRecorded, by: cause, in: writer)
        }
    }

    /// The same, within a transaction.
    static func sum(
        _ reason: String, on target: AuditEvent.Target, isRecorded: Bool = true, by cause: Cause,
        in writer: any SQLWriter
    ) throws {
        let counted = try writer.returning(
            """
            INSERT INTO refused_sign_in (reason, subject, in_minute, times) VALUES ($1, $2, $3, 1)
            ON CONFLICT (reason, subject) DO UPDATE SET in_minute = $3, times =
                CASE WHEN refused_sign_in.in_minute = $3 THEN refused_sign_in.times + 1 ELSE 1 END
            RETURNING times
            """, [.text(reason), .text(target.id), .int(cause.now.epochSeconds / 60)])
        guard isRecorded, try counted.first?.int("times") == 1 else { return }
        try writer.record(AuditEvent(.signInRefused, on: target, by: cause, [.reason: reason]))
    }

    /// One way to sign in; refusals of each are counted apart, so that a program with a wrong password keeps nobody out of
    /// the console.
    enum SignInWay: String {
        case console, basic, client
    }

    /// Whether too many were refused within the minute, of this name or from this address.
    func isSlowedDown(_ way: SignInWay, name: String?, _ address: String, at now: Timestamp) -> Bool {
        if let name,
            refusedSignIns.counted("\(way) name \(name)", at: now) >= Limits.signInsOfOneName.value
        {
            return true
        }
        return refusedSignIns.counted("\(way) address \(address)", at: now) >= Limits.signInsOfOneAddress.value
    }

    func countRefusal(_ way: SignInWay, name: String?, _ address: String, at now: Timestamp) {
        if let name { _ = refusedSignIns.count("\(way) name \(name)", at: now) }
        _ = refusedSignIns.count("\(way) address \(address)", at: now)
    }
}
