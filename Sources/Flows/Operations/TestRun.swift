import Core
import Ports
import Storage

extension Flows {
    /// Starts a test run of the current version, whether the flow is active or not.
    ///
    /// Its actions reach the built-in sandbox only (`Reach`), records stay as they are, nobody is asked, and it does
    /// not wait. It shows as a test run in its row, its events and the log.
    func testFlow(_ request: OperationRequest) async throws -> JSON {
        let id = ExecutionID.new(effects)
        let (cause, seal) = (request.cause, seal)
        return try await database.write(.change) { writer in
            let flow = try FlowStore.flow(request.id, in: writer)
            let definition = try FlowStore.definition(of: flow, in: writer)
            try Starter.insert(
                NewExecution(
                    id: id, flow: flow, trigger: try Self.trial(definition, request, seal), chain: [flow.name],
                    startedBy: cause.actor.name, origins: cause.actor.identities, isTest: true), by: cause, in: writer)
            return [
                "execution": .string(id.rawValue), "correlation": .string(cause.correlation.text), "test": true,
            ]
        }
    }

    /// The trigger that the flow would have started from.
    private static func trial(
        _ flow: FlowDefinition, _ request: OperationRequest, _ seal: ValueSeal
    ) throws -> JSON {
        let record = request.input["record"]
        let input = request.input["input"]
        let event = request.input["event"]
        switch flow.trigger {
        case .manual(let inputs):
            try refuse(record, "record", "manual")
            try refuse(event, "event", "manual")
            let taken = try FlowInput.taken(input?.object ?? [:], by: inputs, of: flow.name)
            return ["input": .object(try seal.seal(Trigger.sensitive(inputs), in: taken))]
        case .schedule:
            try refuse(record, "record", "started by its schedule")
            try refuse(input, "input", "started by its schedule")
            try refuse(event, "event", "started by its schedule")
            return ["tick": ["at": .string(request.cause.now.rfc3339)]]
        case .record(let table, _, let conditions):
            try refuse(input, "input", "started from changes of \(table)")
            try refuse(event, "event", "started from changes of \(table)")
            guard let record else {
                throw HubError(.invalid, "missing_record", "A test run of \(flow.name) needs a \"record\" of \(table).")
            }
            try require(conditions, of: flow, "record", record)
            return ["record": record]
        case .hook(let hook, let conditions, _):
            try refuse(input, "input", "started from events through \(hook)")
            try refuse(record, "record", "started from events through \(hook)")
            guard let event else {
                throw HubError(.invalid, "missing_event", "A test run of \(flow.name) needs an \"event\" of \(hook).")
            }
            try require(conditions, of: flow, "event", event)
            return HookArrival.trigger(event, hook: hook, isLate: false, via: "test")
        }
    }

    private static func require(
        _ conditions: [Condition], of flow: FlowDefinition, _ what: String, _ value: JSON
    ) throws {
        guard let unmet = conditions.first(where: { !$0.holds(for: value) }) else { return }
        throw HubError(
            .conflict, "condition_unmet", "\(flow.name) does not start from this \(what): \(unmet.unmet).")
    }

    private static func refuse(_ value: JSON?, _ field: String, _ kind: String) throws {
        guard value != nil else { return }
        throw HubError(.invalid, "unfit_field", "The flow is \(kind), so a test run takes no \"\(field)\".")
    }
}
