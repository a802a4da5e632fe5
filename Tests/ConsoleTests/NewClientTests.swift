import Core
import Ports
import Testing

@testable import Console

@Suite("Console: a new client") struct NewClientTests {
    @Test("the first page asks what it is and offers each template, with the grant that fits")
    func asksFirst() async throws {
        try await ConsoleRig.with { rig in
            let page = try await rig.page("clients/new")
            #expect(!page.contains("<form class=\"form\""))
            let items = try await rig.make("client-template.list")["items"]?.array ?? []
            #expect(items.count > 5)
            for item in items {
                #expect(page.contains("/console/clients/new?template=\(item["name"]?.string ?? "-")\""))
                #expect(page.contains(item["asks"]?.string ?? "-"))
            }
            #expect(page.contains("fits: authorization code, not implicit"))
            let unknown = try await rig.page("clients/new", query: [("template", "<b>")])
            #expect(unknown.contains("/console/clients/new?template=web\"") && !unknown.contains("<b>"))
        }
    }

    @Test("the form is short, says why, and stands filled with what the template has")
    func short() async throws {
        try await ConsoleRig.with { rig in
            let web = try await rig.page("clients/new", query: [("template", "web")])
            for name in ["name", "user", "scopes", "redirect_uris", "token_seconds"] {
                #expect(web.contains("name=\"\(name)\""), "\(name)")
            }
            for name in ["grants", "public", "native", "without_pkce", "jwks", "application"] {
                #expect(!web.contains("name=\"\(name)\""), "\(name)")
            }
            #expect(web.contains("RFC 9700 §2.1.1") && web.contains("It starts with"))
            #expect(web.contains("<input type=\"hidden\" name=\"template\" value=\"web\">"))
            #expect(web.contains("value=\"1800\""))
            let service = try await rig.page("clients/new", query: [("template", "service")])
            #expect(!service.contains("redirect_uris"))
        }
    }

    @Test("what is sent becomes a client with the template's settings")
    func registers() async throws {
        try await ConsoleRig.with { rig in
            try await rig.make("user.create", ["name": "svc", "web_service_only": true])
            try await rig.make(
                "scope.create", ["name": "map.read", "rules": [["method": "GET", "path": "/api/now/table/map"]]])
            var form = [
                ("template", "single-page"), ("name", "map"), ("user", "svc"), ("token_seconds", "900"),
                ("redirect_uris", ""), ("scopes", "map.read"),
            ]
            let bare = try await rig.send("clients/new", form)
            #expect(bare.status == 400 && bare.html.contains("value=\"map\"") && bare.html.contains("redirect URI"))
            form[4].1 = "https://map.example/cb"
            let sent = try await rig.send("clients/new", form)
            #expect(sent.status == 303, "\(sent.html)")
            let client = try await rig.make("client.get", id: "map")
            #expect(client["public"] == true && client["token_seconds"] == 900)
            #expect(client["grants"] == ["authorization_code", "refresh_token"])
            #expect(client["refresh_idle_seconds"] == 86_400)
        }
    }

    @Test("a form that names no template is asked what it is, and registers nothing")
    func withoutTemplate() async throws {
        try await ConsoleRig.with { rig in
            try await rig.make("user.create", ["name": "svc", "web_service_only": true])
            let sent = try await rig.send("clients/new", [("name", "map"), ("user", "svc")])
            #expect(sent.status == 400 && sent.html.contains("?template=web"))
            let clients = try await rig.make("client.list")["items"]
            #expect(clients == [])
        }
    }
}

@Suite("Console: findings of clients") struct ClientFindingTests {
    @Test("what is standing of a client is on the overview, among the findings and on its page")
    func standing() async throws {
        try await ConsoleRig.with { rig in
            try await rig.make("user.create", ["name": "svc", "web_service_only": true])
            try await rig.make(
                "client.create",
                [
                    "name": "old-app", "user": "svc", "scopes": [], "grants": ["authorization_code"],
                    "redirect_uris": ["https://old.example/cb"], "without_pkce": true,
                ])
            for place in ["overview", "findings", "clients/old-app"] {
                let page = try await rig.page(place)
                #expect(page.contains("without a proof key, so whoever steals a code"), "\(place)")
            }
            let hidden = try await rig.page("overview", as: ConsoleRig.someone(.credentialAdmin))
            #expect(!hidden.contains("old-app"))
        }
    }
}

@Suite("Console: a client's page") struct ClientPageTests {
    @Test("it says what its tokens may do and what to change, and leads to its tokens")
    func explains() async throws {
        try await ConsoleRig.with { rig in
            try await rig.make("user.create", ["name": "svc", "web_service_only": true])
            try await rig.make(
                "scope.create",
                [
                    "name": "incident.read", "says": "Reads incidents.",
                    "rules": [["method": "GET", "path": "/api/now/table/incident", "table": "incident"]],
                ])
            try await rig.make(
                "client.create",
                ["name": "hr", "user": "svc", "scopes": ["incident.read"], "template": "service"])
            let page = try await rig.page("clients/hr")
            for text in [
                "What its tokens may do", "Reads incidents.", "GET /api/now/table/incident",
                "svc where it acts for itself",
                "/console/simulator?client=hr", "/console/tokens?client=hr", "RFC 9700 §2.2.1",
                "FAPI 2.0 Security Profile §5.3.2.1", "then set requires_dpop to true",
            ] {
                #expect(page.contains(text), "\(text)")
            }
            // The report stands on the page itself.
            #expect(!page.contains("/console/clients/hr/report"))
            let tokens = try await rig.page("tokens", query: [("client", "hr")])
            #expect(tokens.contains("There is no token yet") || tokens.contains("Nothing fits"))
            let user = try await rig.page("users/svc")
            #expect(user.contains("/console/tokens?user=svc") && user.contains("/revoke-tokens"))
        }
    }
}
