import Core
import Foundation
import TestSupport
import Testing

@testable import Hub

@Suite("All Okta actions, against the sandbox, over HTTP") struct OktaActionsTests {
    private static let tour = """
        flow: tour
        title: Runs every Okta action that changes something
        trigger:
          manual:
            login: { type: text, says: A login. }
            app: { type: text, says: An application's id. }
            word: { type: text, says: A password., sensitive: true }
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
          - set:
              action: okta.set_user_password
              with: { user_id: { from: find.id }, password: { from: trigger.input.word } }
          - temporary: { action: okta.reset_to_temporary_password, with: { user_id: { from: find.id } } }
          - change:
              action: okta.change_password
              with:
                user_id: { from: find.id }
                old_password: { from: temporary.temporary_password }
                new_password: { from: trigger.input.word }
          - expire: { action: okta.expire_password, with: { user_id: { from: find.id } } }
          - factors: { action: okta.list_user_factors, with: { user_id: { from: find.id } } }
          - one:
              for_each: { from: factors.items, as: factor, if: [{ field: type, is: push }] }
              do:
                - unenroll:
                    action: okta.unenroll_user_factor
                    with: { user_id: { from: find.id }, factor_id: { from: factor.id } }
          - reset: { action: okta.reset_user_factors, with: { user_id: { from: find.id } } }
          - shift: { action: okta.create_group, with: { name: Night Shift } }
          - rename: { action: okta.update_group, with: { group_id: { from: shift.id }, name: Late Shift } }
          - join: { action: okta.add_user_to_group, with: { user_id: { from: find.id }, group_id: { from: shift.id } } }
          - share:
              action: okta.assign_group_to_app
              with: { app_id: { from: trigger.input.app }, group_id: { from: shift.id } }
          - unshare:
              action: okta.revoke_group_app_access
              with: { app_id: { from: trigger.input.app }, group_id: { from: shift.id } }
          - give:
              action: okta.assign_user_to_app
              with: { app_id: { from: trigger.input.app }, user_id: { from: find.id } }
          - take:
              action: okta.revoke_user_app_access
              with: { app_id: { from: trigger.input.app }, user_id: { from: find.id } }
          - off: { action: okta.deactivate_app, with: { app_id: { from: trigger.input.app } } }
          - on: { action: okta.activate_app, with: { app_id: { from: trigger.input.app } } }
          - groups: { action: okta.user_groups_stream, with: { user_id: { from: find.id } } }
          - leave:
              for_each: { from: groups.items, as: group, if: [{ field: type, is: OKTA_GROUP }] }
              do:
                - remove:
                    action: okta.remove_user_from_group
                    with: { user_id: { from: find.id }, group_id: { from: group.id } }
          - drop: { action: okta.delete_group, with: { group_id: { from: shift.id } } }
          - deactivate: { action: okta.deactivate_user, with: { user_id: { from: make.id } } }
          - delete: { action: okta.delete_user, with: { user_id: { from: make.id } } }
          - log: { action: okta.logs_stream, with: { reader: tour } }
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
        #expect(actions.count == 59)
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

    @Test("the lists and looks answer")
    func lists() async throws {
        try await TestHub.with(sandbox: true) { test in
            try await connect(test)
            func read(_ action: String, _ input: JSON = [:], most: JSON = 200) async throws -> JSON {
                let answer = try await run(test, action, input, most: most)
                #expect(answer["outcome"] == "done", "\(action): \(answer)")
                return answer["output"] ?? .null
            }
            let mara = try await read("lookup_user", ["login": "mara.lindqvist"])["id"] ?? .null
            let group = try await read("lookup_group_by_name", ["name": "VPN Users"])
            let id = group["id"] ?? .null
            #expect(try await read("lookup_group", ["group_id": id])["name"] == "VPN Users")
            #expect(try await read("is_user_in_group", ["user_id": mara, "group_id": id]) == ["member": true])
            #expect(try await read("groups_stream")["count"] == 22)
            #expect(try await read("groups_metadata", ["search": "type eq \"APP_GROUP\""])["count"] == 1)
            #expect(try await read("get_groups", ["updated_after": "2099-01-01T00:00:00Z"])["count"] == 0)
            let members = try await read("group_members_stream", ["group_id": id])["items"]?.array ?? []
            #expect(members.contains { $0["id"] == mara })
            #expect(try await read("apps_stream", ["begins_with": "Acme W"])["count"] == 1)
            #expect(try await read("apps_metadata")["count"] == 6)
            #expect(try await read("app_launcher_stream")["count"] == 5)
            let own = try await read("app_launcher_stream", ["user_id": mara])["items"]?.array ?? []
            let source = own.first { $0["label"] == "Acme Source" }?["id"] ?? .null
            #expect(try await read("lookup_app", ["app_id": source])["status"] == "ACTIVE")
            let users = try await read("app_users_stream", ["app_id": source])["items"]?.array ?? []
            #expect(users.contains { $0["id"] == mara && $0["scope"] == "GROUP" })
            #expect(try await read("app_groups_stream", ["app_id": source])["count"] == 2)
            #expect(try await read("list_user_app_links", ["user_id": mara])["count"] == 3)
            #expect(try await read("list_user_factors", ["user_id": mara])["count"] == 2)
            #expect(try await read("user_fields").value(at: "/additional/badgeNumber/type") == "string")
            #expect(try await read("event_hooks")["count"] == 0)
            #expect(try await read("event_hooks_metadata")["count"] == 0)
            #expect(try await read("logs_stream")["count"] == 0)
            let none = try await run(test, "lookup_event_hook", ["hook_id": "whoUnknown"])
            #expect(none["reason"] == "not_found")
        }
    }

    private static let hooks = """
        flow: hooks
        title: Runs every action of event hooks
        trigger:
          manual:
            uri: { type: text }
            proof: { type: text, sensitive: true }
        uses: { okta: okta }
        steps:
          - make:
              action: okta.create_event_hook
              with:
                name: Hub
                event_types: [user.lifecycle.create, user.lifecycle.suspend]
                uri: { from: trigger.input.uri }
                auth_header: x-proof
                auth_value: { from: trigger.input.proof }
          - look: { action: okta.lookup_event_hook, with: { hook_id: { from: make.id } } }
          - off: { action: okta.deactivate_event_hook, with: { hook_id: { from: make.id } } }
          - on: { action: okta.activate_event_hook, with: { hook_id: { from: make.id } } }
          - change:
              action: okta.update_event_hook
              with:
                hook_id: { from: make.id }
                name: Hub
                event_types: [user.lifecycle.create]
                uri: { from: trigger.input.uri }
          - again: { action: okta.deactivate_event_hook, with: { hook_id: { from: make.id } } }
          - drop: { action: okta.delete_event_hook, with: { hook_id: { from: make.id } } }
          - other:
              action: okta.create_event_hook
              with: { name: Hub, event_types: [user.lifecycle.create], uri: { from: trigger.input.uri } }
          - verify: { action: okta.verify_event_hook, with: { hook_id: { from: other.id } } }
        """

    @Test("event hooks come and go; an address where nobody answers is not verified")
    func eventHooks() async throws {
        try await TestHub.with(sandbox: true) { test in
            try await connect(test)
            let ended = try await play(
                test, "hooks", Self.hooks, ["uri": "https://hub.example/hook", "proof": .string(Self.word)])
            #expect(ended["state"] == "failed" && ended["reason"] == "not_verified", "\(ended)")
            let left = try await run(test, "event_hooks", [:])
            #expect(left.value(at: "/output/count") == 1)
            #expect(left.value(at: "/output/items/0/verification") == "UNVERIFIED")
            #expect(!ended.text().contains(Self.word) && !left.text().contains(Self.word))
        }
    }

    /// Runs a flow to its end.
    private func play(_ test: TestHub, _ name: String, _ source: String, _ input: JSON) async throws -> JSON {
        try await test.post("/flows", ["source": .string(source)])
        try await test.post("/flows/\(name)/activate", [:])
        let started = try await test.post("/flows/\(name)/run", ["input": input])
        let id = try #require(started["execution"]?.string)
        var execution = JSON.null
        for _ in 0..<50_000 {
            execution = try await test.admin.call("GET", "/executions/\(id)")
            if let state = execution["state"]?.string, !["waiting", "running"].contains(state) { break }
            await Task.yield()
        }
        return execution
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

    private static let word = "canary-word-Kf83ncQ0x7"

    @Test("the changes happen, in a flow, and its passwords are kept nowhere", arguments: TestStore.allCases)
    func changes(store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            try await connect(test)
            let apps = try await run(test, "apps_stream", ["begins_with": "Acme Expenses"])
            let ended = try await play(
                test, "tour", Self.tour,
                [
                    "login": "mara.lindqvist@acme.example", "app": apps.value(at: "/output/items/0/id") ?? .null,
                    "word": .string(Self.word),
                ])
            #expect(ended["state"] == "done", "\(ended)")
            #expect(!ended.text().contains(Self.word) && ended.text().contains("<sensitive>"))
            let gone = try await run(test, "lookup_user", ["login": "newcomer@acme.example"])
            #expect(gone["reason"] == "not_found")
            let mara = try await run(test, "lookup_user", ["login": "mara.lindqvist@acme.example"])
            #expect(mara.value(at: "/output/status") == "PASSWORD_EXPIRED")
            let left = try await run(test, "user_groups_stream", ["user_id": mara.value(at: "/output/id") ?? .null])
            #expect(left.value(at: "/output/count") == 1)
            for place in try FolderScan.files(test.folder) {
                #expect(place.data.range(of: Data(Self.word.utf8)) == nil, "\(place.name)")
            }
            let events = try await run(test, "logs_stream", ["words": "password"], most: 200)
            #expect(events.value(at: "/output/count") == 4, "\(events)")
        }
    }
}
