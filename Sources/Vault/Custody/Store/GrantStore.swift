import AuditTrail
import Core
import Storage

/// The machine's decisions, each in one database transaction.
struct GrantStore: Sendable {
    let database: any Database
    /// This hub's name, as the holder of leases.
    let hub: String

    /// One request on its way, and what it takes to settle it.
    struct Flight: Sendable {
        let hold: Lease.Hold
        let intent: RefreshIntent
        let grant: OutsideGrant
        /// The token set that is presented; nil before the first.
        let tokens: SealedSecret?
        let policy: RefreshPolicy
    }

    enum Begun: Sendable {
        /// Another hub fetches tokens for this credential.
        case busy
        /// There is nothing to do, or nothing that may be done; look again.
        case nothing
        /// An answer got lost with a hub that died or was cut off.
        case doubt
        case send(Flight)
    }

    /// What came of a flight.
    struct Outcome: Sendable {
        let verdict: GrantMachine.Verdict
        /// Sealed for the next generation; nil unless tokens came.
        var tokens: SealedSecret?
        /// What was granted; nil unless tokens came.
        var scopes: [String]?
        var refreshEnd: Timestamp?
        /// The failure's code.
        var refusal: String?
    }

    static func lease(_ credentialID: String) -> String { "custody/\(credentialID)" }

    /// Takes the credential's lease and writes the intent, before anything leaves.
    ///
    /// - Parameter new: the row for a credential that has none yet.
    func begin(
        _ new: OutsideGrant, _ policy: RefreshPolicy, name: String, refused: Int64?, isAhead: Bool, by cause: Cause
    ) async throws -> Begun {
        let id = new.credentialID
        let hub = hub
        return try await database.write(.bookkeeping("an intent; a grant in doubt records its event")) { writer in
            guard
                let hold = try Lease.acquire(
                    Self.lease(id), holder: hub, at: cause.now, seconds: Limits.refreshLeaseSeconds.value, in: writer)
            else { return .busy }
            let found = try GrantRows.find(id, in: writer)
            var grant = found ?? new
            let standing = try GrantRows.intent(id, in: writer)
            switch GrantMachine.begin(
                grant.state, standing, fence: hold.fence, policy, refused: refused, isAhead: isAhead, at: cause.now)
            {
            case .send(let intent):
                if found == nil { try GrantRows.keep(grant, policy, at: cause.now, in: writer) }
                guard try GrantRows.write(intent, id, in: writer) else { return .nothing }
                let tokens =
                    try grant.state.generation == 0
                    ? nil : SecretRows.find(grant.secretID, version: grant.state.generation, in: writer)
                return .send(Flight(hold: hold, intent: intent, grant: grant, tokens: tokens, policy: policy))
            case .doubt(let doubtful):
                grant.state = doubtful
                (grant.refusal, grant.refusedAt) = ("answer_lost_with_hub", cause.now)
                try GrantRows.keep(grant, policy, at: cause.now, in: writer)
                try writer.record(Self.event(.grantInDoubt, grant, name, by: cause))
                try Lease.release(hold, in: writer)
                return .doubt
            case .nothing:
                try Lease.release(hold, in: writer)
                return .nothing
            }
        }
    }

    /// Keeps the lease while the request is on its way; false when it is lost, which ends nothing: the intent decides.
    func renew(_ hold: Lease.Hold, at now: Timestamp) async throws -> Bool {
        try await database.write(.bookkeeping("a lease kept longer")) { writer in
            try Lease.renew(hold, at: now, seconds: Limits.refreshLeaseSeconds.value, in: writer)
        }
    }

    /// Stores what came back and takes the intent away.
    ///
    /// - Returns: the grant as it is now; nil when somebody else took over and what came back counts no more.
    func settle(_ flight: Flight, _ outcome: Outcome, name: String, by cause: Cause) async throws -> OutsideGrant? {
        let id = flight.grant.credentialID
        return try await database.write(.bookkeeping("a refresh's outcome; what ends a grant records its event")) {
            writer in
            guard var grant = try GrantRows.find(id, in: writer) else { return nil }
            let before = grant
            let intent = try GrantRows.intent(id, in: writer)
            let settled = GrantMachine.settle(
                grant.state, intent, mine: flight.intent, outcome.verdict, flight.policy, at: cause.now)
            try Lease.release(flight.hold, in: writer)
            switch settled {
            case .overtaken: return nil
            case .stored(let state):
                guard let tokens = outcome.tokens else {
                    throw HubError(.internal, "tokens_not_sealed", "Internal error.", detail: id)
                }
                grant.state = state
                grant.scopes = outcome.scopes
                if let end = outcome.refreshEnd { grant.refreshEnd = end }
                (grant.refusal, grant.refusedAt) = (nil, nil)
                try SecretRows.supersede(tokens, at: cause.now, in: writer)
                try GrantRows.end(flight.intent, id, in: writer)
            case .kept(let state, let intentEnds):
                grant.state = state
                (grant.refusal, grant.refusedAt) = (outcome.refusal, cause.now)
                if intentEnds { try GrantRows.end(flight.intent, id, in: writer) }
            }
            try GrantRows.keep(grant, flight.policy, at: cause.now, in: writer)
            try Self.tell(before, grant, name, by: cause, in: writer)
            return grant
        }
    }

    /// Records what somebody should know of the difference.
    private static func tell(
        _ before: OutsideGrant, _ after: OutsideGrant, _ name: String, by cause: Cause, in writer: any SQLWriter
    ) throws {
        if after.state.word != before.state.word {
            switch after.state.word {
            case .inDoubt: try writer.record(event(.grantInDoubt, after, name, by: cause))
            case .dead: try writer.record(event(.grantEnded, after, name, by: cause))
            case .held where before.state.word != .none:
                try writer.record(event(.grantMended, after, name, by: cause))
            case .none, .held: break
            }
        }
        if let was = before.scopes, let now = after.scopes, Set(was) != Set(now) {
            let changed = Set(was).symmetricDifference(now).sorted()
            for scope in changed.prefix(Limits.grantScopes.value) {
                var event = event(.grantScopesChanged, after, name, by: cause)
                event = AuditEvent(
                    event.action, on: event.target, by: cause,
                    [.scope: Shown.name(scope), .outcome: now.contains(scope) ? "granted" : "withdrawn"])
                try writer.record(event)
            }
        }
        if let refusal = after.refusal, refusal != before.refusal, after.state.word == .held {
            try writer.record(event(.tokenNotRefreshed, after, name, by: cause))
        }
    }

    static func event(
        _ action: AuditEvent.Action, _ grant: OutsideGrant, _ name: String, by cause: Cause
    ) -> AuditEvent {
        var details: [AuditEvent.Key: String] = [.version: String(grant.state.generation)]
        if let refusal = grant.refusal { details[.reason] = refusal }
        return AuditEvent(action, on: .init("credential", id: grant.credentialID, name: name), by: cause, details)
    }
}
