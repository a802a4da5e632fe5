import AuditTrail
public import Core
import Ports
public import Storage

extension Flows {
    private static let says = "The store was brought back from a copy while this ran. See the log, then start it again."

    /// Ends what was under way when a copy of the store was made: what it did since is not in the copy, so to go on
    /// would do it twice. Record changes that no flow had seen yet start none, nor do ticks since, for the same reason.
    ///
    /// Executions in doubt stay in doubt; a person decides.
    /// - Returns: how many executions were ended.
    public static func endWhatRan(by cause: Cause, in writer: any SQLWriter) throws -> Int {
        try writer.run("DELETE FROM outbox WHERE topic = $1", [.text(Outbox.Topic.recordChange.rawValue)])
        try Clockwork.passOver(by: cause, in: writer)
        let now = SQLValue.int(cause.now.epochMilliseconds)
        let ended = try writer.returning(
            """
            UPDATE execution SET state = 'failed', ended_at = $1, claimed_by = '', claimed_until = 0, fence = fence + 1,
            reason = 'store_restored', says = $2
            WHERE state IN ('waiting', 'running') RETURNING id, flow, parent_id, parent_path
            """, [now, .text(says)])
        for row in ended { try close(row, by: cause, in: writer) }
        try writer.run(
            """
            UPDATE approval SET state = 'cancelled', ended_at = $1
            WHERE state = 'pending' AND execution_id IN (SELECT id FROM execution WHERE reason = 'store_restored')
            """, [now])
        return ended.count
    }

    /// Records an end, and tells the execution that waits for it: one in doubt goes on once a person has decided.
    private static func close(_ row: SQLRow, by cause: Cause, in writer: any SQLWriter) throws {
        let id = try row.text("id")
        if let parent = try row.optionalText("parent_id") {
            let step = JournalEntry(path: try row.optionalText("parent_path") ?? "", attempt: 1, state: .waiting)
                .becoming(.failed, output: ["execution": .string(id)], reason: "subflow_failed", says: says)
            _ = try JournalRows.write(step, of: ExecutionID(parent), at: cause.now, in: writer)
        }
        try writer.record(
            AuditEvent(
                .executionEnded, on: .init("execution", id: id, name: try row.text("flow")), by: cause,
                [.outcome: "failed", .reason: "store_restored"]))
    }
}
