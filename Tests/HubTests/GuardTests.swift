import Core
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("What is in use stays, what is missing is said") struct GuardTests {
    private static let flow = """
        flow: purge
        title: Purge
        trigger: manual
        uses: { okta: okta-prod }
        steps: [{ find: { action: okta.lookup_user, with: { login: a } } }]
        """

    @Test("Each operation that somebody looks over is there")
    func names() async throws {
        try await TestHub.with { test in
            let known = Set(test.hub.operations.map(\.name))
            let looked = FailingFlows.changes.union(ScopeReach.shown).union(Guards.checks.keys)
            #expect(looked.subtracting(known).isEmpty)
        }
    }

    @Test("An alias of an active flow", arguments: TestStore.allCases)
    func alias(store: TestStore) async throws {
        try await TestHub.with(store) { test in
            try await test.post("/flows", ["source": .string(Self.flow)])
            let early = try await test.refusal("POST", "/flows/purge/activate")
            #expect(
                early == "unknown_alias: Flow purge uses the alias okta-prod, which does not exist. "
                    + "Make it: linchpin alias create okta-prod --connection NAME")
            #expect(try await test.admin.call("GET", "/flows/purge")["active"] == false)
            let alias = try await test.post("/aliases", ["name": "okta-prod", "spoke": "okta"])
            try await test.post("/flows/purge/activate", [:])
            for id in ["okta-prod", alias["id"]?.string ?? "-"] {
                let used = try await test.refusal("DELETE", "/aliases/\(id)")
                #expect(
                    used == "alias_in_use: Alias okta-prod is used by the active flow purge. "
                        + "Deactivate it first: linchpin flow deactivate purge")
            }
            #expect(try await test.admin.call("GET", "/aliases/okta-prod")["name"] == "okta-prod")
            try await test.post("/flows/purge/deactivate", [:])
            _ = try await test.admin.call("DELETE", "/aliases/okta-prod")
            #expect(try await test.refusal("DELETE", "/aliases/okta-prod").hasPrefix("unknown_alias: "))
        }
    }

    @Test(
        "Who takes away what an active flow runs hears which one fails; so does the doctor",
        arguments: TestStore.allCases)
    func failingFlows(store: TestStore) async throws {
        try await TestHub.with(store) { test in
            try await test.post("/spokes/okta/activate", [:])
            try await test.post("/credentials", ["name": "k", "kind": "api_key", "secret": "canary"])
            for name in ["main", "spare"] {
                try await test.post(
                    "/connections",
                    [
                        "name": .string(name), "spoke": "okta", "url": "https://acme.example", "credential": "k",
                        "actions": name == "main" ? ["lookup_user", "suspend_user"] : [],
                    ])
            }
            try await test.post("/aliases", ["name": "okta-prod", "connection": "main"])
            try await test.post("/aliases/okta-prod/add-connection", ["connection": "spare"])
            try await test.post("/flows", ["source": .string(Self.flow)])
            let idle = try await test.post("/connections/main/disable-action", ["action": "lookup_user"])
            #expect(idle["flows_fail"] == [], "a flow that is off fails nowhere")
            try await test.post("/connections/main/enable-action", ["action": "lookup_user"])
            try await test.post("/flows/purge/activate", [:])
            let well = try await test.doctor("flows")
            #expect(well["state"] == "ok", "\(well)")

            let fails =
                "Flow purge: Line 5: step find runs lookup_user, which connection main does not enable. "
                + "Enable it: linchpin connection enable main lookup_user"
            let updated = try await test.admin.call("PATCH", "/connections/main", ["actions": ["suspend_user"]])
            #expect(updated["flows_fail"] == [.string(fails)])
            #expect(updated["no_longer"] == ["actions": ["lookup_user"]])
            let again = try await test.admin.call("PATCH", "/connections/main", ["actions": ["suspend_user"]])
            #expect(again["flows_fail"] == [] && again["no_longer"] == [:], "said once: \(again)")
            let ill = try await test.doctor("flows")
            #expect(ill["state"] == "warn" && ill["says"]?.string == fails, "\(ill)")
            #expect(ill["next"] == "Do what it says, or: linchpin flow deactivate purge")

            try await test.post("/connections/main/enable-action", ["action": "lookup_user"])
            let disabled = try await test.post("/connections/main/disable-action", ["action": "lookup_user"])
            #expect(disabled["flows_fail"] == [.string(fails)])
            try await test.post("/connections/main/enable-action", ["action": "lookup_user"])
            let switched = try await test.post("/aliases/okta-prod/activate", ["connection": "spare"])
            #expect(switched["flows_fail"]?.texts?.first?.contains("connection spare does not enable") == true)
            try await test.post("/flows/purge/deactivate", [:])
            let activated = try await test.post("/flows/purge/activate", [:])
            #expect(activated["flows_fail"] == switched["flows_fail"], "it begins to fail by being active")
            try await test.post("/aliases/okta-prod/activate", ["connection": "main"])
            let spoke = try await test.post("/spokes/okta/deactivate", [:])
            #expect(spoke["flows_fail"]?.texts?.first?.contains("linchpin spoke activate okta") == true, "\(spoke)")
        }
    }

    @Test("A scope and a user of a client", arguments: TestStore.allCases)
    func client(store: TestStore) async throws {
        try await TestHub.with(store) { test in
            _ = try await test.caller("hr", scopes: [.tables])
            _ = try await test.admin.call("PATCH", "/scopes/all.tables", ["active": false])
            _ = try await test.admin.call("PATCH", "/users/hr", ["active": false])
            #expect(
                try await test.refusal("DELETE", "/scopes/all.tables")
                    == "scope_in_use: Auth scope all.tables is held by the client hr. Take it from the client first.")
            #expect(
                try await test.refusal("DELETE", "/users/hr")
                    == "user_in_use: The client hr acts as this user. "
                    + "Give it another first: linchpin client update hr --user NAME")
            _ = try await test.admin.call("DELETE", "/clients/hr")
            _ = try await test.admin.call("DELETE", "/scopes/all.tables")
            _ = try await test.admin.call("DELETE", "/users/hr")
            #expect(try await test.refusal("DELETE", "/scopes/all.tables").hasPrefix("unknown_scope: "))
            #expect(
                try await test.refusal("DELETE", "/users/hr")
                    == "unknown_user: There is no user \"hr\". See: linchpin user list")
        }
    }
}

extension TestHub {
    /// What the doctor says of one thing.
    fileprivate func doctor(_ check: String) async throws -> JSON {
        let answer = try await admin.call("GET", "/checks")
        return try #require(answer["items"]?.array?.first { $0["name"]?.string == check })
    }

    /// The reason and the sentence of a refused call; empty when it was not refused.
    fileprivate func refusal(_ method: String, _ path: String) async throws -> String {
        do {
            _ = try await admin.call(method, path, [:])
            return ""
        } catch let error as HubError { return "\(error.reason): \(error.message)" }
    }
}
