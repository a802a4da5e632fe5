import AuditTrail
import Core
import Ports
import Storage

/// Executions that end because they cannot be carried on; nothing of their journals is read.
enum GivenUp {
    /// Ends one that something in the hub stopped too often, or that cannot even be read.
    static func end(_ id: String, by cause: Cause, in writer: any SQLWriter) throws {
        let says = "something in the hub stopped it; the hub's log says what"
        let ended = try writer.returning(
            """
            UPDATE execution SET state = 'failed', ended_at = $1, reason = 'execution_broken', says = $2,
            claimed_by = '', claimed_until = 0, fence = fence + 1
            WHERE id = $3 RETURNING id, flow, parent_id, parent_path
            """, [.int(cause.now.epochMilliseconds), .text(says), .text(id)])
        for row in ended { try close(row, "execution_broken", says, by: cause, in: writer) }
        try Cancellation.ask(children: id, by: cause, in: writer)
    }

    /// Closes what an ended one leaves open, tells the execution that waits for it, and records the end.
    ///
    /// - Parameter row: `id`, `flow`, `parent_id` and `parent_path`.
    static func close(
        _ row: SQLRow, _ reason: String, _ says: String, by cause: Cause, in writer: any SQLWriter
    ) throws {
        let id = try row.text("id")
        try JournalRows.doubtWhatLeft(of: id, reason: reason, says: says, at: cause.now, in: writer)
        try writer.run(
            "UPDATE approval SET state = 'cancelled', ended_at = $1 WHERE execution_id = $2 AND state = 'pending'",
            [.int(cause.now.epochMilliseconds), .text(id)])
        if let parent = try row.optionalText("parent_id") {
            let step = JournalEntry(path: try row.optionalText("parent_path") ?? "", attempt: 1, state: .waiting)
                .becoming(.failed, output: ["execution": .string(id)], reason: "subflow_failed", says: says)
            // One in doubt goes on once a person has decided.
            if try JournalRows.write(step, of: ExecutionID(parent), at: cause.now, in: writer) {
                try Openings.wake(parent, in: writer)
            }
        }
        try writer.record(
            AuditEvent(
                .executionEnded, on: .init("execution", id: id, name: try row.text("flow")), by: cause,
                [.outcome: "failed", .reason: reason]))
    }
}

/// Something in the hub, not in the flow or outside, stopped an execution.
struct Break: Sendable {
    let execution: String
    let flow: String
    let error: any Error
    /// It was ended for it.
    let isLast: Bool
}
