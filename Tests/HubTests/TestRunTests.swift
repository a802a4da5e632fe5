import Core
import Testing

@testable import Hub

@Suite("Test runs") struct TestRunTests {
    @Test("reach the built-in sandbox and nothing else: no alias, no connection and no record is touched")
    func offboarding() async throws {
        try await TestHub.with(sandbox: true) { test in
            // The demo's connection, alias and flows are there; the "real" Okta is the sandbox server beside the hub.
            _ = try await test.demo { _ in }.setUp()
            let started = try await test.post(
                "/flows/offboard-leaver/test",
                ["record": ["status": "leaving", "email": "mara.lindqvist@acme.example", "sys_id": "1"]])
            let execution = try await ended(started["execution"]?.string ?? "-", test)
            #expect(execution["state"]?.string == "done", "\(execution)")
            #expect(execution["test"]?.bool == true)
            let user = try await test.okta("GET", "/api/v1/users/mara.lindqvist%40acme.example").json
            #expect(user["status"]?.string == "ACTIVE", "the outside was not touched")
            let rows = try await test.transactions(execution["correlation"]?.string ?? "-")
            let outgoing = rows.filter { $0["direction"]?.string == "out" }
            #expect(outgoing.count >= 4)
            #expect(outgoing.allSatisfy { $0["connection"]?.string == "sandbox (test run)" })
        }
    }

    @Test("need no connection, no alias and no active flow; each begins with a sandbox of its own")
    func withoutConnection() async throws {
        try await TestHub.with { test in
            try await test.post("/spokes/okta/activate", [:])
            _ = try await test.post("/flows", ["source": .string(Demo.shippedFlows[0])])
            for _ in 0..<2 {
                let started = try await test.post(
                    "/flows/offboard-leaver/test",
                    ["record": ["status": "leaving", "email": "mara.lindqvist@acme.example", "sys_id": "1"]])
                let execution = try await ended(started["execution"]?.string ?? "-", test)
                #expect(execution["state"]?.string == "done", "\(execution)")
                let left = execution["steps"]?.array?.first { $0["path"]?.string == "leave" }
                #expect((left?.value(at: "/output/count")?.int ?? 0) > 0, "nobody had taken the groups away")
            }
        }
    }

    private func ended(_ id: String, _ test: TestHub) async throws -> JSON {
        for _ in 0..<400 {
            let execution = try await test.admin.call("GET", "/executions/\(id)")
            if let state = execution["state"]?.string, !["waiting", "running"].contains(state) { return execution }
            try await test.clock.effects.sleep(20)
        }
        return .null
    }
}
