import Core
import Foundation
import Keys
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("Setting a service app up at the provider, against the sandbox over HTTP") struct ServiceAppApplyTests {
    private static let actions = ["suspend_user", "users_stream", "add_user_to_group", "groups_stream"]

    @Test(
        "no account and no consent: the chosen actions succeed with the app that was made, no other may; once more: nothing",
        arguments: TestStore.allCases)
    func whole(_ store: TestStore) async throws {
        try await TestHub.with(store, sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions, isService: true)
            let group = try await site.group("VPN Users")
            try await site.choose(add: ["users_of_group:\(group)", "group:\(group)"])
            let done = try await site.expectSetUp([
                "client_key": "create", "app": "create", "client_credential": "create", "scopes": "change",
                "role": "create", "permissions": "change", "resource_set": "create", "resources": "change",
                "binding": "create", "standard_roles": "there",
            ])
            #expect(done["account"] == .null, "\(done)")
            try await site.useTheApp()
            try await site.expectReach(Self.actions, within: group)
            // With a token of its own it is still the same client.
            #expect(try await site.apply()["changes"] == 0)
            try await site.expectEvents(["begun", "complete", "begun", "complete"])
        }
    }

    @Test("what comes next leads to the app alone: a key beside it is a finding until it is out, and the kind is known")
    func next() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: ["users_stream"], isService: true)
            try await site.choose(add: ["all_users"])
            let done = try await site.apply(plan: try await site.apply()["plan"])
            #expect(
                done["next"]?.string == "Let the connection use it: linchpin connection add-credential okta okta-app. "
                    + "Take key out: linchpin connection remove-credential okta key. "
                    + "Prove it: linchpin connection verify okta")
            #expect(try await !findings(test).contains("key_beside_oauth"))
            try await test.post("/connections/okta/add-credential", ["credential": "okta-app"])
            #expect(try await findings(test).contains("key_beside_oauth"))
            try await test.post("/connections/okta/remove-credential", ["credential": "key"])
            #expect(try await !findings(test).contains("key_beside_oauth"))
            #expect(try await test.post("/connections/okta/grant", [:])["template"] == "service-app")
            #expect(try await test.post("/connections/okta/grant", ["template": "web-app"])["template"] == "web-app")
            let again = try await test.post(
                "/connections/okta/apply", ["administrator_token": .string(OktaTenant.administratorToken)])
            #expect(again["template"] == "service-app" && again["changes"] == 0, "\(again)")
        }
    }

    private func findings(_ test: TestHub) async throws -> [String] {
        (try await test.admin.call("GET", "/connections/okta")["findings"]?.array ?? [])
            .compactMap { $0["reason"]?.string }
    }

    @Test("a credential of that kind whose client is still to be made is filled in, and nothing else is left to do")
    func filledIn() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: ["users_stream"], byKey: false)
            _ = try await test.admin.call(
                "PATCH", "/credentials/later", ["settings": ["grant": "client_credentials"]])
            try await site.choose(add: ["all_users"])
            var body: JSONObject = ["administrator_token": .string(OktaTenant.administratorToken)]
            let plan = try await test.post("/connections/okta/apply", .object(body))
            #expect(plan["template"] == "service-app" && plan["seal_as"] == "later", "\(plan)")
            body["plan"] = plan["plan"]
            let done = try await test.post("/connections/okta/apply", .object(body))
            #expect(done["complete"] == true && done["next"] == "Prove it: linchpin connection verify okta", "\(done)")
            try await site.expectDone("users_stream")
        }
    }

    @Test("the web app of the same connection is in the way: that is said, and no key of it is spoken of")
    func ownWebApp() async throws {
        try await TestHub.with(sandbox: true) { test in
            var site = try await ApplySite.make(test, actions: ["users_stream"], byKey: false)
            try await site.choose(add: ["all_users"])
            _ = try await site.apply(plan: try await site.apply()["plan"])
            let grant = try await test.post("/connections/okta/grant", [:])
            #expect(grant["template"] == "web-app" && grant["account"] == .string(OktaTenant.account), "\(grant)")
            site.isService = true
            let plan = try await site.apply()
            let app = plan["steps"]?.array?.first { $0["step"] == "app" }
            #expect(plan["plan"] == .null && app?["state"] == "differs", "\(plan)")
            #expect(app?["problem"]?.string?.contains("that connection okta has already") == true, "\(plan)")
            #expect(plan["next"]?.string?.hasPrefix("Make another connection for the service-app") == true, "\(plan)")
            let states = ApplySite.states(plan)
            #expect(states["client_key"] == nil && states["client_credential"] == nil, "\(plan)")
        }
    }

    @Test("its key is rotated through the provider's API, and the set-up is as it was")
    func rotated() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: ["users_stream"], isService: true)
            try await site.choose(add: ["all_users"])
            _ = try await site.apply(plan: try await site.apply()["plan"])
            try await site.useTheApp()
            let done = try await test.post(
                "/credentials/okta-app/rotate",
                ["administrator_token": .string(OktaTenant.administratorToken), "overlap_seconds": 0])
            #expect(done["complete"] == true, "\(done)")
            #expect(try await site.apply()["changes"] == 0)
            try await site.expectDone("users_stream")
        }
    }

    @Test("it is proved: checks about an account do not apply, the others do, and drift names no account")
    func proved() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: ["users_stream", "groups_stream"], isService: true)
            try await site.choose(add: ["all_users", "all_groups"])
            _ = try await site.apply(plan: try await site.apply()["plan"])
            try await site.useTheApp()
            _ = try await site.run("users_stream", [:])
            // A token that is only just there is not fetched anew.
            test.clock.advance(seconds: 120)
            let report = try await test.post(
                "/connections/okta/verify", ["administrator_token": .string(OktaTenant.administratorToken)])
            let verdicts = OktaTenant.verdicts(report)
            for check in [
                "token_owner", "no_administrator", "web_service_only", "no_temporary_role", "nobody_else_assigned",
                "assigned_alone",
            ] {
                #expect(verdicts[check] == "does_not_apply", "\(check): \(report)")
            }
            for check in ["scopes_agree", "scopes_held", "functions_tested", "refresh_tested"] {
                #expect(verdicts[check] == "proved", "\(check): \(report)")
            }
            #expect(report["verdict"] == "proved", "\(report)")
        }
    }

    @Test(
        "killed between the app and the answer: the key is sealed here already, and the next run goes on with that app")
    func answerLost() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions, isService: true)
            try await site.choose(add: ["all_users", "all_groups"])
            let plan = try await site.apply()
            try await site.loseTheApp()
            let half = try await site.apply(plan: plan["plan"])
            #expect(ApplySite.states(half)["client_key"] == "done", "\(half)")
            #expect(ApplySite.states(half)["app"] == "failed", "\(half)")
            let rest = try await site.apply()
            #expect(ApplySite.states(rest)["client_key"] == "there", "\(rest)")
            #expect(ApplySite.states(rest)["app"] == "there", "\(rest)")
            #expect(ApplySite.states(rest)["client_credential"] == "create", "\(rest)")
            // A web app would take the key away from the app that has it.
            await ApplySite(test: test).expectRefusal("credential_taken", ["seal_as": "okta-app"])
            #expect(try await site.apply(plan: rest["plan"])["complete"] == true)
            #expect(try await site.ask("GET", "/api/v1/apps?q=Linchpin%20okta").array?.count == 1)
            try await site.useTheApp()
            try await site.expectDone("groups_stream")
        }
    }

    @Test("a service app of the same name with another key is not taken over, whatever else fits; and nothing is done")
    func foreignApp() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions, isService: true)
            try await site.choose(add: ["all_users", "all_groups"])
            let key = try JWSPrivateKey.make(.es256)
            try await site.ask(
                "POST", "/api/v1/apps",
                [
                    "label": "Linchpin okta", "signOnMode": "OPENID_CONNECT",
                    "credentials": ["oauthClient": ["token_endpoint_auth_method": "private_key_jwt"]],
                    "settings": [
                        "oauthClient": [
                            "application_type": "service", "grant_types": ["client_credentials"],
                            "dpop_bound_access_tokens": true, "jwks": ["keys": [key.publicKey.jwk]],
                        ]
                    ],
                ])
            let before = try await site.state()
            let plan = try await site.apply()
            let app = plan["steps"]?.array?.first { $0["step"] == "app" }
            #expect(plan["plan"] == .null && app?["state"] == "differs", "\(plan)")
            #expect(app?["differs"] == ["/settings/oauthClient/jwks/keys"], "\(plan)")
            #expect(try await site.state() == before)
            #expect(try await test.admin.call("GET", "/credentials")["items"]?.array?.count == 1, "no key is sealed")
        }
    }

    @Test("more members than a page: what stands on the second one is seen, and goes")
    func manyMembers() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions, isService: true)
            try await site.choose(add: ["all_users", "all_groups"])
            _ = try await site.apply(plan: try await site.apply()["plan"])
            let foreign = (0..<120).map { "\(test.sandboxURL)/api/v1/users/00uforeign\($0)" }
            try await site.ask(
                "PATCH", "/api/v1/iam/resource-sets/Linchpin%20okta/resources", ["additions": .texts(foreign)])
            let plan = try await site.apply()
            let step = plan["steps"]?.array?.first { $0["step"] == "resources" }
            #expect(Set(step?["removes"]?.texts ?? []) == Set(foreign), "\(plan)")
        }
    }

    @Test("refusals, each before anything is done")
    func refusals() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions, isService: true)
            try await site.choose(add: ["all_users", "all_groups"])
            await site.expectRefusal("account_not_needed", ["account": .string(OktaTenant.account)])
            await site.expectRefusal("credential_taken", ["seal_as": "key"])
            await site.expectRefusal("plan_changed", ["plan": .string(String(repeating: "0", count: 64))])
            // A plan of one kind of app is none of another.
            let web = try #require(try await ApplySite(test: test).apply()["plan"])
            await site.expectRefusal("plan_changed", ["plan": web])
            #expect(try await site.ask("GET", "/api/v1/apps?q=Linchpin%20okta").array == [])
        }
    }

    @Test("the private key is in no file, log, event or answer, and the provider has the public half alone")
    func canaries() async throws {
        try await TestHub.with(sandbox: true) { test in
            let site = try await ApplySite.make(test, actions: Self.actions, isService: true)
            try await site.choose(add: ["all_users", "all_groups"])
            let plan = try await site.apply()
            let done = try await site.apply(plan: plan["plan"])
            #expect(done["complete"] == true, "\(done)")
            let app = try await site.ask("GET", "/api/v1/apps?q=Linchpin%20okta").value(at: "/0")
            let key = try #require(app?.value(at: "/settings/oauthClient/jwks/keys/0"))
            #expect(key["d"] == nil && key["kty"] == "EC" && key["use"] == "sig")
            let sealed = try await test.admin.call("GET", "/credentials/okta-app")
            #expect(sealed.value(at: "/settings/key_id") == key["kid"])
            #expect(sealed.value(at: "/settings/client_id") == app?["id"])
            try await test.settle()
            let events = try await test.admin.call("GET", "/audit-events").text()
            for text in [test.logged.all.joined(), plan.text(), done.text(), sealed.text(), events] {
                #expect(!text.contains("PRIVATE KEY") && !text.contains(TestHub.sandboxToken))
            }
            for file in try FolderScan.files(test.folder) {
                #expect(file.data.range(of: Data("PRIVATE KEY".utf8)) == nil, "\(file.name)")
            }
        }
    }
}
