import Core
import Flows
import Ports
import Storage
import Vault

/// Says of a flow where a connection would refuse a destructive action because no approval names its step: as a refusal
/// when it would be in force, and when its file is checked as findings, beside whatever else this hub lacks for it.
///
/// The gate refuses the call whatever is said here: an alias may lead elsewhere tomorrow.
struct ApprovalGuard: Sendable {
    let database: any Database
    let flows: Flows

    /// The operations, those of flows behind this look.
    func over(_ operations: [Operation]) -> [Operation] {
        operations.map { operation in
            switch operation.name {
            case "flow.check":
                operation.running { request in
                    guard case .object(var answer) = try await operation.run(request) else { return .null }
                    let found: [HubError] = try await database.read { reader in
                        guard let needs = try Flows.needs(ofSource: request.text("source") ?? "") else { return [] }
                        return try Guards.absent(needs, reader) + Guards.notReady(needs, reader)
                            + findings(needs, reader)
                    }
                    answer["ok"] = .bool(found.isEmpty)
                    answer["findings"] = .array(
                        found.map { ["reason": .string($0.reason), "says": .string($0.message)] })
                    return .object(answer)
                }
            case "flow.activate", "flow.update":
                operation.running { request in
                    try await database.read { reader in try refuse(request, reader) }
                    return try await operation.run(request)
                }
            default: operation
            }
        }
    }

    private func refuse(_ request: OperationRequest, _ reader: any SQLReader) throws {
        var needs: FlowNeeds?
        if let source = request.text("source") {
            let found = try Flows.needs(ofFlow: request.id, with: source, in: reader)
            needs = found?.isActive == true ? found?.needs : nil
        } else {
            needs = try Flows.needs(ofFlow: request.id, in: reader)
        }
        if let first = try findings(needs, reader).first { throw first }
    }

    private func findings(_ flow: FlowNeeds?, _ reader: any SQLReader) throws -> [HubError] {
        guard let flow else { return [] }
        return try flows.destructive(of: flow).compactMap { step, title in
            guard let connection = try Vault.connectionNeedingApproval(behindAlias: step.alias, in: reader) else {
                return nil
            }
            return HubError(
                .conflict, "approval_required",
                "Line \(step.step.line): step \(step.step.name) runs \"\(title)\", and connection \(connection) lets "
                    + "it pass only when a second person approved it. Put an approval step before it: "
                    + "approves: [\(step.step.name)].")
        }
    }
}
