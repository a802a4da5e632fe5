import AuditTrail
import Core
import Ports
import Storage

/// What a hub finds when it no longer holds an execution: another one goes on with it. Not a failure.
struct ClaimLost: Error {}

/// What a hub finds when others wrote into the journal that it holds: it reads it again.
struct JournalMoved: Error {}

/// What a hub finds when somebody cancelled the execution before a step left.
struct CancelAsked: Error {}

/// Claims, journals and ends executions.
struct ExecutionStore: Sendable {
    let database: any Database
    let effects: Effects
    let hub: String
    /// What versions of flows say, by flow and version: neither ever changes.
    private let definitions: EpochMemory<String, FlowDefinition>

    init(database: any Database, effects: Effects, hub: String) {
        self.database = database
        self.effects = effects
        self.hub = hub
        definitions = EpochMemory(database.epochs, most: Limits.flows.value)
    }

    /// Frees what this hub held when it died; called once, before it claims anything.
    func freeOwn() async throws {
        try await database.write(.bookkeeping("claims of this hub's former life")) { [hub] writer in
            try writer.run(
                """
                UPDATE execution SET claimed_by = '', claimed_until = 0, fence = fence + 1
                WHERE claimed_by = $1 AND state = 'running'
                """, [.text(hub)])
        }
    }

    /// No execution rests longer than `Limits.restSeconds`: one that would has its moment from a clock that was ahead.
    func wakeFarSleepers(at now: Timestamp) async throws {
        let farthest = now.adding(seconds: Int64(Limits.restSeconds.value))
        try await database.write(.bookkeeping("rests by a clock that was ahead")) { writer in
            try writer.run(
                """
                UPDATE execution SET claimed_until = 0
                WHERE state IN ('waiting', 'running') AND claimed_by = '' AND claimed_until > $1
                """, [.int(farthest.epochMilliseconds)])
        }
    }

    /// Takes the oldest executions that are due and that nobody holds, at most so many.
    ///
    /// One whose row cannot be read is ended and told, so that it stands in no other's way.
    func claim(
        _ most: Int, at now: Timestamp, tell: @Sendable (Break) -> Void = { _ in }
    ) async throws -> [Claim] {
        let cause = Cause(.hub, at: now, .new(effects))
        let until = now.adding(seconds: Int64(Limits.executionClaimSeconds.value))
        let (claims, broken) = try await patiently(
            .bookkeeping("claims of executions; one that cannot be read has its event")
        ) { [hub] writer -> ([Claim], [Break]) in
            let taken = try writer.returning(
                """
                UPDATE execution SET state = 'running', claimed_by = $1, claimed_until = $2, fence = fence + 1
                WHERE id IN (
                  SELECT id FROM execution WHERE state IN ('waiting', 'running') AND claimed_until < $3
                  ORDER BY claimed_until, started_at, id LIMIT $4)
                AND state IN ('waiting', 'running') AND claimed_until < $3
                RETURNING id, flow_id, flow, version, trigger, correlation, fence, started_at, test, parent_id,
                parent_path, depth, chain, origins, rerun_of
                """, [.text(hub), .int(until.epochMilliseconds), .int(now.epochMilliseconds), .int(Int64(most))])
            var (claims, broken): ([Claim], [Break]) = ([], [])
            for row in taken {
                do {
                    claims.append(Claim(execution: try Execution(row), hub: hub, fence: try row.int("fence")))
                } catch {
                    let id = try row.text("id")
                    try GivenUp.end(id, by: cause, in: writer)
                    broken.append(Break(execution: id, flow: try row.text("flow"), error: error, isLast: true))
                }
            }
            return (claims, broken)
        }
        broken.forEach(tell)
        return claims
    }

    /// Extends a claim; false when it was lost or the execution has ended.
    func renew(_ claim: Claim, at now: Timestamp) async throws -> Bool {
        try await database.write(.bookkeeping("renewal of a claim")) { writer in
            try Self.hold(claim, at: now, in: writer) != nil
        }
    }

    /// All attempts of an execution, and what others want of it.
    func load(_ claim: Claim) async throws -> (journal: Journal, standing: Standing) {
        try await database.read { reader in
            let row = try reader.row(
                "SELECT wakes, cancel_at FROM execution WHERE id = $1", [.text(claim.execution.id.rawValue)])
            guard let row else { throw ClaimLost() }
            return (Journal(try JournalRows.entries(of: claim.execution.id, in: reader)), try Standing(row))
        }
    }

    /// Keeps entries, and ends the execution or its claim, in one transaction that only the claim's holder can commit.
    ///
    /// Throws `ClaimLost` when another hub holds it, `JournalMoved` when a row is not in the state that an entry
    /// replaces, `CancelAsked` where a step is about to leave or to be done and the execution was cancelled, and
    /// `LocalStep.Refused` where its change cannot be made.
    ///
    /// - Parameter step: what is done to a record, with its outcome.
    func keep(
        _ entries: [JournalEntry], of claim: Claim, doing step: LocalStep? = nil, then: Afterwards = .goOn,
        events: [AuditEvent] = [], at now: Timestamp
    ) async throws -> Standing {
        try await patiently(.bookkeeping("journal of an execution; what people answer for records its own event")) {
            writer in
            guard var standing = try Self.hold(claim, at: now, in: writer) else { throw ClaimLost() }
            let isBegun = step != nil || entries.contains { $0.state == .sent && $0.replaces == .planned }
            if standing.isCancelled, isBegun { throw CancelAsked() }
            for entry in entries {
                let kept = try Openings.open(entry, of: claim, at: now, in: writer)
                if kept.state != entry.state { standing.isStale = true }
                guard try JournalRows.write(kept, of: claim.execution.id, at: now, in: writer) else {
                    throw JournalMoved()
                }
                if kept.replaces == .waiting { try Openings.close(kept, of: claim, at: now, in: writer) }
            }
            try step?.write(of: claim.execution.id, at: now, in: writer)
            try Self.finish(claim, then, standing, at: now, in: writer)
            for event in events { try writer.record(event) }
            return standing
        }
    }

    /// The flow as it was when the execution started, whatever became of it since.
    func definition(of execution: Execution) async throws -> FlowDefinition {
        let look = definitions.look(at: effects.monotonicNanoseconds())
        let version = "\(execution.flowID) \(execution.version)"
        if let known = look.find(version) { return known }
        let definition = try await database.read { reader in
            try FlowStore.definition(execution.flowID, execution.flow, version: execution.version, in: reader)
        }
        look.keep(definition, for: version)
        return definition
    }

    /// The approvals that were made for a call that is about to leave; first the one that counts longest.
    func approvals(of leaving: Leaving, _ claim: Claim, _ flow: FlowDefinition) async throws -> [StepApproval.Found] {
        guard !flow.approvals(of: StepPath.name(leaving.entry.path)).isEmpty else { return [] }
        return try await database.read { reader in
            try StepApproval.all(of: leaving.entry, leaving.work, in: claim.execution, flow, reader)
        }
    }

    /// Counts that a claimed execution broke; the last time that is allowed ends it. Answers how often it was.
    func broke(_ claim: Claim, at now: Timestamp) async throws -> Int64 {
        try await patiently(.bookkeeping("a break of an execution; its end records its own event")) { writer in
            let counted = try writer.returning(
                """
                UPDATE execution SET breaks = breaks + 1
                WHERE id = $1 AND claimed_by = $2 AND fence = $3 AND state = 'running'
                RETURNING breaks
                """, [.text(claim.execution.id.rawValue), .text(claim.hub), .int(claim.fence)])
            guard let breaks = try counted.first?.int("breaks") else { throw ClaimLost() }
            if breaks >= Limits.executionBreaks.value {
                try GivenUp.end(claim.execution.id.rawValue, by: claim.execution.cause(at: now), in: writer)
            }
            return breaks
        }
    }

    /// A write that is tried again while the store is contended or its queue is full: nothing was committed then, and
    /// an outcome that is given up here would put its step in doubt.
    private func patiently<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R {
        var attempt: Int64 = 1
        while true {
            do {
                return try await database.write(kind, body)
            } catch let error as HubError where error.kind == .unavailable && attempt < Limits.journalRetries.value {
                try await effects.sleep(20 * attempt)
                attempt += 1
            }
        }
    }

    /// What happens to an execution after its entries are kept.
    enum Afterwards: Sendable, Equatable {
        case goOn
        /// Nobody holds it; it is due again then, or at once when others wrote into its journal since `seen`.
        case rest(until: Timestamp, seen: Standing)
        case inDoubt
        case end(ExecutionMachine.Ending)
    }
}

/// What others have done to an execution, as of a transaction.
struct Standing: Sendable, Equatable {
    /// Grows with each entry that others wrote into the journal: an approval, the end of a sub-flow.
    var wakes: Int64
    var isCancelled: Bool
    /// An entry was kept otherwise than it was handed in; read the journal again.
    var isStale = false

    init(_ row: SQLRow) throws {
        wakes = try row.int("wakes")
        isCancelled = try row.optionalInt("cancel_at") != nil
    }
}

extension ExecutionStore {
    private static func hold(_ claim: Claim, at now: Timestamp, in writer: any SQLWriter) throws -> Standing? {
        let until = now.adding(seconds: Int64(Limits.executionClaimSeconds.value))
        return try writer.returning(
            """
            UPDATE execution SET claimed_until = $1
            WHERE id = $2 AND claimed_by = $3 AND fence = $4 AND state = 'running'
            RETURNING wakes, cancel_at
            """,
            [.int(until.epochMilliseconds), .text(claim.execution.id.rawValue), .text(claim.hub), .int(claim.fence)]
        ).first.map(Standing.init)
    }

    private static func finish(
        _ claim: Claim, _ then: Afterwards, _ standing: Standing, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        let id = claim.execution.id.rawValue
        switch then {
        case .goOn: break
        case .rest(let until, let seen):
            try writer.run(
                "UPDATE execution SET claimed_by = '', claimed_until = $1 WHERE id = $2",
                [.int(standing == seen ? until.epochMilliseconds : 0), .text(id)])
        case .inDoubt:
            // Cancelled meanwhile: a hub takes it up at once and ends it.
            let state = standing.isCancelled ? "running" : ExecutionState.inDoubt.rawValue
            try writer.run(
                "UPDATE execution SET state = $1, claimed_by = '', claimed_until = 0 WHERE id = $2",
                [.text(state), .text(id)])
        case .end(let ending):
            let (state, reason, says) = ending.columns
            try writer.run(
                """
                UPDATE execution SET state = $1, ended_at = $2, reason = $3, says = $4, claimed_by = '',
                claimed_until = 0 WHERE id = $5
                """,
                [.text(state.rawValue), .int(now.epochMilliseconds), .text(reason), .text(says), .text(id)])
            try Openings.tellParent(of: claim, ending, at: now, in: writer)
        }
    }
}

extension ExecutionMachine.Ending {
    fileprivate var columns: (state: ExecutionState, reason: String, says: String) {
        switch self {
        case .done: (.done, "", "")
        case .failed(_, let reason, let says): (.failed, reason, says)
        case .cancelled: (.cancelled, "cancelled", "it was cancelled")
        }
    }
}
