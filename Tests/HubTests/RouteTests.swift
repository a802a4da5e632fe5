import Core
import Ports
import Testing

@testable import Hub
@testable import Web

@Suite("Routes") struct RouteTests {
    /// Who may call without proving anything. A further one is a decision, made here too.
    static let open = [
        "oauth.token", "oauth.token.platform", "oauth.revoke", "oauth.revoke.platform", "oauth.introspect",
        "oauth.register", "oauth.registration.read", "oauth.registration.replace", "oauth.registration.delete",
        "oauth.device", "oauth.par", "oauth.metadata", "oauth.resource", "oauth.keys", "oidc.metadata",
        "oidc.logout.post", "api.description", "health.live", "health.ready", "hook-in.verify",
        "hook-in.deliver",
    ]

    @Test("Every route has a handler, every handler a route, and what is open is listed")
    func complete() async throws {
        try await TestHub.with { test in
            let routes = test.hub.routes.all
            let handlers = try Handlers(hub: test.hub)
            #expect(Set(routes.map(\.name)).count == routes.count, "names are unique")
            #expect(Set(routes.map { "\($0.method) \($0.pattern)" }).count == routes.count, "places are unique")
            #expect(Set(routes.map(\.name)) == handlers.names)
            var found: [String] = []
            for route in routes {
                let handler = try handlers.find(route)
                let isOpen = if case .everyone = route.need([:]) { true } else { false }
                let runsOpen = if case .guarded = handler { false } else { handler.isOpen }
                #expect(isOpen == runsOpen, "\(route.name)")
                if isOpen { found.append(route.name) }
            }
            #expect(found.sorted() == Self.open.sorted())
            #expect(routes.count == test.hub.operations.count + 30)
        }
    }

    @Test("A rule that covers no route is a finding of its scope, made, changed and shown")
    func rulesWithoutRoute() async throws {
        try await TestHub.with { test in
            let rows: [(method: String, path: String, isFound: Bool)] = [
                ("GET", "/api/now/table/incident", false), ("*", "/api/now/**", false), ("GET", "/**", false),
                ("PATCH", "/api/linchpin/v1/clients/*", false), ("GET", "/api/now/tabel/incident", true),
                // Paths are compared in their one spelling, which has no version.
                ("GET", "/api/now/v1/table/incident", true), ("GET", "/api/now/table/incident/x/y", true),
                ("DELETE", "/api/linchpin/v1/clients", true), ("GET", "/payroll/**", true),
            ]
            for (number, row) in rows.enumerated() {
                let rule: JSON = ["method": .string(row.method), "path": .string(row.path)]
                let made = try await test.post("/scopes", ["name": .string("s\(number)"), "rules": [rule]])
                let reasons = made["findings"]?.array?.map { $0["reason"]?.string }
                #expect(reasons == (row.isFound ? ["rule_without_route"] : []), "\(row)")
                let shown = try await test.admin.call("GET", "/scopes/s\(number)")
                #expect(shown["findings"] == made["findings"])
            }
            let good: JSON = ["method": "GET", "path": "/api/now/table/incident"]
            let mended = try await test.admin.call("PATCH", "/scopes/s4", ["rules": [good]])
            #expect(mended["findings"] == [])
        }
    }

    @Test("An operation's route asks for the operation's roles, and each has some")
    func roles() async throws {
        try await TestHub.with { test in
            #expect(test.hub.operations.count > 40)
            for operation in test.hub.operations {
                let route = test.hub.routes.all.first { $0.name == operation.name }
                #expect(!operation.roles.isEmpty, "\(operation.name)")
                #expect(route?.need([:]) == .operation(name: operation.name, roles: operation.roles))
            }
        }
    }
}
