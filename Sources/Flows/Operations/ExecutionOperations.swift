import AuditTrail
import Core
import Ports
import Storage

extension Flows {
    var executionOperations: [Operation] {
        [
            Operation(
                "execution", .list, roles: [.connectionAdmin, .auditor], says: "Lists executions, latest first.",
                fields: [
                    .optional("flow", .text(most: Limits.nameField.value), "Only those of this flow."),
                    .optional(
                        "state", .oneOf(ExecutionState.allCases.map(\.rawValue)), "Only those in this state."),
                    Paging.after,
                ], run: { try await self.listExecutions($0) }),
            Operation(
                "execution", .get, roles: [.connectionAdmin, .auditor],
                says: "Shows an execution and every attempt at each of its steps, the oldest first.",
                fields: [
                    .optional(
                        "after_step", .int(0...Int64.max), "Only attempts behind this one; the answer's `next_step`.")
                ],
                run: { try await self.showExecution($0) }),
            Operation(
                "execution", .act("decide"), roles: [.connectionAdmin],
                says: "Decides what became of a step in doubt, so that the execution goes on.",
                fields: [
                    .required("step", .text(most: 500), "The step's path, such as leave[2].remove."),
                    .required(
                        "outcome", .oneOf(["done", "failed", "repeat"]),
                        "done: it happened. failed: it did not. repeat: send it again."),
                    .optional("output", .object, "What it answered, if it is done and later steps need it."),
                ], run: { try await self.decide($0) }),
            Operation(
                "execution", .act("cancel"), roles: [.connectionAdmin],
                says:
                    "Ends an execution: nothing more leaves, what is under way is still journaled, sub-flows end too.",
                run: { try await self.cancel($0) }),
            Operation(
                "execution", .act("rerun"), roles: [.connectionAdmin],
                says: "Starts a new execution that goes on where an ended one stopped; what was done is not repeated.",
                fields: [
                    .optional(
                        "step", .text(most: 500), "The path of the step to go on from; it must not have been done.")
                ], run: { try await self.rerun($0) }),
        ]
    }

    private func listExecutions(_ request: OperationRequest) async throws -> JSON {
        let rows = try await database.read { reader in
            try ExecutionPage(request, in: reader).rows(in: reader).map(ExecutionView.summary)
        }
        return Paging.answer(rows, by: "id")
    }

    func showExecution(_ request: OperationRequest) async throws -> JSON {
        return try await database.read { [catalogue] reader in
            let execution = try Self.execution(request.id, in: reader)
            let flow = try FlowStore.definition(
                try execution.text("flow_id"), try execution.text("flow"), version: try execution.int("version"),
                in: reader)
            let titles = StepTitles(flow, catalogue)
            guard case .object(var shown) = try ExecutionView.summary(execution) else { return .null }
            let steps = try Self.steps(of: request.id, after: request.int("after_step") ?? 0, in: reader)
            shown["trigger"] = try ExecutionView.bounded(try execution.text("trigger"))
            shown["steps"] = .array(try steps.map { try ExecutionView.step($0, titles) })
            shown["next_step"] = try Self.next(steps)
            shown["ended_badly"] = .array(
                try Self.endedBadly(request.id, in: reader).map { try ExecutionView.step($0, titles) })
            shown["graph"] = FlowGraph(flow, catalogue).json
            shown["children"] = .array(try Self.children(of: request.id, in: reader))
            return .object(shown)
        }
    }

    private static func steps(of id: String, after seq: Int64, in reader: any SQLReader) throws -> [SQLRow] {
        try reader.rows(
            """
            SELECT seq, path, attempt, state, input, output, reason, says, planned_at, sent_at, ended_at, due_at
            FROM execution_step WHERE execution_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
            """, [.text(id), .int(seq), .int(Int64(Limits.executionStepPage.value))])
    }

    private static func next(_ steps: [SQLRow]) throws -> JSON {
        guard steps.count == Limits.executionStepPage.value, let last = steps.last else { return .null }
        return .int(try last.int("seq"))
    }

    /// The latest attempts that failed, were refused or are in doubt, on whichever page they stand; those in doubt, which
    /// somebody has to decide, before all others.
    private static func endedBadly(_ id: String, in reader: any SQLReader) throws -> [SQLRow] {
        try reader.rows(
            """
            SELECT path, attempt, state, input, output, reason, says, planned_at, sent_at, ended_at, due_at
            FROM execution_step WHERE execution_id = $1 AND state IN ('failed', 'refused', 'in_doubt')
            ORDER BY CASE state WHEN 'in_doubt' THEN 0 ELSE 1 END, seq DESC LIMIT $2
            """, [.text(id), .int(Int64(shownBadEnds))]
        ).reversed()
    }

    private static let shownBadEnds = 20

    /// The executions that are steps of this one.
    private static func children(of id: String, in reader: any SQLReader) throws -> [JSON] {
        try reader.rows(
            """
            SELECT id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says, test,
            parent_id, rerun_of, rerun_as, cancel_by
            FROM execution WHERE parent_id = $1 ORDER BY started_at, id LIMIT $2
            """, [.text(id), .int(Int64(Limits.pageRows.value))]
        ).map(ExecutionView.summary)
    }

    static func execution(_ id: String, in reader: any SQLReader) throws -> SQLRow {
        let found = try reader.row(
            """
            SELECT id, flow_id, flow, version, state, correlation, started_by, started_at, ended_at, reason, says, trigger,
            test, parent_id, parent_path, rerun_of, rerun_as, cancel_by, depth, chain, origins
            FROM execution WHERE id = $1
            """, [.text(id)])
        guard let found else {
            throw HubError(.notFound, "unknown_execution", "There is no execution \(Shown.name(id)).")
        }
        return found
    }

    private func decide(_ request: OperationRequest) async throws -> JSON {
        let step = try request.required("step")
        let outcome = try request.required("outcome")
        let output = JSON.object(request.input["output"]?.object ?? [:])
        if let problem = JournalValue.problem(output) {
            throw HubError(
                .tooLarge, "output_too_large", "\"output\" \(problem). Give only what later steps need.")
        }
        let cause = request.cause
        try await database.write(.change) { writer in
            let execution = try Self.execution(request.id, in: writer)
            let id = ExecutionID(request.id)
            let freed = try writer.run(
                """
                UPDATE execution SET state = 'running', claimed_by = '', claimed_until = 0
                WHERE id = $1 AND state = 'in_doubt'
                """, [.text(request.id)])
            let journal = Journal(try JournalRows.entries(of: id, in: writer))
            guard freed == 1, let entry = journal[step], entry.state == .inDoubt else {
                throw HubError(
                    .conflict, "step_not_in_doubt",
                    "This step is not in doubt, so there is nothing to decide. Look at the execution's steps.")
            }
            for entry in Self.decided(entry, outcome, output, by: cause) {
                _ = try JournalRows.write(entry, of: id, at: cause.now, in: writer)
            }
            try writer.record(
                AuditEvent(
                    .doubtDecided, on: .init("execution", id: request.id, name: try execution.text("flow")),
                    by: cause, [.step: entry.path, .outcome: outcome]))
        }
        return try await showExecution(request)
    }

    private static func decided(
        _ entry: JournalEntry, _ outcome: String, _ output: JSON, by cause: Cause
    ) -> [JournalEntry] {
        let says = "decided by \(cause.actor.name)"
        switch outcome {
        case "done": return [entry.becoming(.done, output: output, reason: "decided", says: says)]
        case "failed": return [entry.becoming(.failed, reason: "decided", says: says)]
        default:
            return [entry.again(afterDoubt: true)]
        }
    }
}
