public import Core
import Storage

extension Flows {
    /// Deletes executions that ended over `Limits.executionDays` ago, with their journals and approvals, and what kept
    /// their starts unique.
    ///
    /// One bounded transaction; call it again until it answers 0. A large journal takes several calls.
    /// - Returns: how many rows it deleted.
    public func sweep(at now: Timestamp) async throws -> Int {
        let before = now.adding(seconds: -86_400 * Int64(Limits.executionDays.value)).epochMilliseconds
        let most = Int64(Limits.executionSweep.value)
        return try await database.write(.bookkeeping("executions past their time")) { writer in
            var room = most
            let ended = try writer.rows(
                "SELECT id FROM execution WHERE ended_at < $1 ORDER BY ended_at, id LIMIT $2",
                [.int(before), .int(Int64(Limits.pageRows.value))])
            for row in ended where room > 0 {
                room -= Int64(try Self.delete(try row.text("id"), most: room, in: writer))
            }
            let starts = try writer.run(
                """
                DELETE FROM flow_start WHERE (flow_id, change_id) IN
                (SELECT flow_id, change_id FROM flow_start WHERE at < $1 ORDER BY at, change_id LIMIT $2)
                """, [.int(before), .int(max(room, 0))])
            return Int(most - room) + starts
        }
    }

    private static func delete(_ id: String, most: Int64, in writer: any SQLWriter) throws -> Int {
        let steps = try writer.run(
            """
            DELETE FROM execution_step WHERE execution_id = $1 AND seq IN
            (SELECT seq FROM execution_step WHERE execution_id = $1 ORDER BY seq LIMIT $2)
            """, [.text(id), .int(most)])
        guard Int64(steps) < most else { return steps }
        let approvals = try writer.run("DELETE FROM approval WHERE execution_id = $1", [.text(id)])
        return steps + approvals + (try writer.run("DELETE FROM execution WHERE id = $1", [.text(id)]))
    }
}
