import Core
import TestSupport
import Testing

@testable import Hub

@Suite("All sixteen Okta actions, against the sandbox, over HTTP") struct OktaActionsTests {
    private static let tour = """
        flow: tour
        title: Runs every Okta action that changes something
        trigger:
          manual:
            login: { type: text, says: A login. }
        uses: { okta: okta }
        steps:
          - make:
              action: okta.create_user
              with:
                login: newcomer@acme.example
                email: newcomer@acme.example
                first_name: New
                last_name: Comer
                activate: false
          - activate: { action: okta.activate_user, with: { user_id: { from: make.id }, send_email: false } }
          - again: { action: okta.restart_user_activation, with: { user_id: { from: make.id } } }
          - update: { action: okta.update_user_profile, with: { user_id: { from: make.id }, title: Lead } }
          - find: { action: okta.lookup_user, with: { login: { from: trigger.input.login } } }
          - sessions: { action: okta.clear_user_session, with: { user_id: { from: find.id } } }
          - suspend: { action: okta.suspend_user, with: { user_id: { from: find.id } } }
          - unsuspend: { action: okta.unsuspend_user, with: { user_id: { from: find.id } } }
          - groups: { action: okta.user_groups_stream, with: { user_id: { from: find.id } } }
          - leave:
              for_each: { from: groups.items, as: group, if: [{ field: type, is: OKTA_GROUP }] }
              do:
                - remove:
                    action: okta.remove_user_from_group
                    with: { user_id: { from: find.id }, group_id: { from: group.id } }
          - deactivate: { action: okta.deactivate_user, with: { user_id: { from: make.id } } }
          - delete: { action: okta.delete_user, with: { user_id: { from: make.id } } }
        """

    private func connect(_ test: TestHub) async throws {
        try await test.post("/spokes/okta/activate", [:])
        try await test.post(
            "/credentials",
            ["name": "stale", "kind": "api_key", "secret": "SSWS 00revoked", "order": 1])
        try await test.post(
            "/credentials",
            ["name": "key", "kind": "api_key", "secret": .string(TestHub.sandboxToken), "order": 2])
        let spoke = try await test.admin.call("GET", "/spokes/okta")
        let actions = spoke["actions"]?.array?.compactMap { $0["key"] } ?? []
        #expect(actions.count == 16)
        try await test.post(
            "/connections",
            [
                "name": "okta", "spoke": "okta", "url": .string(test.sandboxURL), "credentials": ["stale", "key"],
                "allow_loopback_http": true, "actions": .array(actions),
            ])
        try await test.post("/aliases", ["name": "okta", "connection": "okta"])
    }

    private func run(_ test: TestHub, _ action: String, _ input: JSON, most: JSON = 5) async throws -> JSON {
        try await test.post("/actions/okta.\(action)/run", ["alias": "okta", "input": input, "most": most])
    }

    @Test("the reads answer, and a refused key gives way to the next until it rests")
    func reads() async throws {
        try await TestHub.with(sandbox: true) { test in
            try await connect(test)
            let found = try await run(test, "lookup_user", ["login": "mara.lindqvist@acme.example"])
            let id = try #require(found.value(at: "/output/id"))
            let account = try await run(test, "lookup_user_account", ["user_id": id])
            #expect(account.value(at: "/output/status") == "ACTIVE")
            let profile = try await run(test, "lookup_user_profile", ["user_id": id])
            #expect(profile.value(at: "/output/profile/lastName") == "Lindqvist")
            let locked = try await run(test, "is_user_locked", ["user_id": id])
            #expect(locked["output"] == ["locked": false])
            let groups = try await run(test, "user_groups_stream", ["user_id": id])
            #expect(groups.value(at: "/output/count") == 4)
            let users = try await run(test, "users_stream", ["filter": "status eq \"ACTIVE\""], most: 200)
            #expect(users.value(at: "/output/count") == 200 && users.value(at: "/output/more") == true)
            let bad = try await run(test, "users_stream", ["search": "nonsense"])
            #expect(bad["reason"] == "search_malformed")
            let none = try await run(test, "lookup_user", ["login": "nobody@acme.example"])
            #expect(none["reason"] == "not_found")
            let connection = try await test.admin.call("GET", "/connections/okta")
            #expect(
                connection["findings"]?.array?.compactMap { $0["reason"]?.string }.contains("credential_rests") == true)
            let refused = try await test.admin.call("GET", "/transactions?most=200")["items"]?.array ?? []
            #expect(refused.count { $0["status"]?.int == 401 } == Limits.credentialRefusals.value)
        }
    }

    @Test("the sandbox shows its org to a browser on this machine, and to no other name")
    func page() async throws {
        try await TestHub.with(sandbox: true) { test in
            let port = Int(test.sandboxURL.split(separator: ":").last ?? "") ?? 0
            func get(_ host: String) async throws -> String {
                let text = "GET / HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
                return String(decoding: try await Wire.exchange(Array(text.utf8), at: .port(port)).bytes, as: UTF8.self)
            }
            let own = try await get("127.0.0.1:\(port)")
            #expect(own.hasPrefix("HTTP/1.1 200") && own.contains("mara.lindqvist@acme.example"))
            #expect(own.lowercased().contains("content-security-policy: default-src 'none'"))
            let other = try await get("evil.example:\(port)")
            #expect(other.hasPrefix("HTTP/1.1 401") && !other.contains("mara"))
        }
    }

    @Test("the changes happen, in a flow", arguments: TestStore.allCases)
    func changes(store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            try await connect(test)
            try await test.post("/flows", ["source": .string(Self.tour)])
            try await test.post("/flows/tour/activate", [:])
            let started = try await test.post(
                "/flows/tour/run", ["input": ["login": "mara.lindqvist@acme.example"]])
            let id = try #require(started["execution"]?.string)
            var execution = JSON.null
            for _ in 0..<10_000 {
                execution = try await test.admin.call("GET", "/executions/\(id)")
                if let state = execution["state"]?.string, !["waiting", "running"].contains(state) { break }
                await Task.yield()
            }
            #expect(execution["state"] == "done", "\(execution)")
            let gone = try await run(test, "lookup_user", ["login": "newcomer@acme.example"])
            #expect(gone["reason"] == "not_found")
            let mara = try await run(test, "lookup_user", ["login": "mara.lindqvist@acme.example"])
            #expect(mara.value(at: "/output/status") == "ACTIVE")
            let left = try await run(test, "user_groups_stream", ["user_id": mara.value(at: "/output/id") ?? .null])
            #expect(left.value(at: "/output/count") == 1)
        }
    }
}
