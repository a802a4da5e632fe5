import Core
import TestSupport
import Testing

@testable import Hub

struct CallBudgetHTTPTests {
    @Test(
        "a connection's budget is shown, and what is over it is refused before it is sent",
        arguments: TestStore.allCases)
    func budget(store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            test.clock.stop()
            try await test.connectOkta(actions: ["lookup_user"], ["calls_per_minute": 2])
            func look() async throws -> JSON {
                try await test.post(
                    "/actions/okta.lookup_user/run",
                    ["alias": "okta", "input": ["login": "mara.lindqvist@acme.example"]])
            }
            #expect(try await look()["outcome"] == "done")
            let shown = try await test.admin.call("GET", "/connections/okta")["budget"]?.array ?? []
            #expect(shown.compactMap { $0["bucket"]?.string } == ["calls_per_minute", "GET /api/v1/users/{login}"])
            #expect(shown.first?["remaining"] == 1 && shown.first?["limit"] == 2)
            let (limit, remaining) = (shown.last?["limit"]?.int ?? 0, shown.last?["remaining"]?.int ?? 0)
            #expect(limit > 0 && (0..<limit).contains(remaining))
            #expect(try await look()["outcome"] == "done")
            let third = try await look()
            #expect(third["outcome"] == "later" && third["reason"] == "rate_budget_spent")
            #expect(third["until"]?.string == test.clock.now.adding(seconds: 30).rfc3339)
            let spent = try await test.admin.call("GET", "/connections/okta")["budget"]?.array?.first
            #expect(spent?["remaining"] == 0 && spent?["resets_at"] == third["until"])
            _ = try await test.admin.call("PATCH", "/connections/okta", ["calls_per_minute": 0])
            #expect(try await look()["outcome"] == "done")
        }
    }
}
