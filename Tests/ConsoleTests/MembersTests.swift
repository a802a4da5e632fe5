import Core
import Ports
import Testing

@testable import Console

@Suite("Console: forms of objects") struct MembersTests {
    @Test("a new credential asks for its kind first, and then for that kind's settings by name")
    func kindFirst() async throws {
        try await ConsoleRig.with { rig in
            let choice = try await rig.page("credentials/new")
            #expect(choice.contains("/console/credentials/new?kind=oauth") && !choice.contains("<form class=\"form\""))
            let form = try await rig.page("credentials/new", query: [("kind", "oauth")])
            #expect(form.contains("name=\"settings.client_id\"") && form.contains("More settings"))
            #expect(form.contains("<input type=\"hidden\" name=\"kind\" value=\"oauth\">"))
            #expect(!form.contains("name=\"settings\""))
            let key = try await rig.page("credentials/new", query: [("kind", "header_key")])
            #expect(key.contains("name=\"settings.header\"") && !key.contains("settings.client_id"))
            let unknown = try await rig.page("credentials/new", query: [("kind", "<b>")])
            #expect(unknown.contains("/console/credentials/new?kind=oauth"))
        }
    }

    private static let sealed = [
        ("name", "crm"), ("kind", "oauth"), ("secret", "canary-of-the-client"), ("settings.client_id", "app-1"),
        ("settings.grant", ""), ("settings.pkce", ""), ("settings.dpop", "false"), ("settings.refresh_grace", "30"),
        ("settings.scopes", "read\r\nwrite"), ("settings.authorize_url", "https://id.example.org/authorize"),
        ("settings.token_url", "https://id.example.org/token"), ("settings.expected_owner", "svc@example.org"),
    ]

    @Test("what is filled in becomes one object; what is left open is not sent")
    func becomesAnObject() async throws {
        try await ConsoleRig.with { rig in
            let sent = try await rig.send("credentials/new", Self.sealed)
            #expect(sent.status == 303, "\(sent.html)")
            let settings = try await rig.make("credential.get", id: "crm")["settings"]
            #expect(
                settings == [
                    "client_id": "app-1", "dpop": false, "refresh_grace": 30, "scopes": ["read", "write"],
                    "authorize_url": "https://id.example.org/authorize",
                    "token_url": "https://id.example.org/token", "expected_owner": "svc@example.org",
                ])
        }
    }

    @Test("a mistake in a member comes back at its field, in a fold that is open")
    func mistakes() async throws {
        try await ConsoleRig.with { rig in
            var form = Self.sealed
            form[7] = ("settings.refresh_grace", "9999")
            let sent = try await rig.send("credentials/new", form)
            #expect(sent.status == 400)
            #expect(sent.html.contains("href=\"#f-settings.refresh_grace\"") && sent.html.contains("<details open>"))
            #expect(sent.html.contains("value=\"app-1\"") && !sent.html.contains("canary-of-the-client"))
        }
    }

    @Test("an emptied member is taken away, and the others stay")
    func emptied() async throws {
        try await ConsoleRig.with { rig in
            _ = try await rig.send("credentials/new", Self.sealed)
            let form = try await rig.page("credentials/crm/edit")
            #expect(form.contains("value=\"svc@example.org\"") && !form.contains("name=\"kind\""))
            let seen = try #require(form.firstMatch(of: #/name="seen" value="([0-9a-f]+)"/#)?.1)
            let changed = [
                ("seen", String(seen)), ("step", "save"), ("settings.client_id", "app-1"),
                ("settings.expected_owner", ""), ("settings.dpop", ""),
            ]
            #expect(try await rig.send("credentials/crm/edit", changed).status == 303)
            let settings = try await rig.make("credential.get", id: "crm")["settings"]
            #expect(settings?["expected_owner"] == nil && settings?["dpop"] == nil)
            #expect(settings?["refresh_grace"] == 30 && settings?["client_id"] == "app-1")
        }
    }

    @Test("a flow's inputs are asked for one by one, a sensitive one hidden")
    func inputsOfAFlow() async throws {
        try await ConsoleRig.with { rig in
            try await rig.make("flow.create", ["source": .string(Self.flow)])
            try await rig.make("flow.activate", id: "greet")
            let form = try await rig.page("flows/greet/run")
            #expect(form.contains("name=\"input.times\" type=\"number\"") || form.contains("type=\"number\""))
            #expect(form.contains("Whom to greet.") && form.contains("type=\"password\""))
            let lacking = try await rig.send("flows/greet/run", [("input.name", ""), ("input.times", "2")])
            #expect(lacking.status == 400 && lacking.html.contains("#f-input.name"))
            let sent = try await rig.send(
                "flows/greet/run",
                [("input.name", "Mara"), ("input.times", "2"), ("input.loud", ""), ("input.code", "canary-of-a-code")])
            #expect(sent.place?.hasPrefix("/console/executions/") == true, "\(sent.html)")
        }
    }

    private static let flow = """
        flow: greet
        title: Greet
        trigger:
          manual:
            name: { type: text, says: Whom to greet. }
            times: { type: int, says: How often. }
            loud: { type: bool, required: false, says: Whether to shout. }
            code: { type: text, sensitive: true, required: false, says: A code. }
        uses: {}
        steps:
          - pause: { wait: 1s }
        """
}
