import Core
import Ports
import Storage

extension Flows {
    /// Starts a manual flow; the execution goes on at the next `tick`.
    func runFlow(_ request: OperationRequest) async throws -> JSON {
        let id = ExecutionID.new(effects)
        let sent = request.input["input"]?.object ?? [:]
        let (cause, seal) = (request.cause, seal)
        return try await database.write(.change) { writer in
            let flow = try FlowStore.flow(request.id, in: writer)
            guard flow.isActive else {
                throw HubError(
                    .conflict, "flow_not_active", "Flow \(flow.name) is not active. Activate it, then run it.")
            }
            let definition = try FlowStore.definition(of: flow, in: writer)
            guard case .manual(let inputs) = definition.trigger else {
                throw HubError(
                    .conflict, "flow_not_manual",
                    "Flow \(flow.name) starts \(flow.startsFrom), not by hand.")
            }
            let taken = try seal.seal(
                Trigger.sensitive(inputs), in: try FlowInput.taken(sent, by: inputs, of: flow.name))
            try Starter.insert(
                NewExecution(
                    id: id, flow: flow, trigger: ["input": .object(taken)], chain: [flow.name],
                    startedBy: cause.actor.name, origins: cause.actor.identities), by: cause, in: writer)
            return ["execution": .string(id.rawValue), "correlation": .string(cause.correlation.text)]
        }
    }
}
