import Console
import Core
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

/// A name that would be markup, if a page took it for that.
private let hostile = "<b onclick=alert(1)>\"HR'"

/// A browser on its way from an application to the hub and back.
private struct Person: Browsing {
    let test: TestHub
    let client: String
    var cookie = "none=none"

    /// A hub with the console, `mara`, and a client that may ask for codes.
    static func with(_ store: TestStore = .sqlite, _ body: (Person) async throws -> Void) async throws {
        let client: JSONObject = [
            "name": .string(hostile), "scopes": ["leavers"], "public": true, "grants": ["authorization_code"],
            "redirect_uris": [.string(callback)],
        ]
        try await withClient(store, client, scope: "Reads <i>leavers</i>.") { test, made in
            try await body(Person(test: test, client: try #require(made["client_id"]?.string)))
        }
    }

    func path(_ more: String = "", state: String = "s", at endpoint: String = "/oauth2/authorize") -> String {
        endpoint
            + "?response_type=code&client_id=\(client)&scope=leavers&state=\(PercentEncoding.encode(state))"
            + "&code_challenge=\(Self.challenge)&code_challenge_method=S256\(more)"
    }

    var consents: Int {
        get async throws { try await test.admin.call("GET", "/consents")["items"]?.array?.count ?? 0 }
    }
}

@Suite("The authorization endpoint over HTTP") struct AuthorizeHTTPTests {
    @Test(
        "A12, A13, A14, A21: a stranger signs in, is asked, allows, and goes back with the state as it was",
        arguments: TestStore.allCases)
    func allow(_ store: TestStore) async throws {
        try await Person.with(store) { stranger in
            var person = stranger
            let state = String(repeating: "&=+\"<é%26%3D", count: 140)
            let first = try await person.get(person.path(state: state))
            #expect(first.status == 200)
            #expect(!first.text.contains("<b onclick"))
            let next = try first.field("next")
            let wrong = try await person.send("/console/sign-in", ["user": "mara", "password": "no", "next": next])
            #expect(wrong.status == 401)
            #expect(try wrong.field("next") == next)
            // Chromium holds the way of a form to it up to the last redirect.
            for page in [first, wrong] {
                #expect(
                    page.header("content-security-policy")?.contains("form-action 'self' https://app.example;") == true)
            }
            let signedIn = try await person.signIn(next: next)
            #expect(signedIn.status == 303)
            let question = try await person.get(signedIn.header("location") ?? "")
            #expect(question.status == 200)
            #expect(!question.text.contains("<b onclick") && !question.text.contains("<i>"))
            for word in ["&lt;b onclick=alert(1)&gt;", "leavers", "mara", "app.example"] {
                #expect(question.text.contains(word), "\(word)")
            }
            let policy = question.header("content-security-policy") ?? ""
            #expect(policy.contains("form-action 'self' https://app.example;"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(question.header("x-frame-options") == "DENY")
            #expect(question.header("cache-control") == "no-store")
            #expect(question.header("referrer-policy") == "same-origin")
            let form = ["csrf": try question.field("csrf"), "query": try question.field("query")]
            let back = try await person.send("/console/consent", form)
            #expect(back.status == 303)
            #expect(try back.answer["state"].map { Array($0.utf8) } == Array(state.utf8))
            #expect(try back.answer["iss"] == person.test.hub.issuer)
            #expect(try back.answer["code"]?.isEmpty == false)
            #expect(try back.answer["error"] == nil)
            let audited = try await person.test.audited(back)
            #expect(audited.first == "consent.given")
            let row = try await person.test.row(of: back)
            #expect(row["client"] == .string(hostile))
            #expect(row["user"] == "mara")
            let silent = try await person.get(person.path("&prompt=none"))
            #expect(silent.status == 303)
            #expect(try silent.answer["code"]?.isEmpty == false)
            let platform = try await person.get(person.path(at: "/oauth_auth.do"))
            #expect(try platform.answer["code"]?.isEmpty == false)
        }
    }

    @Test(
        "E8: a code becomes tokens that open the API, until the application gives them back",
        arguments: TestStore.allCases)
    func giveBack(_ store: TestStore) async throws {
        try await Person.with(store) { stranger in
            var person = stranger
            let (test, table) = (person.test, "/api/now/table/hr_leaver")
            _ = try await test.admin.call(
                "PATCH", "/clients/\(person.client)", ["grants": ["authorization_code", "refresh_token"]])
            try await test.grant("hr_leaver_reader", to: "mara")
            _ = try await person.signIn()
            let question = try await person.get(person.path())
            let form = ["csrf": try question.field("csrf"), "query": try question.field("query")]
            let code = try await person.send("/console/consent", form).answer["code"] ?? ""
            func ask(_ path: String, _ body: String) async throws -> JSON {
                let reply = try await test.send(
                    "POST", path, body: body + "&client_id=\(person.client)",
                    type: "application/x-www-form-urlencoded")
                #expect(reply.status == 200 && reply.header("cache-control") == "no-store")
                return try JSON.read(reply.body)
            }
            let first = try await ask(
                "/oauth2/token", "grant_type=authorization_code&code=\(code)&code_verifier=\(Person.verifier)")
            let second = try await ask(
                "/oauth_token.do", "grant_type=refresh_token&refresh_token=\(first["refresh_token"]?.string ?? "")")
            // Remembered by then.
            for tokens in [first, second] {
                let reply = try await test.send("GET", table, token: tokens["access_token"]?.string)
                #expect(reply.status == 200)
                #expect(try await test.row(of: reply)["user"] == "mara")
            }
            _ = try await ask("/oauth_revoke_token.do", "token=\(second["refresh_token"]?.string ?? "")")
            for tokens in [first, second] {
                let reply = try await test.send("GET", table, token: tokens["access_token"]?.string)
                #expect(reply.status == 401)
                #expect(try await test.row(of: reply)["reason"] == "token_revoked")
            }
        }
    }

    @Test("A21: whoever refuses goes back without a code, and is asked again")
    func refuse() async throws {
        try await Person.with { stranger in
            var person = stranger
            _ = try await person.signIn()
            let question = try await person.get(person.path())
            let form = ["csrf": try question.field("csrf"), "query": try question.field("query"), "refuse": "yes"]
            let back = try await person.send("/console/consent", form)
            #expect(back.status == 303)
            #expect(try back.answer["error"] == "access_denied")
            #expect(try back.answer["state"] == "s")
            let row = try await person.test.row(of: back)
            #expect(row["outcome"] == "refused")
            #expect(row["reason"] == "consent_denied" && row["says"] != nil)
            let again = try await person.get(person.path())
            #expect(again.status == 200)
            #expect(try await person.consents == 0)
        }
    }

    @Test("E14: a yes that does not come from the page is none")
    func forged() async throws {
        try await Person.with { stranger in
            var person = stranger
            _ = try await person.signIn()
            let question = try await person.get(person.path())
            let (csrf, query) = (try question.field("csrf"), try question.field("query"))
            var other = stranger
            _ = try await other.signIn()
            let foreign = try await other.get(other.path()).field("csrf")
            let rows: [(name: String, fields: [String: String], origin: String?)] = [
                ("no token", ["query": query], nil), ("another session's", ["csrf": foreign, "query": query], nil),
                ("another origin", ["csrf": csrf, "query": query], "https://evil.example"),
                ("no origin", ["csrf": csrf, "query": query], "null"),
            ]
            for row in rows {
                let reply = try await person.send("/console/consent", row.fields, origin: row.origin)
                #expect(reply.status == 403, "\(row.name)")
                #expect(reply.header("location") == nil, "\(row.name)")
            }
            let nobody = try await stranger.send("/console/consent", ["csrf": csrf, "query": query])
            #expect(nobody.status == 401)
            let elsewhere = query.replacing("scope=leavers", with: "scope=leavers&redirect_uri=https://evil.example/")
            let moved = try await person.send("/console/consent", ["csrf": csrf, "query": elsewhere])
            #expect(moved.status == 400)
            #expect(moved.header("location") == nil)
            #expect(try await person.consents == 0)
        }
    }

    @Test("A2, A5, A9: what is not known to be the client's gets a page that echoes nothing")
    func pages() async throws {
        try await Person.with { stranger in
            var person = stranger
            _ = try await person.signIn()
            let rows = [
                ("&redirect_uri=https://evil.example/%3Cscript%3E", "redirect_uri_unregistered"),
                ("&redirect_uri=https://evil.example/&prompt=none", "redirect_uri_unregistered"),
                ("&client_id=other", "parameter_repeated"), ("&x=%00", "malformed_query"),
            ]
            for (more, reason) in rows {
                for visitor in [stranger, person] {
                    let reply = try await visitor.get(visitor.path(more))
                    #expect(reply.status == 400, "\(more)")
                    #expect(reply.header("location") == nil)
                    #expect(!reply.text.contains("evil") && !reply.text.contains("<script>"))
                    #expect(reply.text.contains(reply.header("x-correlation-id") ?? "none"))
                }
                let logged = try await person.test.row(of: try await person.get(person.path(more)))
                #expect(logged["reason"] == .string(reason), "\(more)")
            }
        }
    }

    @Test("OpenID Connect Core 1.0 §3.1.2.6: with prompt=none the client is told what is missing")
    func silent() async throws {
        try await Person.with { stranger in
            let nobody = try await stranger.get(stranger.path("&prompt=none"))
            #expect(nobody.status == 303)
            #expect(try nobody.answer["error"] == "login_required")
            #expect(try nobody.answer["state"] == "s")
            var person = stranger
            _ = try await person.signIn()
            let unasked = try await person.get(person.path("&prompt=none"))
            #expect(try unasked.answer["error"] == "consent_required")
            let both = try await person.get(person.path("&prompt=none+login"))
            #expect(try both.answer["error"] == "invalid_request")
        }
    }

    @Test("prompt=login and max_age ask for one sign-in, not for another after it")
    func fresh() async throws {
        try await Person.with { stranger in
            for more in ["&prompt=login", "&max_age=0", "&prompt=select_account", "&max_age=10"] {
                var person = stranger
                _ = try await person.signIn()
                person.test.clock.advance(seconds: 11)
                let asked = try await person.get(person.path(more))
                #expect(asked.text.contains("type=\"password\""), "\(more)")
                let signedIn = try await person.signIn(next: try asked.field("next"))
                let question = try await person.get(signedIn.header("location") ?? "")
                #expect(question.text.contains("Allow"), "\(more)")
                #expect(!question.text.contains("type=\"password\""), "\(more)")
            }
        }
    }

    @Test("A19: no other origin reads here, and HEAD uses nothing up")
    func methods() async throws {
        try await Person.with { person in
            for method in ["GET", "OPTIONS", "HEAD", "POST"] {
                let reply = try await person.test.send(
                    method, person.path(), headers: [("Origin", "https://app.example")])
                #expect(!reply.headers.contains { $0.name.lowercased().hasPrefix("access-control-") }, "\(method)")
                #expect((reply.status == 405) == (method != "GET"), "\(method)")
            }
        }
    }

    @Test("What one has allowed stands on the account page, and is withdrawn there by nobody else")
    func account() async throws {
        try await Person.with { stranger in
            var person = stranger
            _ = try await person.signIn()
            let question = try await person.get(person.path())
            let csrf = try question.field("csrf")
            _ = try await person.send("/console/consent", ["csrf": csrf, "query": try question.field("query")])
            let id = try #require(
                try await person.test.admin.call("GET", "/consents")["items"]?.array?.first?["id"]?.string)
            let page = "/console/account/consents/\(id)"
            let list = try await person.get("/console/account")
            #expect(list.text.contains(page))
            try await person.test.post("/users", ["name": "nora"])
            try await person.test.post("/users/nora/set-password", ["password": .string(Person.password)])
            var nora = stranger
            _ = try await nora.signIn("nora")
            let none = try await nora.get("/console/account")
            #expect(!none.text.contains(page))
            let foreign = try await nora.get(page)
            #expect(foreign.status == 404)
            let token = try await nora.get(nora.path()).field("csrf")
            let taken = try await nora.send(page, ["csrf": token])
            #expect(taken.status == 404)
            #expect(try await person.consents == 1)
            let form = try await person.get(page)
            let done = try await person.send(page, ["csrf": try form.field("csrf")])
            #expect(done.status == 303)
            let audited = try await person.test.audited(done)
            #expect(audited == ["consent.withdrawn"])
            #expect(try await person.consents == 0)
        }
    }
}
