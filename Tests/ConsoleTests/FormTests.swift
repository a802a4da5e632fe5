import Core
import Hub
import Testing

@testable import Console

@Suite("Console forms") struct ConsoleFormTests {
    @Test("making a row leads to its page")
    func creates() async throws {
        try await ConsoleRig.with { rig in
            let sent = try await rig.send(
                "users/new",
                [
                    ("name", "svc"), ("display_name", "Service"), ("email", ""), ("web_service_only", "false"),
                    ("web_service_only", "true"),
                ])
            #expect(sent.status == 303)
            let user = try await rig.make("user.get", id: "svc")
            #expect(sent.place == "/console/users/\(user["id"]?.string ?? "")?done=created")
            #expect(user["web_service_only"] == true)
            #expect(user["email"] == nil)
        }
    }

    @Test("only a link of our own proposes what stands in a form")
    func proposals() async throws {
        try await ConsoleRig.with { rig in
            let proposed = [("name", "proposed-name")]
            let own = try await rig.page("users/new", query: proposed)
            #expect(own.contains("value=\"proposed-name\""))
            let foreign = try await rig.page("users/new", query: proposed, isFromOwnPage: false)
            #expect(!foreign.contains("proposed-name"))
        }
    }

    @Test("a mistake comes back at its field with the input kept, never a secret")
    func mistakesAtTheirField() async throws {
        try await ConsoleRig.with { rig in
            let sent = try await rig.send(
                "credentials/new",
                [("name", "okta-key"), ("kind", "api_key"), ("secret", "canary with spaces"), ("order", "many")])
            #expect(sent.status == 400)
            #expect(sent.html.contains("value=\"okta-key\""))
            #expect(!sent.html.contains("canary with spaces"))
            #expect(sent.html.contains("href=\"#f-order\""))
            #expect(sent.html.contains("id=\"f-order-error\""))
            let none = try await rig.make("credential.list")["items"]
            #expect(none == [])
        }
    }

    @Test("a change is looked at before it is made")
    func editsInTwoSteps() async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            let form = try await rig.page("connections/okta-prod/edit")
            let seen = try #require(form.firstMatch(of: #/name="seen" value="([0-9a-f]+)"/#)?.1)
            var fields = [
                ("seen", String(seen)), ("name", "okta-prod"), ("url", "https://okta.example.com"),
                ("credentials", ""), ("credentials", "okta-key"), ("actions", ""), ("actions", "suspend_user"),
                ("actions", "lookup_user"),
                ("allow_loopback_http", "false"), ("application", ConsoleRig.hostile),
            ]
            let look = try await rig.send("connections/okta-prod/edit", fields + [("step", "look")])
            #expect(look.html.contains("https://okta.example.org"))
            #expect(look.html.contains("https://okta.example.com"))
            let untouched = try await rig.make("connection.get", id: "okta-prod")["url"]
            #expect(untouched == "https://okta.example.org")

            let saved = try await rig.send("connections/okta-prod/edit", fields + [("step", "save")])
            #expect(saved.place == "/console/connections/okta-prod?done=saved")
            let row = try await rig.make("connection.get", id: "okta-prod")
            #expect(row["url"] == "https://okta.example.com")
            #expect(row["actions"] == ["lookup_user", "suspend_user"])

            fields[2].1 = "https://okta.example.net"
            let late = try await rig.send("connections/okta-prod/edit", fields + [("step", "save")])
            #expect(late.status == 409)
            let kept = try await rig.make("connection.get", id: "okta-prod")["url"]
            #expect(kept == "https://okta.example.com")
        }
    }

    @Test("a form that changes nothing changes nothing")
    func unchanged() async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            let before = try await rig.make("history.show", ["entity": "group", "id": "staff"])
            let sent = try await rig.send(
                "users/mara/edit",
                [
                    ("display_name", "Mara"), ("email", "mara@example.org"), ("active", "false"), ("active", "true"),
                    ("locked", "false"), ("web_service_only", "false"), ("step", "look"),
                ])
            #expect(sent.place == "/console/users/mara?done=unchanged")
            let after = try await rig.make("history.show", ["entity": "group", "id": "staff"])
            #expect(before == after)
        }
    }

    @Test("a secret of the hub's making is shown once and stands in no other page")
    func secretOnce() async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            let id = try await rig.make("client.list")["items"]?.array?.first?["id"]?.string ?? ""
            let sent = try await rig.send("clients/\(id)/add-secret", [("until", "")])
            let secret = try #require(sent.html.firstMatch(of: #/<code id="secret">([^<]+)</#)?.1)
            #expect(sent.status == 200)
            for place in ["clients/\(id)", "clients/\(id)/history", "audit-events", "transactions"] {
                let page = try await rig.page(place)
                #expect(!page.contains(secret))
            }
        }
    }

    @Test("an auth scope's rules are lines of a form")
    func rules() async throws {
        try await ConsoleRig.with { rig in
            let sent = try await rig.send(
                "scopes/new",
                [
                    ("name", "incident.read"), ("says", "Read incidents."), ("rules.method", "GET"),
                    ("rules.path", "/api/now/table/*"), ("rules.table", ""), ("rules.method", ""), ("rules.path", ""),
                    ("rules.table", ""),
                ])
            #expect(sent.status == 303)
            let rules = try await rig.make("scope.get", id: "incident.read")["rules"]?.array
            #expect(rules?.count == 1)
            #expect(rules?.first?["path"] == "/api/now/table/*")
        }
    }

    @Test("deleting asks first and leads back to the list")
    func deletes() async throws {
        try await ConsoleRig.with { rig in
            try await rig.furnish()
            let page = try await rig.page("groups/staff/delete")
            #expect(page.contains("Deletes a group"))
            let there = try await rig.make("group.get", id: "staff")["name"]
            #expect(there == "staff")
            let sent = try await rig.send("groups/staff/delete", [("csrf", "x")])
            #expect(sent.place == "/console/groups")
            await #expect(throws: HubError.self) { try await rig.make("group.get", id: "staff") }
        }
    }

    /// What a person can wait out or have somebody else do.
    static let refusals = [
        HubError(.unavailable, "queue_full", "Too much at once. Try again."),
        HubError(.tooManyRequests, "too_many", "Too often. Wait for a minute."),
        HubError(.forbidden, "credential_new_host", "Ask somebody with the role credential_admin."),
        HubError(.conflict, "name_taken", "There is one already."), HubError(.tooLarge, "too_large", "Too much."),
    ]

    @Test("a refused form keeps what was typed and answers with the status of the refusal", arguments: refusals)
    func keepsWhatWasTyped(error: HubError) async throws {
        try await ConsoleRig.with { rig in
            let form = [("name", "typed-name"), ("says", "Typed words.")]
            let visit = rig.visit("groups/new", form: form) { _, _ in throw error }
            guard case .page(let content, let status) = try await Console.act(visit) else {
                Issue.record("no page")
                return
            }
            let html = try rig.frame.page(content, for: visit)
            #expect(status == error.kind.status)
            #expect(html.contains("value=\"typed-name\"") && html.contains(error.message))
        }
    }

    @Test("on the form of a credential only the secret itself is called so")
    func secretLabel() async throws {
        try await ConsoleRig.with { rig in
            let page = try await rig.page("credentials/new", query: [("kind", "api_key")])
            #expect(page.contains(">Rotate after (days)"))
            #expect(!page.contains(">Secret may"))
        }
    }

    @Test("HEAD does not come back from a provider: only GET uses a consent up")
    func headOfConsent() async throws {
        try await ConsoleRig.with { rig in
            let target = try RequestTarget("/oauth_redirect.do?state=s&code=c")
            guard case .otherMethods(["GET"], .page) = rig.hub.routes.match("HEAD", target) else {
                Issue.record("HEAD leads to the page")
                return
            }
            guard case .route(let route, _) = rig.hub.routes.match("GET", target) else {
                Issue.record("GET leads nowhere")
                return
            }
            #expect(route.name == "console.consent")
            guard case .route = rig.hub.routes.match("HEAD", try RequestTarget("/console/sign-in")) else {
                Issue.record("every other page takes HEAD")
                return
            }
        }
    }

    @Test("a sign-in link that is tried too often answers 429, not that it is used up")
    func linkTooOften() async throws {
        let pages = Console.pages()
        let redeem = try #require(pages.all.first { $0.name == "console.link.send" })
        // They are counted within a minute, which a busy machine may take for them.
        var effects = Effects.live()
        let now = effects.now()
        effects.now = { now }
        try await ConsoleRig.with(effects: effects) { rig in
            var statuses: Set<Int> = []
            for _ in 0...Limits.signInsOfOneAddress.value {
                let cause = Cause(.hub, at: rig.hub.effects.now(), .new(rig.hub.effects))
                let reply = try await redeem.run(
                    PageRequest(
                        hub: rig.hub, path: "/console/link", form: [(name: "token", value: "none-of-ours")],
                        principal: nil, session: nil, cause: cause, address: "192.0.2.1"))
                statuses.insert(reply.status)
                #expect(String(decoding: reply.body, as: UTF8.self).contains("used up") == (reply.status == 401))
            }
            #expect(statuses == [401, 429])
        }
    }
}
