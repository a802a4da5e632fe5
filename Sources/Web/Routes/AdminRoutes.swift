import Core
import Hub
import Ports

/// `/api/linchpin/v1`: every operation, derived from its declaration.
enum AdminRoutes {
    /// `/api/linchpin/openapi.json`: what the routes below are, rendered when it is first asked for.
    static func description(_ hub: Hub) -> [String: Handler] {
        let document = Once { [operations = hub.operations] in
            WebReply(
                status: 200, headers: [("content-type", "application/json")],
                raw: OpenAPI.document(operations).bytes)
        }
        return ["api.description": .open { _ in try document.get() }]
    }

    static func handler(_ operation: Operation, _ hub: Hub) -> Handler {
        .guarded { request, principal in
            try operation.requireFreshProof(of: principal, at: request.now)
            let sent = operation.method == "GET" ? try query(request) : try request.jsonObject()
            let (input, secrets) = try operation.check(sent)
            let result = try await operation.run(
                OperationRequest(
                    id: request.parameters["id"] ?? "", input: input, secrets: secrets, caller: principal,
                    cause: request.cause(principal.actor)))
            if operation.method != "GET" { hub.workArrived() }
            return operation.status == 204 ? WebReply(status: 204) : .json(result, status: operation.status)
        }
    }

    private static func query(_ request: WebRequest) throws -> JSONObject {
        var sent = JSONObject()
        for (name, value) in try request.queryPairs() {
            guard sent[name] == nil else {
                throw HubError(.invalid, "repeated_parameter", "\"\(Shown.name(name))\" comes twice in the query.")
            }
            sent[name] = .string(value)
        }
        return sent
    }
}
