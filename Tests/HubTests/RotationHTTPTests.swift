import Core
import TestSupport
import Testing

@testable import Hub

@Suite("Rotation of outbound secrets, against the sandbox over HTTP") struct RotationHTTPTests {
    @Test("a key that does not work changes nothing; one that does takes over", arguments: TestStore.allCases)
    func key(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            try await test.connectOkta(actions: ["users_stream"])
            func works() async throws -> Bool {
                let answer = try await test.post("/actions/okta.users_stream/run", ["alias": "okta", "most": 1])
                return answer["outcome"] == "done"
            }
            let idle = try await test.admin.call("GET", "/credentials/key")
            #expect(idle.value(at: "/rotation/guide/0")?.string?.contains("Security > API > Tokens") == true)
            try await test.post("/credentials/key/add-successor", ["secret": "00wrong"])
            for _ in 0..<5 {
                let failed = await failure { try await test.post("/credentials/key/test-successor", [:]) }
                #expect(failed?.reason == "credential_refused")
                #expect(failed?.message.contains("linchpin credential drop-successor key.") == true)
            }
            let after = try await test.admin.call("GET", "/credentials/key")
            #expect(after["secret"] == "sealed, version 1" && after["rests_until"]?.string == nil)
            #expect(after.value(at: "/rotation/stage") == "added")
            #expect(try await works())
            try await test.post("/credentials/key/drop-successor", [:])
            try await test.post(
                "/credentials/key/add-successor", ["secret": .string("SSWS " + TestHub.sandboxToken)])
            let tested = try await test.post("/credentials/key/test-successor", ["connection": "okta"])
            #expect(tested.value(at: "/rotation/next/0") == "switch")
            let switched = try await test.post("/credentials/key/switch", [:])
            #expect(switched["secret"] == "sealed, version 3")
            #expect(try await works())
            try await test.post("/credentials/key/retire", [:])
            #expect(try await works())
        }
    }

    @Test("an OAuth client's secret is tried beside the tokens, which stay", arguments: TestStore.allCases)
    func client(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let scopes = ["okta.users.read"]
            let tenant = try await OktaTenant.make(
                test, granted: scopes, configured: scopes, actions: ["users_stream"])
            try await test.post("/credentials/okta-app/add-successor", ["secret": "not-the-secret"])
            let before = await failure { try await test.post("/credentials/okta-app/test-successor", [:]) }
            #expect(before?.reason == "not_testable")
            try await tenant.consent()
            let held = try await test.post("/credentials/okta-app/grant", [:])
            let wrong = await failure { try await test.post("/credentials/okta-app/test-successor", [:]) }
            #expect(wrong?.reason == "client_refused")
            #expect(wrong?.message.contains("linchpin credential drop-successor okta-app.") == true, "\(wrong as Any)")
            try await test.post("/credentials/okta-app/drop-successor", [:])
            try await test.post("/credentials/okta-app/add-successor", ["secret": .string(tenant.secret)])
            let tested = try await test.post("/credentials/okta-app/test-successor", [:])
            #expect(tested.value(at: "/rotation/stage") == "tested")
            try await test.post("/credentials/okta-app/switch", [:])
            let same = try await test.post("/credentials/okta-app/grant", [:])
            #expect(same["issued_at"] == held["issued_at"] && same["state"] == "held")
            test.clock.advance(seconds: 120)
            let fresh = try await test.post("/credentials/okta-app/refresh", [:])
            #expect(fresh["state"] == "held" && fresh["issued_at"] != held["issued_at"])
        }
    }

    @Test("an overdue rotation is what the doctor says")
    func doctor() async throws {
        try await TestHub.with { test in
            try await test.post(
                "/credentials", ["name": "key", "kind": "api_key", "secret": "00k", "max_age_days": 30])
            func says() async throws -> JSON? {
                let items = try await test.admin.call("GET", "/checks")["items"]?.array
                return items?.first { $0["name"] == "rotation" }
            }
            #expect(try await says()?["state"] == "ok")
            test.clock.advance(seconds: 31 * 86_400)
            let found = try await says()
            #expect(found?["state"] == "warn")
            #expect(found?["next"]?.string?.hasSuffix("linchpin credential add-successor key") == true)
        }
    }
}
