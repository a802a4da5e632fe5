import Core
import Testing

@testable import Hub

@Suite("Rotation at the provider while somebody else changes things there") struct RotationMeddlingTests {
    @Test("the only secret that authenticates there is not taken away, though another one is in use here")
    func lastOne() async throws {
        try await TestHub.with(sandbox: true) { test in
            let scopes = ["okta.users.read"]
            let tenant = try await OktaTenant.make(test, granted: scopes, configured: scopes, actions: ["users_stream"])
            try await tenant.consent()
            try await test.post(
                "/credentials", ["name": "admin-key", "kind": "api_key", "secret": .string(TestHub.sandboxToken)])
            try await test.post(
                "/connections",
                [
                    "name": "okta-admin", "spoke": "okta", "url": .string(test.sandboxURL),
                    "credentials": ["admin-key"], "allow_loopback_http": true, "actions": ["users_stream"],
                ])
            let path = "/api/v1/apps/\(tenant.appID)/credentials/secrets"
            func ids() async throws -> [String] {
                (try await tenant.ask("GET", path).array ?? []).compactMap { $0["id"]?.string }
            }
            let rotation: JSON = ["through": "okta-admin", "overlap_seconds": 60]
            try await test.post("/credentials/okta-app/rotate", rotation)
            let both = try await ids()
            let successor = try #require(both.last)
            #expect(both.count == 2)
            try await tenant.ask("POST", "\(path)/\(successor)/lifecycle/deactivate")
            test.clock.advance(seconds: 60)
            do {
                let answer = try await test.post("/credentials/okta-app/rotate", rotation)
                Issue.record("passed: \(answer)")
            } catch let error as HubError { #expect(error.reason == "last_one_there") }
            #expect(try await ids() == both)
            let shown = try await test.admin.call("GET", "/credentials/okta-app")
            #expect(shown.value(at: "/rotation/stage") == "switched")
            try await tenant.ask("POST", "\(path)/\(successor)/lifecycle/activate")
            #expect(try await test.post("/credentials/okta-app/rotate", rotation)["complete"] == true)
            #expect(try await ids() == [successor])
        }
    }
}
