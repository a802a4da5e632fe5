public import Access
import Core
import OAuthServer
public import Ports

/// What a route needs of its caller; the decision is made from it, live and in the simulator.
public enum RouteNeed: Sendable, Equatable {
    /// Anybody may call; the reason stands in the route list.
    case everyone(because: String)
    /// One of the operation's roles.
    case operation(name: String, roles: [AdminRole])
    /// The table's roles for this action; whether the table exists is looked up when the caller is known.
    case table(name: String, action: TableAction)
    /// A page of the console: a session, and one of the roles; nil lets in everybody who is signed in.
    case page(name: String, roles: [AdminRole]?)
    /// A token that came of a person's yes and carries this scope of the protocol.
    case person(scope: String)
}

/// One route: method, path, who may call. The edge attaches a handler by its name; there is no route outside this list.
public struct HubRoute: Sendable {
    /// Unique; the edge's handler has the same.
    public let name: String
    /// The HTTP method.
    public let method: String
    /// The path template.
    public let pattern: RoutePattern
    /// The error format and the log's group: see `Surface`.
    public let surface: Surface
    /// What it needs of its caller, given the path's parameters.
    public let need: @Sendable (_ parameters: [String: String]) -> RouteNeed
    /// Whether HEAD is answered as GET is (RFC 9110 §9.3.2).
    var takesHead = true

    /// Declares a route; there is no default for who may call.
    public init(
        _ name: String, _ method: String, _ template: String, _ surface: Surface,
        need: @escaping @Sendable (_ parameters: [String: String]) -> RouteNeed
    ) {
        self.name = name
        self.method = method
        pattern = RoutePattern(template)
        self.surface = surface
        self.need = need
    }

    fileprivate func takes(_ sent: String) -> Bool {
        sent == method || (sent == "HEAD" && method == "GET" && takesHead)
    }
}

/// Which error format a route speaks.
public enum Surface: Sendable, Equatable {
    /// RFC 6749 §5.2.
    case oauth
    /// `{"error":{"message","detail"},"status":"failure"}`.
    case table
    /// RFC 9457 §3.
    case problem
    /// HTML, for browsers.
    case page
}

/// What a method and a path lead to.
public enum RouteMatch: Sendable {
    /// A route and its path parameters.
    case route(HubRoute, [String: String])
    /// The path is there with other methods.
    case otherMethods([String], Surface)
    /// Nothing is there.
    case nothing(Surface)
}

/// All routes, found by method and path.
public struct RouteList: Sendable {
    /// Every route, in the order of the reference.
    public let all: [HubRoute]
    private let index: RouteIndex

    /// The fixed routes, one for each operation, and one for each page.
    public init(operations: [Operation], pages: [Page] = []) {
        let roles = Dictionary(operations.map { ($0.name, $0.roles) }) { first, _ in first }
        all = Self.fixed + operations.map(Self.administrative) + pages.map { Self.page($0, roles) }
        index = RouteIndex(all)
    }

    /// The route of a request; the one with more literal segments wins.
    public func match(_ method: String, _ target: RequestTarget) -> RouteMatch {
        var found: [(place: Int, parameters: [String: String])] = []
        for place in index.candidates(target.segments) {
            if let parameters = all[place].pattern.match(target.segments) { found.append((place, parameters)) }
        }
        if found.count > 1 { found.sort { all[$0.place].pattern.literals > all[$1.place].pattern.literals } }
        if let route = found.first(where: { all[$0.place].takes(method) }) {
            return .route(all[route.place], route.parameters)
        }
        guard let first = found.first else { return .nothing(surface(of: target)) }
        return .otherMethods(Set(found.map { all[$0.place].method }).sorted(), all[first.place].surface)
    }

    /// A path that leads nowhere, as the log may keep it: the segments that we know, then `…`. What somebody puts into
    /// the rest is theirs, a secret perhaps.
    public func shown(_ target: RequestTarget) -> String {
        let known = all.map { $0.pattern.known(target.segments) }.max() ?? 0
        let start = "/" + target.segments.prefix(known).joined(separator: "/")
        return known == target.segments.count ? start : (known == 0 ? "/…" : start + "/…")
    }

    /// Which error format a path speaks, whatever its method, and also where it leads nowhere.
    public func surface(of target: RequestTarget) -> Surface {
        let known = index.candidates(target.segments).first { all[$0].pattern.match(target.segments) != nil }
        if let known { return all[known].surface }
        if target.segments.starts(with: ["console"]) { return .page }
        return target.segments.starts(with: ["api", "now"]) ? .table : .problem
    }

    private static func page(_ page: Page, _ roles: [String: [AdminRole]]) -> HubRoute {
        var route = HubRoute(page.name, page.method, page.template, .page) { _ in
            switch page.need {
            case .everyone(let because), .visitor(let because): .everyone(because: because)
            case .signedIn: .page(name: page.name, roles: nil)
            // One that is not there lets nobody in; `Pages.check` keeps such a hub from starting.
            case .operation(let name): .page(name: page.name, roles: roles[name] ?? [])
            }
        }
        route.takesHead = page.takesHead
        return route
    }

    private static func administrative(_ operation: Operation) -> HubRoute {
        let need = RouteNeed.operation(name: operation.name, roles: operation.roles)
        return HubRoute(operation.name, operation.method, "/api/linchpin/v1" + operation.path, .problem) { _ in need }
    }

    private static let fixed: [HubRoute] = [
        forClients("oauth.token", "/oauth2/token"), forClients("oauth.token.platform", "/oauth_token.do"),
        forClients("oauth.revoke", "/oauth2/revoke"), forClients("oauth.revoke.platform", "/oauth_revoke_token.do"),
        forClients("oauth.introspect", "/oauth2/introspect"),
        forClients("oauth.device", "/oauth2/device_authorization"),
        forClients("oauth.par", "/oauth2/par"),
        registration("oauth.register", "POST", "/oauth2/register"),
        registration("oauth.registration.read", "GET", "/oauth2/register/{client_id}"),
        registration("oauth.registration.replace", "PUT", "/oauth2/register/{client_id}"),
        registration("oauth.registration.delete", "DELETE", "/oauth2/register/{client_id}"),
        open(
            "oauth.metadata", "GET", "/.well-known/oauth-authorization-server",
            because: "metadata is public (RFC 8414 §3)"),
        open(
            "oauth.resource", "GET", OAuthServer.resourceMetadataPath,
            because: "metadata of the hub's own APIs is public (RFC 9728 §3)"),
        open(
            "oidc.metadata", "GET", "/.well-known/openid-configuration",
            because: "metadata is public (OpenID Connect Discovery 1.0 §4)"),
        ofPerson("oidc.userinfo", "GET", "/oauth2/userinfo"),
        ofPerson("oidc.userinfo.post", "POST", "/oauth2/userinfo"),
        open(
            "oidc.logout.post", "POST", "/oauth2/logout",
            because: "applications send browsers here; nothing is done but to lead on to the page"),
        open(
            "oauth.keys", "GET", "/oauth2/jwks",
            because: "public keys, for whoever verifies what we sign (RFC 8414 §2, jwks_uri)"),
        open(
            "api.description", "GET", "/api/linchpin/openapi.json",
            because: "describes the interface and holds no data"),
        open("health.live", "GET", "/health/live", because: "says only that we run"),
        open("health.ready", "GET", "/health/ready", because: "says only whether we are ready"),
        open("hook-in.verify", "GET", "/api/linchpin/hooks/{spoke}/{hook}", because: provesByHeader),
        open("hook-in.deliver", "POST", "/api/linchpin/hooks/{spoke}/{hook}", because: provesByHeader),
        table("record.list", "GET", "/api/now/table/{table}", .read),
        table("record.create", "POST", "/api/now/table/{table}", .create),
        table("record.get", "GET", "/api/now/table/{table}/{sys_id}", .read),
        table("record.put", "PUT", "/api/now/table/{table}/{sys_id}", .write),
        table("record.update", "PATCH", "/api/now/table/{table}/{sys_id}", .write),
        table("record.delete", "DELETE", "/api/now/table/{table}/{sys_id}", .delete),
        table("record.count", "GET", "/api/now/stats/{table}", .read),
    ]

    private static let provesByHeader = "an outside system proves itself by the hook's own header"

    private static func open(
        _ name: String, _ method: String, _ template: String, _ surface: Surface = .problem, because: String
    ) -> HubRoute {
        HubRoute(name, method, template, surface) { _ in .everyone(because: because) }
    }

    private static func forClients(_ name: String, _ template: String) -> HubRoute {
        open(name, "POST", template, .oauth, because: "clients authenticate here")
    }

    private static func ofPerson(_ name: String, _ method: String, _ template: String) -> HubRoute {
        HubRoute(name, method, template, .oauth) { _ in .person(scope: ScopeName.openID) }
    }

    private static func registration(_ name: String, _ method: String, _ template: String) -> HubRoute {
        open(name, method, template, .oauth, because: "clients prove themselves by a registration token")
    }

    private static func table(_ name: String, _ method: String, _ template: String, _ action: TableAction) -> HubRoute {
        HubRoute(name, method, template, .table) { .table(name: $0["table"] ?? "", action: action) }
    }
}
