import AuditTrail
public import Core
public import Storage

extension Flows {
    /// Ends what was under way when a copy of the store was made: what it did since is not in the copy, so to go on
    /// would do it twice. Record changes that no flow had seen yet start none, for the same reason.
    ///
    /// Executions in doubt stay in doubt; a person decides.
    /// - Returns: how many executions were ended.
    public static func endWhatRan(by cause: Cause, in writer: any SQLWriter) throws -> Int {
        try writer.run("DELETE FROM outbox WHERE topic = $1", [.text(Outbox.Topic.recordChange.rawValue)])
        let ended = try writer.returning(
            """
            UPDATE execution SET state = 'failed', ended_at = $1, claimed_until = 0, fence = fence + 1,
            reason = 'store_restored',
            says = 'The store was brought back from a copy while this ran. See the log, then start it again.'
            WHERE state IN ('waiting', 'running') RETURNING id, flow
            """, [.int(cause.now.epochMilliseconds)])
        for row in ended {
            let id = try row.text("id")
            try writer.record(
                AuditEvent(
                    .executionEnded, on: .init("execution", id: id, name: try row.text("flow")), by: cause,
                    [.outcome: "failed", .reason: "store_restored"]))
        }
        return ended.count
    }
}
