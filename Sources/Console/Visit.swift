import Core
import Ports

/// One request of a signed-in user to a page, and the only way from a page to the operations.
struct Visit: Sendable {
    let catalogue: [String: Operation]
    let principal: Principal
    let cause: Cause
    /// The path's segments after `/console`.
    let segments: [String]
    let query: [(name: String, value: String)]
    let form: [(name: String, value: String)]
    /// What each form must carry (OWASP's synchronizer token).
    let csrf: String

    var now: Timestamp { cause.now }

    /// Whether the caller's roles permit the operation; what they do not permit is not offered.
    func may(_ name: String) -> Bool {
        catalogue[name].map { operation in principal.hasAny(operation.roles.map(\.rawValue)) } ?? false
    }

    func mayAll(_ names: [String]) -> Bool { names.allSatisfy(may) }

    /// The operation of that name; throws `no_such_page` for one that does not exist.
    func operation(_ name: String) throws -> Operation {
        guard let operation = catalogue[name] else { throw Self.nothingHere }
        return operation
    }

    /// Runs an operation as the caller, after the same checks of roles and input that the API makes.
    func run(_ name: String, id: String = "", _ sent: JSONObject = [:]) async throws -> JSON {
        let operation = try operation(name)
        guard may(name) else {
            throw HubError(
                .forbidden, "role_missing",
                "Your roles do not permit \(name). It takes one of: "
                    + operation.roles.map(\.rawValue).joined(separator: ", ") + ".")
        }
        let (input, secrets) = try operation.check(sent)
        return try await operation.run(
            OperationRequest(id: id, input: input, secrets: secrets, caller: principal, cause: cause))
    }

    /// The items of a list operation.
    func items(_ name: String, _ sent: JSONObject = [:]) async throws -> [JSON] {
        try await run(name, sent)["items"]?.array ?? []
    }

    /// The last value of that name in the query; nil when there is none or it is empty.
    func asked(_ name: String) -> String? { query.last { $0.name == name && !$0.value.isEmpty }?.value }
    /// The last value of that name in the form: a ticked box stands behind the hidden field that says it is there.
    func sent(_ name: String) -> String? { form.last { $0.name == name }?.value }
    /// All values of that name in the form that are not empty.
    func allSent(_ name: String) -> [String] { form.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    static let nothingHere = HubError(
        .notFound, "no_such_page", "There is no such page. Choose one from the sections, or go to the overview.")
}
