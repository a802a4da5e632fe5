import Access
import Core
import Identity
import Storage

extension Gatekeeper {
    /// Decides for a presented session. People are few and slow: sessions are read each time, not remembered.
    func decide(
        _ method: String, _ target: RequestTarget, need: RouteNeed, session secret: Secret, isForeign: Bool,
        isUse: Bool, at now: Timestamp
    ) async throws -> Decision {
        let (decision, session) = try await database.read { reader in
            let session = try Session.find(presented: secret, in: reader)
            let caller = Caller.session(try Self.facts(session, isForeign: isForeign, at: now, in: reader))
            return (try Self.decide(method, target, need: need, caller: caller, at: now, in: reader), session)
        }
        if decision.isAllowed, isUse, let session, session.isToBeTouched(at: now) {
            try await database.write(.bookkeeping("a session was used")) { try session.touch(at: now, in: $0) }
        }
        return decision
    }

    private static func facts(
        _ session: Session?, isForeign: Bool, at now: Timestamp, in reader: any SQLReader
    ) throws -> SessionFacts {
        guard let session else { return .unknown }
        return .found(
            SessionFacts.Begun(
                id: session.id, user: try Identity.facts(session.user.rawValue, at: now, in: reader),
                begunAt: session.begunAt, provedAt: session.provedAt, idleAt: session.idleAt,
                expiresAt: session.expiresAt,
                endedAt: session.endedAt, isForeign: isForeign))
    }
}
