import Core
import Foundation
import Keys
import OktaSandbox
import Outbound
import Ports
import Spokes
import TestSupport
import Testing
import Vault

@testable import Hub

@Suite("Setting a grant up at the provider, against the sandbox over HTTP") struct ConnectionApplyTests {
    private static let actions = ["suspend_user", "users_stream", "add_user_to_group", "groups_stream"]

    @Test(
        "carried out as planned, the chosen actions succeed with the app that was made, no other may; once more: nothing",
        arguments: TestStore.allCases)
    func whole(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            let account = try await site.makeAccount()
            let group = try await site.group("VPN Users")
            try await site.choose(add: ["users_of_group:\(group)", "\(test.sandboxURL)/api/v1/groups/\(group)"])
            let done = try await site.expectSetUp([
                "account": "there", "app": "create", "client_credential": "create", "scopes": "change",
                "role": "create", "permissions": "change", "resource_set": "create", "resources": "change",
                "binding": "create", "standard_roles": "there", "assignment": "change",
            ])
            // Not even the member that the set was made with: nobody was shown it.
            #expect(done["steps"]?.array?.allSatisfy { $0["removes"] == [] } == true, "\(done)")
            try await site.useTheApp(account)
            try await site.expectReach(Self.actions, within: group)
            try await site.expectEvents(["begun", "complete", "begun", "complete"])
        }
    }

    @Test("a step fails in the middle: it says which are done; the old plan is refused; another run goes on from there")
    func failsInTheMiddle() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            try await site.choose(add: ["all_users", "all_groups"])
            let plan = try await site.apply()
            #expect(
                ApplySite.states(plan)["account"] == "create" && ApplySite.states(plan)["standard_roles"] == "there")
            // Nothing asks for an app by its id before there is one.
            try await site.order(["fault": "status", "status": 500, "path": "/api/v1/apps/0oa"])
            let half = try await site.apply(plan: plan["plan"])
            #expect(half["complete"] == false)
            let states = ApplySite.states(half)
            #expect(states["account"] == "done" && states["app"] == "done" && states["client_credential"] == "done")
            #expect(states["scopes"] == "failed" && states["role"] == "not_reached", "\(half)")
            await #expect(throws: HubError.self) { try await site.apply(plan: plan["plan"]) }
            let rest = try await site.apply()
            #expect(ApplySite.states(rest)["app"] == "there" && ApplySite.states(rest)["scopes"] == "change")
            #expect(try await site.apply(plan: rest["plan"])["complete"] == true)
            #expect(try await site.ask("GET", "/api/v1/apps?q=Linchpin%20okta").array?.count == 1)
            try await site.expectEvents(["begun", "incomplete", "begun", "complete"])
        }
    }

    @Test("two at once, with one plan: one app, one role, and nobody is told something that is not so")
    func twoAtOnce() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            try await site.choose(add: ["all_users", "all_groups"])
            let plan = try await site.apply()["plan"]
            async let first = site.outcome(of: plan)
            async let second = site.outcome(of: plan)
            let ends = try await [first, second].sorted()
            // The later one is told that the other is at it, or that there is a new plan, or finds everything there.
            #expect(ends.contains("complete"))
            #expect(ends.allSatisfy { ["complete", "set_up_running", "plan_changed"].contains($0) }, "\(ends)")
            #expect(try await site.ask("GET", "/api/v1/apps?q=Linchpin%20okta").array?.count == 1)
            #expect(try await site.apply()["changes"] == 0)
        }
    }

    @Test("by the command line: the token from a pipe, the plan, the plan carried out")
    func commandLine() async throws {
        try await TestHub.with(sandbox: true) { test in
            _ = try await ApplySite.make(test, actions: Self.actions)
            func run(_ words: [String]) async throws -> Program {
                try await Program.linchpin(
                    ["connection"] + words + ["--data", test.folder], input: OktaTenant.administratorToken + "\n")
            }
            let none = try await run(["choose-resources", "okta"])
            #expect(none.output.contains("suspend_user reaches nothing: choose some of users"), "\(none.everything)")
            let chosen = try await run(["choose-resources", "okta", "--add", "all_users", "--add", "all_groups"])
            #expect(chosen.status == 0 && chosen.output.contains("+ all_users"), "\(chosen.everything)")
            let words = ["apply", "okta", "--account", OktaTenant.account]
            let shown = try await run(words)
            #expect(shown.output.contains("at \(test.sandboxURL)"), "\(shown.everything)")
            #expect(shown.output.contains("+ App integration Linchpin okta  create"), "\(shown.everything)")
            let plan = try #require(shown.output.firstMatch(of: /--plan ([0-9a-f]{64})/)).1
            let done = try await run(words + ["--plan", String(plan)])
            #expect(done.status == 0 && done.output.contains("next: Let the connection use it"), "\(done.everything)")
            let late = try await run(words + ["--plan", String(plan)])
            #expect(late.status == 1 && late.errors.contains("changed since the preview"), "\(late.everything)")
            for ran in [shown, done, late] { #expect(!ran.everything.contains(TestHub.sandboxToken)) }
        }
    }

    @Test("killed between the app and its secret: the next run gets a further secret, and it works")
    func secretLost() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            let account = try await site.makeAccount()
            try await site.choose(add: ["all_users", "all_groups"])
            let plan = try await site.apply()
            try await site.loseTheApp()
            let half = try await site.apply(plan: plan["plan"])
            #expect(ApplySite.states(half)["app"] == "failed", "\(half)")
            let rest = try await site.apply()
            #expect(ApplySite.states(rest)["app"] == "there", "\(rest)")
            #expect(ApplySite.states(rest)["client_credential"] == "create")
            #expect(try await site.apply(plan: rest["plan"])["complete"] == true)
            try await site.useTheApp(account)
            try await site.expectDone("groups_stream")
        }
    }

    @Test("narrower and wider: what an action no longer needs is taken away, and a chosen resource is one more member")
    func changes() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            _ = try await site.makeAccount()
            try await site.choose(add: ["all_users", "all_groups"])
            _ = try await site.apply(plan: try await site.apply()["plan"])
            try await test.post("/connections/okta/disable-action", ["action": "suspend_user"])
            let group = try await site.group("VPN Users")
            let change: JSON = ["add": [.string("group:\(group)")], "remove": ["all_groups"]]
            let plan = try await site.apply(change)
            let steps = Dictionary(
                uniqueKeysWithValues: (plan["steps"]?.array ?? []).map { ($0["step"]?.string ?? "", $0) })
            #expect(steps["permissions"]?["removes"] == ["okta.users.lifecycle.suspend"], "\(plan)")
            #expect(steps["resources"]?["adds"] == [.string("\(test.sandboxURL)/api/v1/groups/\(group)")])
            #expect(steps["resources"]?["removes"] == [.string("\(test.sandboxURL)/api/v1/groups")])
            // The choice is part of the plan, and stored with it alone.
            #expect(try await test.admin.call("GET", "/connections/okta")["resources"] == ["all_groups", "all_users"])
            #expect(try await site.apply(plan: plan["plan"], change)["complete"] == true)
            #expect(
                try await test.admin.call("GET", "/connections/okta")["resources"]
                    == ["all_users", .string("group:\(group)")])
            #expect(try await site.apply()["changes"] == 0)
            // And back.
            let back: JSON = ["add": ["all_groups"], "remove": [.string("group:\(group)")]]
            #expect(try await site.apply(plan: try await site.apply(back)["plan"], back)["complete"] == true)
        }
    }

    @Test("a foreign app of the same name is not touched, and nothing else is done")
    func foreignApp() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            try await site.choose(add: ["all_users", "all_groups"])
            try await site.ask(
                "POST", "/api/v1/apps",
                [
                    "label": "Linchpin okta", "signOnMode": "OPENID_CONNECT",
                    "settings": ["oauthClient": ["redirect_uris": ["https://elsewhere.example/cb"]]],
                ])
            let before = try await site.state()
            let plan = try await site.apply()
            #expect(plan["plan"] == .null, "\(plan)")
            let app = plan["steps"]?.array?.first { $0["step"] == "app" }
            #expect(app?["state"] == "differs")
            #expect(
                app?["differs"] == [
                    "/settings/oauthClient/redirect_uris", "/settings/oauthClient/grant_types",
                    "/credentials/oauthClient/pkce_required",
                ])
            #expect(try await site.state() == before)
            // `me` is the administrator, and no account of that login.
            let mine = try await site.apply(["account": "me"])
            let account = mine["steps"]?.array?.first { $0["step"] == "account" }
            #expect(mine["plan"] == .null && account?["differs"] == ["/profile/login"], "\(mine)")
        }
    }

    @Test("a foreign role and a foreign resource set of the same name block the plan")
    func foreignRole() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            try await site.choose(add: ["all_users", "all_groups"])
            try await site.ask(
                "POST", "/api/v1/iam/roles",
                ["label": "Linchpin okta", "description": "Mine", "permissions": ["okta.users.read"]])
            try await site.ask(
                "POST", "/api/v1/iam/resource-sets",
                [
                    "label": "Linchpin okta", "description": "Mine",
                    "resources": [.string("\(test.sandboxURL)/api/v1/users")],
                ])
            let states = ApplySite.states(try await site.apply())
            #expect(states["role"] == "differs" && states["resource_set"] == "differs", "\(states)")
        }
    }

    @Test("refusals: who may, what is chosen, which token; each says the next step and does nothing")
    func refusals() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions)
            await site.expectRefusal("resources_needed", [:])
            try await site.choose(add: ["all_users", "all_groups"])
            await site.expectRefusal("set_up_not_readable", ["administrator_token": "SSWS 00wrong"])
            let weak = try await site.weakToken()
            await site.expectRefusal("set_up_not_readable", ["administrator_token": .string("Bearer \(weak)")])
            await site.expectRefusal("no_such_plan", ["plan": "5f1c"])
            await site.expectRefusal("plan_changed", ["plan": .string(String(repeating: "0", count: 64))])
            await site.expectRefusal("credential_taken", ["seal_as": "key"])
            #expect(try await site.ask("GET", "/api/v1/apps?q=Linchpin%20okta").array == [])
            let plan = try await site.apply()["plan"]?.string ?? ""
            let caller = try await test.caller("no-sealer", roles: ["connection_admin"], scopes: [.administration])
            let refused = try await test.send(
                "POST", "/api/linchpin/v1/connections/okta/apply", token: caller.token,
                json: [
                    "administrator_token": .string(OktaTenant.administratorToken), "plan": .string(plan),
                    "account": .string(OktaTenant.account),
                ])
            #expect(refused.status == 403 && refused.text.contains("credential_admin_needed"), "\(refused.text)")
        }
    }

    @Test("neither the administrator's token nor the client's secret is in a file, a log, an event or an answer")
    func canaries() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions, byKey: false)
            try await site.choose(add: ["all_users", "all_groups"])
            let plan = try await site.apply()
            let done = try await site.apply(plan: plan["plan"])
            #expect(done["complete"] == true)
            #expect(done["seal_as"] == "later", "a credential without a token is filled in")
            let sealed = try await test.admin.call("GET", "/credentials/later")
            let appID = try await site.ask("GET", "/api/v1/apps?q=Linchpin%20okta").value(at: "/0/id")
            #expect(appID != nil && sealed.value(at: "/settings/client_id") == appID)
            let shown = try await site.ask("POST", "/api/v1/apps/\(appID?.string ?? "-")/credentials/secrets")
            #expect(shown["client_secret"]?.string?.firstMatch(of: /^[A-Za-z0-9_-]{43}$/) != nil, "\(shown)")
            try await test.settle()
            let canaries = Canaries(named: [("administrator's token", TestHub.sandboxToken)])
            for file in try FolderScan.files(test.folder) {
                #expect(canaries.found(in: file.data) == [], "\(file.name)")
            }
            let events = try await test.admin.call("GET", "/audit-events").text()
            for text in [test.logged.all.joined(), plan.text(), done.text(), events] {
                #expect(canaries.found(in: Data(text.utf8)) == [])
                // A secret of the sandbox is 43 characters of base64url.
                #expect(text.firstMatch(of: /\b[A-Za-z0-9_-]{43}\b/) == nil)
            }
        }
    }
}
