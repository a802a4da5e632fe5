import Core
import Hub
import Ports

/// `/api/linchpin/v1`: every operation, derived from its declaration.
enum AdminRoutes {
    static func handler(_ operation: Operation) -> Handler {
        .guarded { request, principal in
            let sent = operation.method == "GET" ? try query(request) : try request.jsonObject()
            let (input, secrets) = try operation.check(sent)
            let result = try await operation.run(
                OperationRequest(
                    id: request.parameters["id"] ?? "", input: input, secrets: secrets, caller: principal,
                    cause: request.cause(principal.actor)))
            return operation.status == 204 ? WebReply(status: 204) : .json(result, status: operation.status)
        }
    }

    private static func query(_ request: WebRequest) throws -> JSONObject {
        var sent = JSONObject()
        for (name, value) in try FormParameters(query: request.target.query).pairs { sent[name] = .string(value) }
        return sent
    }
}
