import Core
import Ports
import Storage

/// One page of executions, latest first: where it begins, and what it is narrowed to. A statement per filter, so that
/// each reads along an index.
struct ExecutionPage {
    private let flow: String?
    private let state: String?
    /// The moment and the id of the execution that the page comes behind.
    private let place: [SQLValue]

    init(_ request: OperationRequest, in reader: any SQLReader) throws {
        flow = try request.text("flow").map { try FlowStore.flow($0, in: reader).id }
        state = request.text("state")
        if let after = request.text("after") {
            place = [.int(try Flows.execution(after, in: reader).int("started_at")), .text(after)]
        } else {
            place = [.int(.max), .text("")]
        }
    }

    func rows(in reader: any SQLReader) throws -> [SQLRow] {
        let page = place + [.int(Int64(Limits.pageRows.value))]
        switch (flow, state) {
        case (nil, nil):
            return try reader.rows(
                """
                SELECT id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says, test,
                parent_id, rerun_of, rerun_as, cancel_by FROM execution
                WHERE started_at <= $1 AND (started_at < $1 OR id > $2) ORDER BY started_at DESC, id LIMIT $3
                """, page)
        case (let flow?, nil):
            return try reader.rows(
                """
                SELECT id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says, test,
                parent_id, rerun_of, rerun_as, cancel_by FROM execution
                WHERE flow_id = $4 AND started_at <= $1 AND (started_at < $1 OR id > $2)
                ORDER BY started_at DESC, id LIMIT $3
                """, page + [.text(flow)])
        case (nil, let state?):
            return try reader.rows(
                """
                SELECT id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says, test,
                parent_id, rerun_of, rerun_as, cancel_by FROM execution
                WHERE state = $4 AND started_at <= $1 AND (started_at < $1 OR id > $2)
                ORDER BY started_at DESC, id LIMIT $3
                """, page + [.text(state)])
        case (let flow?, let state?):
            return try reader.rows(
                """
                SELECT id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says, test,
                parent_id, rerun_of, rerun_as, cancel_by FROM execution
                WHERE flow_id = $4 AND state = $5 AND started_at <= $1 AND (started_at < $1 OR id > $2)
                ORDER BY started_at DESC, id LIMIT $3
                """, page + [.text(flow), .text(state)])
        }
    }
}
