import Core
import Flows
import Ports
import Spokes
import Storage

/// The active flows that fail when they run next, because this hub lacks what they need.
///
/// An administrator may always take an action away, also from a flow that is on, and switch a flow on before its connection
/// enables all that it runs: then the answer says which flows fail, as `flows_fail`, and the doctor goes on saying so.
struct FailingFlows: Sendable {
    let database: any Database

    /// What may take an action from an active flow, or make a flow active that lacks one.
    static let changes: Set = [
        "alias.activate", "connection.disable-action", "connection.update", "flow.activate", "flow.update",
        "spoke.deactivate",
    ]

    /// The operations, those that may stop a flow behind this look.
    func over(_ operations: [Operation]) -> [Operation] {
        operations.map { operation in
            guard Self.changes.contains(operation.name) else { return operation }
            return operation.running { request in
                let before = await failing().map { Set($0.map(\.flow)) }
                let answer = try await operation.run(request)
                guard var shown = answer.object else { return answer }
                if let before, let after = await failing() {
                    let new = after.filter { !before.contains($0.flow) }
                    shown["flows_fail"] = .texts(new.prefix(Limits.pageRows.value).map(\.says))
                } else {
                    shown["flows_fail"] = .null
                }
                return .object(shown)
            }
        }
    }

    /// Nil where nobody could look: that neither keeps anybody from switching off, nor makes what was done a failure.
    private func failing() async -> [Failing]? {
        do { return try await database.read(Self.find) } catch { return nil }
    }

    /// A flow and the first reason why it fails.
    struct Failing: Sendable, Equatable {
        let flow: String
        let why: String

        var says: String { why.hasPrefix("Flow \(flow) ") ? why : "Flow \(flow): \(why)" }
    }

    /// All of them, by name. A flow that cannot be read fails as well, and hides no other.
    @Sendable static func find(in reader: any SQLReader) throws -> [Failing] {
        try Flows.active(in: reader).compactMap { flow in
            do {
                let needs = try Flows.needs(ofFlow: flow, in: reader)
                let lacks =
                    try Guards.absent(needs, reader).first ?? inactiveSpokes(needs, reader).first
                    ?? Guards.notReady(needs, reader).first
                return lacks.map { Failing(flow: flow, why: $0.message) }
            } catch let error as HubError { return Failing(flow: flow, why: error.message) }
        }
    }

    private static func inactiveSpokes(_ flow: FlowNeeds, _ reader: any SQLReader) throws -> [HubError] {
        try Set(flow.calls.map(\.action.spoke)).sorted().filter { try !Spokes.isActive($0, in: reader) }.map { spoke in
            HubError(
                .conflict, "spoke_inactive",
                "Spoke \(spoke) is not activated, so its actions are refused. "
                    + "Activate it: linchpin spoke activate \(spoke)")
        }
    }
}
