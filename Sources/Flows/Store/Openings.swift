import AuditTrail
import Core
import Ports
import Storage

/// What begins and ends together with a waiting step, in the transaction that keeps it: a sub-flow, an approval.
enum Openings {
    /// Begins what an entry opens. Answers the entry as it is to be kept: failed where it cannot begin.
    ///
    /// The ids stand in the entry's output; the runner draws them before the transaction.
    static func open(
        _ entry: JournalEntry, of claim: Claim, at now: Timestamp, in writer: any SQLWriter
    ) throws -> JournalEntry {
        switch entry.opens {
        case nil: return entry
        case .approval(let step, let show):
            try Approvals.ask(step, show, entry, of: claim.execution, at: now, in: writer)
            return entry
        case .flow(let name, let input):
            do {
                try Children.start(
                    name, input, ExecutionID(entry.output["execution"]?.string ?? ""), at: entry.path,
                    of: claim.execution, now: now, in: writer)
                return entry
            } catch let error as HubError where [.notFound, .conflict, .invalid].contains(error.kind) {
                return JournalEntry(
                    path: entry.path, attempt: entry.attempt, state: .failed, input: entry.input, reason: error.reason,
                    says: error.message)
            }
        }
    }

    /// Ends what a waiting step had begun, when it waits no more for another reason.
    static func close(
        _ entry: JournalEntry, of claim: Claim, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        let cause = claim.execution.cause(at: now)
        try Approvals.close(entry, of: claim.execution, by: cause, in: writer)
        try Cancellation.ask(children: claim.execution.id.rawValue, at: entry.path, by: cause, in: writer)
    }

    /// A sub-flow's end goes into the journal of the execution that waits for it, and wakes that one.
    static func tellParent(
        of claim: Claim, _ ending: ExecutionMachine.Ending, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        guard let parent = claim.execution.parent else { return }
        let waits = JournalEntry(path: parent.path, attempt: 1, state: .waiting)
        let output: JSON = ["execution": .string(claim.execution.id.rawValue)]
        let ended =
            switch ending {
            case .done: waits.becoming(.done, output: output)
            case .cancelled:
                waits.becoming(.failed, output: output, reason: "subflow_cancelled", says: "the sub-flow was cancelled")
            case .failed(let step, let reason, let says):
                waits.becoming(
                    .failed, output: output, reason: "subflow_failed",
                    says: "\(step) of the sub-flow: \(reason): \(says)")
            }
        guard try JournalRows.write(ended, of: ExecutionID(parent.id), at: now, in: writer) else { return }
        try wake(parent.id, in: writer)
    }

    /// The journal has news: whoever holds the execution reads it again, and one that rests is due at once.
    static func wake(_ execution: String, in writer: any SQLWriter) throws {
        try writer.run(
            """
            UPDATE execution SET wakes = wakes + 1,
            claimed_until = CASE WHEN claimed_by = '' THEN 0 ELSE claimed_until END
            WHERE id = $1 AND ended_at IS NULL
            """, [.text(execution)])
    }
}

/// Asks executions to end. Whoever runs one finds out before it sends anything more.
enum Cancellation {
    /// Asks one, and all executions that it started, down to the last; false when it has ended or was asked before.
    static func ask(_ id: String, by cause: Cause, in writer: any SQLWriter) throws -> Bool {
        let asked = try writer.run(
            """
            UPDATE execution SET cancel_at = $1, cancel_by = $2, wakes = wakes + 1,
            state = CASE WHEN state = 'in_doubt' THEN 'running' ELSE state END,
            claimed_until = CASE WHEN claimed_by = '' THEN 0 ELSE claimed_until END
            WHERE id = $3 AND ended_at IS NULL AND cancel_at IS NULL
            """, [.int(cause.now.epochMilliseconds), .text(cause.actor.name), .text(id)])
        guard asked == 1 else { return false }
        try ask(children: id, by: cause, in: writer)
        return true
    }

    /// Asks everything that one started and that has not ended.
    static func ask(children parent: String, by cause: Cause, in writer: any SQLWriter) throws {
        let started = try writer.rows(
            "SELECT id, flow, parent_path FROM execution WHERE parent_id = $1 AND ended_at IS NULL ORDER BY id LIMIT $2",
            [.text(parent), .int(Int64(Limits.executionSteps.value))])
        for row in started { try ask(child: row, of: parent, by: cause, in: writer) }
    }

    /// Asks what a step started, when the step waits for it no more.
    static func ask(children parent: String, at path: String, by cause: Cause, in writer: any SQLWriter) throws {
        let started = try writer.rows(
            """
            SELECT id, flow, parent_path FROM execution WHERE parent_id = $1 AND parent_path = $2 AND ended_at IS NULL
            ORDER BY id LIMIT $3
            """, [.text(parent), .text(path), .int(Int64(Limits.pageRows.value))])
        for row in started { try ask(child: row, of: parent, by: cause, in: writer) }
    }

    private static func ask(child row: SQLRow, of parent: String, by cause: Cause, in writer: any SQLWriter) throws {
        let id = try row.text("id")
        guard try ask(id, by: cause, in: writer) else { return }
        try writer.record(
            AuditEvent(
                .executionCancelAsked, on: .init("execution", id: id, name: try row.text("flow")), by: cause,
                [.execution: parent, .step: try row.optionalText("parent_path") ?? ""]))
    }
}
