import Core
import Hub
import Ports

/// What runs when a request may.
enum Handler: Sendable {
    /// For routes that everyone may call.
    case open(@Sendable (WebRequest) async throws -> WebReply)
    /// For all others; the principal is the one that the decision allowed.
    case guarded(@Sendable (WebRequest, Principal) async throws -> WebReply)
}

/// The handler of every route in the hub's list, by the route's name.
struct Handlers: Sendable {
    private let byName: [String: Handler]

    init(hub: Hub) {
        var all = OAuthRoutes.handlers(hub)
        all.merge(HealthRoutes.handlers(hub)) { first, _ in first }
        all.merge(TableRoutes.handlers(hub)) { first, _ in first }
        for operation in hub.operations { all[operation.name] = AdminRoutes.handler(operation, hub) }
        byName = all
    }

    /// The names that have a handler.
    var names: Set<String> { Set(byName.keys) }

    /// The route's handler; a route without one is a defect that a test catches.
    func find(_ route: HubRoute) throws -> Handler {
        guard let handler = byName[route.name] else {
            throw HubError(.internal, "no_handler", "Internal error.", detail: "\(route.name) has no handler")
        }
        return handler
    }
}
