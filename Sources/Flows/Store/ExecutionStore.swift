import AuditTrail
import Core
import Storage

/// What a hub finds when it no longer holds an execution: another one goes on with it. Not a failure.
struct ClaimLost: Error {}

/// Claims, journals and ends executions.
struct ExecutionStore: Sendable {
    let database: any Database
    let effects: Effects
    let hub: String

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

    /// Takes the oldest execution that is due and that nobody holds; nil when there is none.
    func claim(at now: Timestamp) async throws -> Claim? {
        let until = now.adding(seconds: Int64(Limits.executionClaimSeconds.value))
        return try await patiently(.bookkeeping("claim of an execution")) { [hub] writer in
            let taken = try writer.returning(
                """
                UPDATE execution SET state = 'running', claimed_by = $1, claimed_until = $2, fence = fence + 1
                WHERE id IN (
                  SELECT id FROM execution WHERE state IN ('waiting', 'running') AND claimed_until < $3
                  ORDER BY claimed_until, started_at, id LIMIT 1)
                AND state IN ('waiting', 'running') AND claimed_until < $3
                RETURNING id, flow_id, flow, version, trigger, correlation, fence
                """, [.text(hub), .int(until.epochMilliseconds), .int(now.epochMilliseconds)])
            guard let row = taken.first else { return nil }
            return Claim(execution: try Self.execution(row), hub: hub, fence: try row.int("fence"))
        }
    }

    /// Extends a claim; false when it was lost or the execution has ended.
    func renew(_ claim: Claim, at now: Timestamp) async throws -> Bool {
        try await database.write(.bookkeeping("renewal of a claim")) { writer in
            try Self.hold(claim, at: now, in: writer)
        }
    }

    /// All attempts of an execution.
    func journal(of id: ExecutionID) async throws -> Journal {
        try await database.read { reader in Journal(try Self.entries(of: id, in: reader)) }
    }

    /// Keeps entries, and ends the execution or its claim, in one transaction that only the claim's holder can commit.
    ///
    /// Throws `ClaimLost` when another hub holds it, or a row is not in the state that an entry replaces.
    func keep(
        _ entries: [JournalEntry], of claim: Claim, then: Afterwards = .goOn, events: [AuditEvent] = [],
        at now: Timestamp
    ) async throws {
        let kind = events.isEmpty ? WriteKind.bookkeeping("journal of an execution") : .change
        try await patiently(kind) { writer in
            guard try Self.hold(claim, at: now, in: writer) else { throw ClaimLost() }
            for entry in entries {
                guard try Self.write(entry, of: claim.execution.id, at: now, in: writer) else { throw ClaimLost() }
            }
            try Self.finish(claim.execution.id, then, at: now, in: writer)
            for event in events { try writer.record(event) }
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
        /// Nobody holds it; it is due again then.
        case rest(until: Timestamp)
        case inDoubt
        case end(ExecutionMachine.Ending)
    }
}

extension ExecutionStore {
    private static func hold(_ claim: Claim, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        let until = now.adding(seconds: Int64(Limits.executionClaimSeconds.value))
        return try writer.run(
            """
            UPDATE execution SET claimed_until = $1
            WHERE id = $2 AND claimed_by = $3 AND fence = $4 AND state = 'running'
            """,
            [.int(until.epochMilliseconds), .text(claim.execution.id.rawValue), .text(claim.hub), .int(claim.fence)])
            == 1
    }

    private static func finish(
        _ id: ExecutionID, _ then: Afterwards, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        switch then {
        case .goOn: break
        case .rest(let until):
            try writer.run(
                "UPDATE execution SET claimed_by = '', claimed_until = $1 WHERE id = $2",
                [.int(until.epochMilliseconds), .text(id.rawValue)])
        case .inDoubt:
            try writer.run(
                "UPDATE execution SET state = 'in_doubt', claimed_by = '', claimed_until = 0 WHERE id = $1",
                [.text(id.rawValue)])
        case .end(let ending):
            let (state, reason, says) =
                switch ending {
                case .done: (Execution.State.done, "", "")
                case .failed(_, let reason, let says): (.failed, reason, says)
                }
            try writer.run(
                """
                UPDATE execution SET state = $1, ended_at = $2, reason = $3, says = $4, claimed_by = '',
                claimed_until = 0 WHERE id = $5
                """,
                [
                    .text(state.rawValue), .int(now.epochMilliseconds), .text(reason), .text(says), .text(id.rawValue),
                ])
        }
    }

    /// Inserts an attempt, or moves it from the state that it replaces; false when the row is not in that state.
    static func write(
        _ entry: JournalEntry, of id: ExecutionID, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        let at = SQLValue.int(now.epochMilliseconds)
        let ended: SQLValue = entry.state == .planned || entry.state == .sent ? .null : at
        let sent: SQLValue = entry.state == .sent ? at : .null
        let common: [SQLValue] = [
            .text(id.rawValue), .text(entry.path), .int(Int64(entry.attempt)), .text(entry.state.rawValue),
            .text(entry.output.text()), .text(entry.reason), .text(entry.says), sent, ended,
        ]
        guard let replaced = entry.replaces else {
            return try writer.run(
                """
                INSERT INTO execution_step
                (execution_id, path, attempt, state, output, reason, says, sent_at, ended_at, input, planned_at, seq)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                  (SELECT COALESCE(MAX(seq), 0) + 1 FROM execution_step WHERE execution_id = $1))
                ON CONFLICT DO NOTHING
                """, common + [.text(entry.input.text()), at]) == 1
        }
        return try writer.run(
            """
            UPDATE execution_step SET state = $4, output = $5, reason = $6, says = $7,
            sent_at = COALESCE(sent_at, $8), ended_at = $9
            WHERE execution_id = $1 AND path = $2 AND attempt = $3 AND state = $10
            """, common + [.text(replaced.rawValue)]) == 1
    }

    /// All attempts, oldest first.
    static func entries(of id: ExecutionID, in reader: any SQLReader) throws -> [JournalEntry] {
        let most = Limits.executionSteps.value * Limits.stepAttempts.value
        return try reader.rows(
            """
            SELECT path, attempt, state, input, output, reason, says FROM execution_step
            WHERE execution_id = $1 ORDER BY seq LIMIT $2
            """, [.text(id.rawValue), .int(Int64(most))]
        ).map(Self.entry)
    }

    static func entry(_ row: SQLRow) throws -> JournalEntry {
        guard let state = JournalEntry.State(rawValue: try row.text("state")) else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "execution_step.state is unknown")
        }
        return JournalEntry(
            path: try row.text("path"), attempt: Int(try row.int("attempt")), state: state,
            input: try JSON.read(try row.text("input")), output: try JSON.read(try row.text("output")),
            reason: try row.text("reason"), says: try row.text("says"))
    }

    static func execution(_ row: SQLRow) throws -> Execution {
        guard let correlation = CorrelationID(try row.text("correlation")) else {
            throw HubError(.internal, "bad_row", "Internal error.", detail: "execution.correlation is none")
        }
        return Execution(
            id: ExecutionID(try row.text("id")), flowID: try row.text("flow_id"), flow: try row.text("flow"),
            version: try row.int("version"), trigger: try JSON.read(try row.text("trigger")),
            correlation: correlation)
    }
}
