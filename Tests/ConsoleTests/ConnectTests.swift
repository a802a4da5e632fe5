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
}
