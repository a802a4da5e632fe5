import Core
import Hub
import Ports
import Records

/// `/api/now/table`: the Table API as its clients know it.
enum TableRoutes {
    static func handlers(_ hub: Hub) -> [String: Handler] {
        [
            "record.list": .guarded { request, principal in
                let page = try await hub.records.list(
                    table(request), query: try query(request), cause: request.cause(principal.actor))
                var reply = WebReply.json(["result": .array(page.rows)])
                reply.headers.append(("x-total-count", String(page.total)))
                return reply
            },
            "record.get": .guarded { request, principal in
                .json([
                    "result": try await hub.records.get(
                        table(request), sysID(request), query: try query(request),
                        cause: request.cause(principal.actor))
                ])
            },
            "record.create": .guarded { request, principal in
                try refuseQuery(request)
                let record = try await hub.records.create(
                    table(request), body: try request.json(), cause: request.cause(principal.actor))
                hub.workArrived()
                var reply = WebReply.json(["result": record], status: 201)
                let id = record["sys_id"]?.string ?? ""
                reply.headers.append(("location", "/api/now/table/\(table(request))/\(id)"))
                return reply
            },
            "record.update": .guarded { request, principal in
                try refuseQuery(request)
                let record = try await hub.records.update(
                    table(request), sysID(request), body: try request.json(), cause: request.cause(principal.actor))
                hub.workArrived()
                return .json(["result": record])
            },
            "record.delete": .guarded { request, principal in
                try refuseQuery(request)
                try await hub.records.delete(table(request), sysID(request), cause: request.cause(principal.actor))
                hub.workArrived()
                return WebReply(status: 204)
            },
        ]
    }

    private static func table(_ request: WebRequest) -> String { request.parameters["table"] ?? "" }
    private static func sysID(_ request: WebRequest) -> String { request.parameters["sys_id"] ?? "" }

    private static func query(_ request: WebRequest) throws -> [(name: String, value: String)] {
        try request.queryPairs()
    }

    private static func refuseQuery(_ request: WebRequest) throws {
        guard let first = try query(request).first else { return }
        throw HubError(
            .invalid, "unknown_parameter", "This call takes no parameter \"\(Shown.name(first.name))\" in its query.")
    }
}
