import Access
import Core
import Hub
import Ports
import Records

/// `/api/now`: the Table API as its clients know it.
enum TableRoutes {
    static func handlers(_ hub: Hub) -> [String: Handler] {
        let update = guarded(hub) { call, request in
            let record = try await hub.records.update(call, body: try request.json())
            hub.workArrived()
            return .json(["result": record])
        }
        return [
            "record.list": guarded(hub) { call, request in try await list(call, request, hub) },
            "record.get": guarded(hub) { call, _ in .json(["result": try await hub.records.get(call)]) },
            "record.create": guarded(hub) { call, request in
                let made = try await hub.records.create(call, body: try request.json())
                hub.workArrived()
                var reply = WebReply.json(["result": made.record], status: 201)
                reply.headers.append(("location", request.target.path + "/" + made.sysID))
                return reply
            },
            "record.put": update,
            "record.update": update,
            "record.delete": guarded(hub) { call, _ in
                try await hub.records.delete(call)
                hub.workArrived()
                return WebReply(status: 204)
            },
            "record.count": guarded(hub) { call, _ in
                let count = try await hub.records.count(call)
                return .json(["result": ["stats": ["count": .string(String(count))]]])
            },
        ]
    }

    private static func guarded(
        _ hub: Hub, _ run: @escaping @Sendable (TableCall, WebRequest) async throws -> WebReply
    ) -> Handler {
        .guarded { request, principal in
            try await run(
                TableCall(
                    table: request.parameters["table"] ?? "", sysID: request.parameters["sys_id"] ?? "",
                    parameters: try request.queryPairs(), caller: principal, reach: request.reach.covers,
                    cause: request.cause(principal.actor), origin: hub.issuer), request)
        }
    }

    private static func list(_ call: TableCall, _ request: WebRequest, _ hub: Hub) async throws -> WebReply {
        let page = try await hub.records.list(call)
        // The first version of the API answers so; the second, and paths without a version, with an empty list.
        if page.rows.isEmpty, request.target.version == "v1" {
            throw HubError(.notFound, "no_record", "No Record found")
        }
        var reply = WebReply.json(["result": .array(page.rows)])
        if let total = page.total { reply.headers.append(("x-total-count", String(total))) }
        if let links = try PageLinks(page, request, origin: hub.issuer).header { reply.headers.append(("link", links)) }
        return reply
    }
}

/// `Link` (RFC 8288 §3) to the other pages of a list: the same call with another offset.
struct PageLinks {
    /// Nil where there is nothing to link to, or it would be longer than clients read.
    let header: String?

    init(_ page: RecordPage, _ request: WebRequest, origin: String) throws {
        let kept = try request.queryPairs().filter { $0.name != "sysparm_limit" && $0.name != "sysparm_offset" }
            .map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) + "&" }
            .joined()
        let path = request.target.linkPath
        let links = page.links.map { link in
            "<\(origin)\(path)?\(kept)sysparm_limit=\(page.limit)&sysparm_offset=\(link.offset)>;rel=\"\(link.relation)\""
        }
        let text = links.joined(separator: ",")
        header = text.isEmpty || text.utf8.count > Limits.linkBytes.value ? nil : text
    }
}
