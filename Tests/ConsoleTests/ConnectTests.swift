import Core
import Hub
import Ports
import Testing

@testable import Console

@Suite("Console: connecting") struct ConnectTests {
    private func with(_ body: (ConsoleRig) async throws -> Void) async throws {
        try await ConsoleRig.with { rig in
            if rig.hub.operations.contains(where: { $0.name == "spoke.activate" }) {
                try await rig.make("spoke.activate", id: "okta")
            }
            try await body(rig)
        }
    }

    @Test("from a key to an alias, each step by its operation")
    func allSteps() async throws {
        try await with { rig in
            let key = try await rig.send(
                "spokes/okta/connect",
                [("step", "credential"), ("name", "trial-key"), ("kind", "api_key"), ("secret", "canary-00aKey")])
            #expect(key.place == "/console/spokes/okta/connect?credential=trial-key")
            let connection = try await rig.send(
                "spokes/okta/connect", query: [("credential", "trial-key")],
                [
                    ("step", "connection"), ("name", "trial"), ("url", "https://okta.example.org"), ("actions", ""),
                    ("actions", "lookup_user"), ("allow_loopback_http", "false"),
                ])
            #expect(connection.place == "/console/spokes/okta/connect?credential=trial-key&connection=trial")
            let made = try await rig.make("connection.get", id: "trial")
            #expect(made["actions"] == ["lookup_user"])
            let alias = try await rig.send(
                "spokes/okta/connect", query: [("connection", "trial")], [("step", "alias"), ("name", "okta-trial")])
            #expect(alias.place == "/console/spokes/okta/connect?connection=trial&alias=okta-trial")
            let last = try await rig.page("spokes/okta/connect", query: [("alias", "okta-trial")])
            #expect(last.contains("uses: { okta: okta-trial }"))
            #expect(!last.contains("canary-00aKey"))
        }
    }

    @Test("the actions to tick say what they do and what can't be taken back")
    func actionsInWords() async throws {
        try await with { rig in
            let page = try await rig.page("spokes/okta/connect", query: [("credential", "x")])
            #expect(page.contains("value=\"suspend_user\""))
            #expect(page.contains("it can&#39;t be taken back"))
        }
    }

    @Test("a mistake stays on its step, and nothing is made")
    func mistakes() async throws {
        try await with { rig in
            let sent = try await rig.send(
                "spokes/okta/connect", query: [("credential", "no-such-key")],
                [("step", "connection"), ("name", "trial"), ("url", "https://okta.example.org"), ("actions", "")])
            #expect(sent.status >= 400)
            let none = try await rig.make("connection.list")["items"]
            #expect(none == [])
        }
    }

    @Test("whoever may seal no key is told who can, and gets no form for it")
    func withoutTheRole() async throws {
        try await with { rig in
            let page = try await rig.page("spokes/okta/connect", as: ConsoleRig.someone(.connectionAdmin))
            #expect(page.contains("credential_admin"))
            #expect(!page.contains("type=\"password\""))
        }
    }

    @Test("a spoke that is not activated offers nothing but that")
    func activation() async throws {
        try await ConsoleRig.with { rig in
            guard rig.hub.operations.contains(where: { $0.name == "spoke.activate" }) else { return }
            let page = try await rig.page("spokes/okta")
            #expect(page.contains("/console/spokes/okta/activate"))
            #expect(!page.contains("/console/spokes/okta/connect"))
            #expect(!page.contains("Suspend User"))
            await #expect(throws: HubError.self) { _ = try await rig.page("spokes/okta/connect") }
        }
    }

    @Test("verify: the form takes an administrator's token hidden, and the answer shows each verdict with its evidence")
    func verify() async throws {
        try await with { rig in
            try await rig.furnish()
            let form = try await rig.page("connections/okta-prod/verify")
            #expect(form.contains("type=\"password\"") && form.contains("https://okta.example.org"))
            let visit = rig.visit("connections/okta-prod/verify", form: [("refresh", "true")]) { name, _ in
                guard name == "connection.verify" else {
                    return ["name": "okta-prod", "url": "https://okta.example.org"]
                }
                return [
                    "verdict": "refuted", "proved": 1, "refuted": 1, "not_readable": 0,
                    "credentials": ["okta-app", "okta-key"],
                    "checks": [
                        [
                            "credential": "okta-key", "check": "nobody_else_assigned",
                            "claim": "No other person is assigned.",
                            "verdict": "refuted", "evidence": "One other has it.", "next": "Remove them.",
                            "items": [["says": "<mara>", "next": "DELETE /x"]],
                        ]
                    ],
                ]
            }
            guard case .page(let content, 200) = try await Console.act(visit) else {
                Issue.record("no page")
                return
            }
            let html = try rig.frame.page(content, for: visit)
            #expect(html.contains("refuted") && html.contains("One other has it.") && html.contains("&lt;mara&gt;"))
            #expect(html.contains("okta-key"), "of several credentials each check says which")
        }
    }

    @Test("drift: before the first look it says so, and four columns come with one")
    func drift() async throws {
        try await with { rig in
            try await rig.furnish()
            let page = try await rig.page("connections/okta-prod/drift")
            #expect(page.contains("has not looked yet"))
            let visit = rig.visit("connections/okta-prod/drift", form: [("x", "y")]) { name, _ in
                guard name == "connection.drift" else { return ["name": "okta-prod"] }
                return [
                    "checked_at": "2026-11-27T08:00:00Z",
                    "columns": [
                        "scopes": [
                            [
                                "scope": "okta.logs.read", "needed_by_flows": "no", "configured_here": "yes",
                                "granted_at_the_provider": "not_readable", "carried_by_the_token": "no",
                            ]
                        ], "not_readable": ["granted_at_the_provider": "The token does not hold okta.appGrants.read."],
                        "not_read": ["assigned_people"],
                    ], "changes": [["code": "configured_scope_not_carried", "says": "Said.", "next": "Do it."]],
                ]
            }
            guard case .page(let content, 200) = try await Console.act(visit) else {
                Issue.record("no page")
                return
            }
            let html = try rig.frame.page(content, for: visit)
            #expect(html.contains("okta.logs.read") && html.contains("not readable") && html.contains("Said. Do it."))
            #expect(html.contains("Not read: assigned people."))
        }
    }
}
