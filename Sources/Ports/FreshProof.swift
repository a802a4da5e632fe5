public import Core

// Who sits down at a session that somebody left open can do everything there but what is dangerous.
extension Principal {
    /// Whether the caller has proved lately who it is. Every other caller than a session proves it with each call.
    public func hasProvedLately(at now: Timestamp) -> Bool {
        guard method == .session else { return true }
        guard let provedAt else { return false }
        return now.milliseconds(since: provedAt) < Int64(Limits.freshProofSeconds.value) * 1_000
    }
}

extension Operation {
    /// Whether a session has to prove again who it is before this runs.
    public func asksForProof(of caller: Principal, at now: Timestamp) -> Bool {
        needsFreshProof && !caller.hasProvedLately(at: now)
    }

    /// Throws `HubError` `proof_needed` where it has to. Every edge that takes sessions calls it before `run`.
    public func requireFreshProof(of caller: Principal, at now: Timestamp) throws {
        if asksForProof(of: caller, at: now) { throw Self.proofNeeded }
    }

    /// What a session is told that has to prove again who it is.
    public static let proofNeeded = HubError(
        .forbidden, "proof_needed",
        "This asks once more who you are, because you signed in a while ago. Confirm it in the console and repeat.")
}
