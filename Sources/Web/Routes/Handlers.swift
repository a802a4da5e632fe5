import Core
import Hub
import Ports

/// What runs when a request may.
enum Handler: Sendable {
    /// For routes that everyone may call.
    case open(@Sendable (WebRequest) async throws -> WebReply)
    /// For all others; the principal is the one that the decision allowed.
    case guarded(@Sendable (WebRequest, Principal) async throws -> WebReply)
    /// A page of the console; its route says who may call it.
    case page(Page)
    /// For callers that everybody may be until they prove something in a header of their own: judged before a body is
    /// read, by the request without it.
    case proving(@Sendable (WebRequest) async throws -> Proof)

    /// What became of a proof.
    enum Proof: Sendable {
        case refused(WebReply)
        case admitted(@Sendable (WebRequest) async throws -> WebReply)
    }

    /// Whether everybody may call it.
    var isOpen: Bool {
        switch self {
        case .open, .proving: true
        case .guarded: false
        case .page(let page):
            switch page.need {
            case .everyone, .visitor: true
            case .signedIn, .operation: false
            }
        }
    }
}

/// The handler of every route in the hub's list, by the route's name.
struct Handlers: Sendable {
    private let byName: [String: Handler]

    /// Throws `HubError` of kind `internal` when two handlers have one name: one would stand in for the other.
    init(hub: Hub) throws {
        var all: [String: Handler] = [:]
        let administrative = hub.operations.map { ($0.name, AdminRoutes.handler($0, hub)) }
        let fixed = [
            OAuthRoutes.handlers(hub), OAuthRoutes.registration(hub), HealthRoutes.handlers(hub),
            TableRoutes.handlers(hub), HookRoutes.handlers(hub),
            AdminRoutes.description(hub),
        ].flatMap { $0 }
        for (name, handler) in fixed + administrative + PageRoutes.handlers(hub) {
            guard all.updateValue(handler, forKey: name) == nil else {
                throw HubError(.internal, "handler_twice", "Internal error.", detail: "\(name) has two handlers")
            }
        }
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
