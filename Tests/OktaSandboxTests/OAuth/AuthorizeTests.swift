import Core
import Keys
import OktaSandbox
import Testing

/// A request that is bent, and what comes of it.
struct AuthorizeRow: Sendable, CustomTestStringConvertible {
    let name: String
    let changes: [String: String?]
    let error: String
    var testDescription: String { name }

    init(_ name: String, _ changes: [String: String?], _ error: String) {
        self.name = name
        self.changes = changes
        self.error = error
    }
}

struct AuthorizeTests {
    @Test("sign-in, consent, code, tokens; and the ID token says who it was")
    func wholeWay() throws {
        var play = try Play()
        let page = play.authorize(["login_hint": nora])
        #expect(page.status == 200)
        #expect(page.text.contains("This is a simulation"))
        #expect(page.text.contains("value=\"\(nora)\""))
        #expect(page.header("Content-Security-Policy")?.contains("form-action 'self' http://127.0.0.1:8080;") == true)
        let consent = play.post(
            "/sandbox/sign-in",
            [("ticket", page.ticket), ("username", nora.uppercased()), ("password", OktaOrg.trialPassword)])
        #expect(consent.text.contains("okta.users.read"))
        let back = play.post("/sandbox/consent", [("ticket", consent.ticket), ("answer", "allow")])
        #expect(back.status == 302)
        #expect(back.header("Location")?.hasPrefix(Play.back + "?") == true)
        #expect(back.back["state"] == "s-1")
        let tokens = try play.redeem(try #require(back.back["code"])).json
        #expect(tokens["token_type"] == "Bearer")
        #expect(tokens["expires_in"] == 3_600)
        #expect(tokens["scope"] == "openid offline_access okta.users.read okta.groups.read")
        #expect(tokens["refresh_token"]?.string?.isEmpty == false)
        let keys = try JWKSet(play.org.respond(to: .init(method: "GET", path: "/oauth2/v1/keys"), at: noon).json)
        let token = try JWS.read(try #require(tokens["id_token"]?.string))
        let key = try #require(keys.keys.first { $0.id == token.keyID })
        let claims = try token.verified(by: key, allowing: [.rs256], type: nil).claims
        #expect(claims["aud"] == .string(play.web))
        #expect(claims["iss"] == "http://127.0.0.1:9001")
        #expect(claims["nonce"] == "n-1")
        #expect(claims["preferred_username"] == .string(nora))
        // Once signed in and consented, nothing is asked any more.
        let sid = try #require(consent.sid)
        #expect(play.authorize(cookie: sid).back["code"] != nil)
        #expect(play.authorize(["prompt": "none"], cookie: sid).back["code"] != nil)
        #expect(!play.authorize(["prompt": "login"], cookie: sid).ticket.isEmpty)
        #expect(play.authorize(["prompt": "consent"], cookie: sid).text.contains("Allow access"))
        #expect(!play.authorize(["login_hint": mara], cookie: sid).ticket.isEmpty, "somebody else is hinted at")
        #expect(
            play.authorize(["prompt": "none", "scope": "openid email"], cookie: sid).back["error"] == "consent_required"
        )
        play.now = noon.adding(seconds: 7_200)
        #expect(!play.authorize(cookie: sid).ticket.isEmpty, "the session is over")
    }

    @Test(
        "what goes back to the application",
        arguments: [
            AuthorizeRow("no state", ["state": .none], "invalid_request"),
            AuthorizeRow("an empty state", ["state": ""], "invalid_request"),
            AuthorizeRow("another response type", ["response_type": "token"], "unsupported_response_type"),
            AuthorizeRow("no response type", ["response_type": .none], "unsupported_response_type"),
            AuthorizeRow("another response mode", ["response_mode": "form_post"], "unsupported_response_mode"),
            AuthorizeRow("RFC 7636 §4.3: plain", ["code_challenge_method": "plain"], "invalid_request"),
            AuthorizeRow("a challenge without a method", ["code_challenge_method": .none], "invalid_request"),
            AuthorizeRow("RFC 7636 §4.2: a short challenge", ["code_challenge": "abc"], "invalid_request"),
            AuthorizeRow("an unknown prompt", ["prompt": "maybe"], "invalid_request"),
            AuthorizeRow("prompt none with another", ["prompt": "none login"], "invalid_request"),
            AuthorizeRow("nobody signed in and no prompt allowed", ["prompt": "none"], "login_required"),
            AuthorizeRow("no scope", ["scope": .none], "invalid_scope"),
            AuthorizeRow("an unknown scope", ["scope": "openid okta.moon.read"], "invalid_scope"),
            AuthorizeRow("no scope that was granted", ["scope": "okta.apps.read okta.logs.read"], "consent_required"),
        ])
    func refused(row: AuthorizeRow) throws {
        var play = try Play()
        let reply = play.authorize(row.changes)
        #expect(reply.status == 302)
        #expect(reply.header("Location")?.hasPrefix(Play.back + "?") == true)
        #expect(reply.back["error"] == row.error)
        #expect(reply.back["error_description"]?.isEmpty == false)
        #expect(reply.back["code"] == nil)
    }

    @Test(
        "what is shown to the person, because no address can be trusted",
        arguments: [
            AuthorizeRow("an unknown client", ["client_id": "0oaNobody"], "invalid_client"),
            AuthorizeRow("no client", ["client_id": .none], "invalid_client"),
            AuthorizeRow("RFC 9700 §2.1: another path", ["redirect_uri": Play.back + "/"], "invalid_redirect_uri"),
            AuthorizeRow(
                "another case", ["redirect_uri": "http://127.0.0.1:8080/OAUTH_redirect.do"], "invalid_redirect_uri"),
            AuthorizeRow("a query behind", ["redirect_uri": Play.back + "?a=b"], "invalid_redirect_uri"),
            AuthorizeRow("no redirect URI", ["redirect_uri": .none], "invalid_redirect_uri"),
        ])
    func shown(row: AuthorizeRow) throws {
        var play = try Play()
        let reply = play.authorize(row.changes)
        #expect(reply.status == 400)
        #expect(reply.header("Location") == nil)
        #expect(reply.text.contains(row.error))
    }

    @Test("scopes that were not granted are dropped, and the token has the rest")
    func dropped() throws {
        var play = try Play()
        let tokens = try play.tokens(["scope": "openid okta.users.read okta.apps.read okta.logs.read"])
        #expect(tokens["scope"] == "openid okta.users.read")
        #expect(tokens["refresh_token"] == nil, "offline_access was not asked for")
    }

    @Test("nobody gets in with a wrong password, a wrong status, or without the application")
    func signInRefusals() throws {
        var play = try Play()
        let page = play.authorize()
        for (name, password) in [(nora, "wrong"), ("nobody@acme.example", OktaOrg.trialPassword), (nora, "")] {
            let reply = play.post(
                "/sandbox/sign-in", [("ticket", page.ticket), ("username", name), ("password", password)])
            #expect(reply.status == 200)
            #expect(reply.text.contains("Unable to sign in"))
            #expect(reply.sid == nil)
        }
        let id = try play.org.id("mara.lindqvist")
        #expect(play.org.send("POST", "/api/v1/users/\(id)/lifecycle/suspend").status == 200)
        #expect(play.pass(page, as: mara).text.contains("Unable to sign in"))
        #expect(play.post("/sandbox/sign-in", [("ticket", "made-up"), ("username", nora)]).status == 400)
        let made = play.org.send(
            "POST", "/api/v1/apps", more: [("content-type", "application/json")],
            body:
                #"{"label":"x","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"redirect_uris":["https://x.example/cb"]}}}"#
        )
        let other = try #require(try made.json["id"]?.string)
        let strange = play.authorize(["client_id": other, "redirect_uri": "https://x.example/cb", "scope": "openid"])
        #expect(play.pass(strange).back["error"] == "access_denied")
    }

    @Test("who was made without a password is active from the first sign-in; who was not activated cannot sign in")
    func firstSignIn() throws {
        var play = try Play()
        for (login, query, status) in [("new@a.test", "", "ACTIVE"), ("staged@a.test", "activate=false", "STAGED")] {
            let made = play.org.send(
                "POST", "/api/v1/users", query: query, more: [("content-type", "application/json")],
                body: #"{"profile":{"firstName":"S","lastName":"V","login":"\#(login)","email":"\#(login)"}}"#)
            let id = try #require(try made.json["id"]?.string)
            let reply = play.pass(play.authorize(), as: login)
            #expect(reply.text.contains("Unable to sign in") == (status == "STAGED"))
            #expect((reply.back["code"] != nil) == (status == "ACTIVE"))
            let after = try play.org.send("GET", "/api/v1/users/\(id)").json
            #expect(after["status"]?.string == status)
            #expect((after["passwordChanged"] != .null) == (status == "ACTIVE"))
        }
    }

    @Test("saying no is access_denied; a ticket is for one use")
    func denied() throws {
        var play = try Play()
        let page = play.authorize()
        let consent = play.post(
            "/sandbox/sign-in", [("ticket", page.ticket), ("username", nora), ("password", OktaOrg.trialPassword)])
        let reply = play.post("/sandbox/consent", [("ticket", consent.ticket), ("answer", "deny")])
        #expect(
            reply.back == [
                "error": "access_denied",
                "error_description": "The resource owner or authorization server denied the request.", "state": "s-1",
            ])
        #expect(play.post("/sandbox/consent", [("ticket", consent.ticket), ("answer", "allow")]).status == 400)
        #expect(play.pass(page).status == 400, "the sign-in ticket was used")
    }

    @Test("a password that the API sets counts, and response_mode=fragment puts it behind #")
    func ownPassword() throws {
        var play = try Play()
        let id = try play.org.id("nora.castellanos@acme.example")
        let changed = play.org.send(
            "POST", "/api/v1/users/\(id)", more: [("content-type", "application/json")],
            body: #"{"credentials":{"password":{"value":"her own password"}}}"#)
        #expect(changed.status == 200)
        let page = play.authorize(["response_mode": "fragment"])
        #expect(play.pass(page).text.contains("Unable to sign in"))
        let consent = play.post(
            "/sandbox/sign-in", [("ticket", page.ticket), ("username", nora), ("password", "her own password")])
        let reply = play.post("/sandbox/consent", [("ticket", consent.ticket), ("answer", "allow")])
        #expect(reply.header("Location")?.hasPrefix(Play.back + "#code=") == true)
    }

    @Test("what is shown is escaped")
    func escaped() throws {
        var play = try Play()
        let page = play.authorize(["login_hint": "\"><script>alert(1)</script>"])
        #expect(!page.text.contains("<script"))
        #expect(page.text.contains("&lt;script&gt;"))
    }

    @Test("discovery names the endpoints, at both addresses")
    func discovery() throws {
        var play = try Play()
        for path in ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"] {
            let document = try play.org.respond(to: .init(method: "GET", path: path), at: noon).json
            #expect(document["issuer"] == "http://127.0.0.1:9001")
            #expect(document["token_endpoint"] == "http://127.0.0.1:9001/oauth2/v1/token")
            #expect(document["code_challenge_methods_supported"] == ["S256"])
        }
    }
}
