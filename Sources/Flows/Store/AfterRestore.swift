public import Core
import Ports
public import Storage

extension Flows {
    private static let says = "The store was brought back from a copy while this ran. See the log, then start it again."

    /// Ends what was under way when a copy of the store was made: what it did since is not in the copy, so to go on
    /// would do it twice. Record changes and events of hooks that no flow had seen yet start none, nor do ticks since, for
    /// the same reason.
    ///
    /// Executions in doubt stay in doubt; a person decides. One bounded transaction; call it again until it answers 0.
    /// - Returns: how many executions were ended.
    public static func endWhatRan(by cause: Cause, in writer: any SQLWriter) throws -> Int {
        for topic in [Outbox.Topic.recordChange, .hookEvent] {
            try writer.run("DELETE FROM outbox WHERE topic = $1", [.text(topic.rawValue)])
        }
        try Clockwork.passOver(by: cause, in: writer)
        let ended = try writer.returning(
            """
            UPDATE execution SET state = 'failed', ended_at = $1, claimed_by = '', claimed_until = 0, fence = fence + 1,
            reason = 'store_restored', says = $2
            WHERE id IN (SELECT id FROM execution WHERE state IN ('waiting', 'running') ORDER BY id LIMIT $3)
            RETURNING id, flow, parent_id, parent_path
            """, [.int(cause.now.epochMilliseconds), .text(says), .int(Int64(Limits.pageRows.value))])
        for row in ended { try GivenUp.close(row, "store_restored", says, by: cause, in: writer) }
        return ended.count
    }
}
