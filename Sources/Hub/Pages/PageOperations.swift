public import Core
import Ports

extension PageRequest {
    /// Runs an operation as the signed-in user: same roles, same checks, same refusals as its API route.
    ///
    /// - Parameters:
    ///   - operation: its name, such as `client.update`.
    ///   - id: the `{id}` of its path; empty where it has none.
    ///   - input: its fields; for `list` and `get` as texts, as in a query.
    /// - Throws: `HubError`: `forbidden` when the user has none of its roles, and what the operation throws.
    public func perform(_ operation: String, id: String = "", input: JSONObject = JSONObject()) async throws -> JSON {
        guard let found = hub.operations.first(where: { $0.name == operation }), let principal else {
            throw HubError(.internal, "no_operation", "Internal error.", detail: "\(operation) on \(path)")
        }
        guard mayPerform(operation) else {
            try await hub.refusals.refused(operation, reason: "role_missing", by: cause)
            throw HubError(
                .forbidden, "role_missing",
                "This takes one of the roles \(found.roles.map(\.rawValue).joined(separator: ", ")). "
                    + "Ask an administrator for it.")
        }
        try found.requireFreshProof(of: principal, at: now)
        let (checked, secrets) = try found.check(input)
        let result = try await found.run(
            OperationRequest(id: id, input: checked, secrets: secrets, caller: principal, cause: cause))
        if found.method != "GET" { hub.workArrived() }
        return result
    }

    /// Whether the signed-in user has one of the operation's roles, so that a page can leave out what would be refused.
    public func mayPerform(_ operation: String) -> Bool {
        guard let found = hub.operations.first(where: { $0.name == operation }), let principal else { return false }
        return principal.hasAny(found.roles.map(\.rawValue))
    }
}
