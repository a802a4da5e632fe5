import AuditTrail
import Core
import Ports
import Storage

extension Flows {
    /// Asks an execution to end; whoever runs it finds out before it sends anything more.
    func cancel(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        try await database.write(.change) { writer in
            let execution = try Self.execution(request.id, in: writer)
            guard try Cancellation.ask(request.id, by: cause, in: writer) else {
                throw HubError(
                    .conflict, "execution_ended",
                    "This execution has ended or is being cancelled, so there is nothing to cancel.")
            }
            try writer.record(
                AuditEvent(
                    .executionCancelAsked, on: .init("execution", id: request.id, name: try execution.text("flow")),
                    by: cause))
        }
        return try await showExecution(request)
    }

    /// Starts an execution of the same version that takes over what was done, and goes on from there.
    func rerun(_ request: OperationRequest) async throws -> JSON {
        let id = ExecutionID.new(effects)
        let cause = request.cause
        return try await database.write(.change) { writer in
            let row = try Self.execution(request.id, in: writer)
            let old = try Execution(row)
            guard old.parent == nil else {
                throw HubError(
                    .conflict, "execution_is_subflow",
                    "This execution is a step of another. Re-run that one; it takes up where this one stopped.")
            }
            let definition = try FlowStore.definition(old.flowID, old.flow, version: old.version, in: writer)
            try Self.checkStep(request.text("step"), of: old, definition, in: writer)
            let flow = try FlowStore.flow(old.flowID, in: writer)
            guard flow.isActive || old.isTest else {
                throw HubError(
                    .conflict, "flow_not_active", "Flow \(flow.name) is not active. Activate it, then re-run.")
            }
            try Starter.insert(
                NewExecution(
                    id: id, flow: flow, trigger: old.trigger, chain: old.chain, startedBy: cause.actor.name,
                    origins: Set(old.origins + cause.actor.identities).sorted(), isTest: old.isTest,
                    rerunOf: old.id.rawValue, version: old.version),
                by: Cause(cause.actor, at: cause.now, old.correlation), in: writer)
            try Rerun.takeOver(request.id, definition, as: id, in: writer)
            return ["execution": .string(id.rawValue), "correlation": .string(old.correlation.text)]
        }
    }

    /// The step must be one of this execution's that was not done: what was done is never done again.
    private static func checkStep(
        _ step: String?, of old: Execution, _ flow: FlowDefinition, in reader: any SQLReader
    ) throws {
        guard let step else { return }
        guard flow.allSteps.contains(where: { $0.name == StepPath.name(step) }),
            let entry = Journal(try JournalRows.entries(of: old.id, in: reader))[step]
        else {
            throw HubError(
                .notFound, "no_such_step",
                "The execution has no step \(Shown.name(step)). Look: linchpin execution get \(old.id)")
        }
        guard ![.done, .skipped].contains(entry.state) else {
            throw HubError(
                .conflict, "step_done",
                "Step \(Shown.name(step)) is done, and a re-run never repeats what was done. "
                    + "Leave \"step\" out to go on where it stopped, or start the flow anew.")
        }
    }
}
