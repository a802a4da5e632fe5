import Core
import Hooks
import Hub

/// `/api/linchpin/hooks/{spoke}/{hook}`: what outside systems send.
enum HookRoutes {
    static func handlers(_ hub: Hub) -> [String: Handler] {
        [
            "hook-in.verify": door(hub) { proved, request in
                .json(
                    try await hub.hooks.verify(proved, at: request.now, request.correlation) { request.values($0) })
            },
            "hook-in.deliver": door(hub) { proved, request in
                try request.requireContentType("application/json")
                let new = try await hub.hooks.receive(proved, body: request.body, at: request.now, request.correlation)
                if new > 0 { hub.workArrived() }
                return WebReply(status: 204)
            },
        ]
    }

    /// Lets in whoever proves the hook's secret. All others get the one answer that tells nothing; the log has why.
    private static func door(
        _ hub: Hub, _ run: @escaping @Sendable (Hooks.Proved, WebRequest) async throws -> WebReply
    ) -> Handler {
        .proving { request in
            let admission = try await hub.hooks.admit(
                spoke: request.parameters["spoke"] ?? "", hook: request.parameters["hook"] ?? "", at: request.now
            ) { request.values($0) }
            switch admission {
            case .refused(let reason):
                var reply = HubError(.notFound, "no_such_hook", "There is no such hook.")
                    .reply(.problem, request.correlation)
                reply.reason = reason
                return .refused(reply)
            case .proved(let proved):
                return .admitted { request in
                    var reply = try await run(proved, request)
                    reply.client = "hook \(proved.name)"
                    return reply
                }
            }
        }
    }
}
