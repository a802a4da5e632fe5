import Core
import Flows
import Ports
import Storage

/// The active flows that fail when they run next, because this hub lacks what they need.
///
/// An administrator may always take an action away, also from a flow that is on: then the answer says which flows that
/// stops, as `flows_fail`, and the doctor goes on saying so.
struct FailingFlows: Sendable {
    let database: any Database

    /// What may take away what an active flow needs, and is not refused for it.
    private static let changes: Set = ["alias.activate", "connection.disable-action", "connection.update"]

    /// The operations, those that may stop a flow behind this look.
    func over(_ operations: [Operation]) -> [Operation] {
        operations.map { operation in
            guard Self.changes.contains(operation.name) else { return operation }
            return operation.running { request in
                let before = try await database.read(Self.find)
                guard case .object(var answer) = try await operation.run(request) else { return .null }
                let after = try await database.read(Self.find)
                answer["flows_fail"] = .texts(after.filter { !before.contains($0) }.map(\.says))
                return .object(answer)
            }
        }
    }

    /// A flow and why it fails.
    struct Failing: Sendable, Equatable {
        let flow: String
        let why: String

        var says: String { "Flow \(flow): \(why)" }
    }

    /// All of them, by name. A flow that cannot be read fails as well, and hides no other.
    @Sendable static func find(in reader: any SQLReader) throws -> [Failing] {
        try Flows.active(in: reader).flatMap { flow in
            do {
                let needs = try Flows.needs(ofFlow: flow, in: reader)
                let lacks = try Guards.absent(needs, reader) + Guards.notReady(needs, reader)
                return lacks.map { Failing(flow: flow, why: $0.message) }
            } catch let error as HubError { return [Failing(flow: flow, why: error.message)] }
        }
    }
}
