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
                let before = Set(try await database.read(Self.find).map(\.flow))
                let answer = try await operation.run(request)
                guard var shown = answer.object else { return answer }
                shown["flows_fail"] = await newly(failing: before)
                return .object(shown)
            }
        }
    }

    /// Null where nobody could look: what was done is done, and is not answered as a failure.
    private func newly(failing before: Set<String>) async -> JSON {
        do {
            let after = try await database.read(Self.find).filter { !before.contains($0.flow) }
            return .texts(after.prefix(Limits.pageRows.value).map(\.says))
        } catch { return .null }
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
