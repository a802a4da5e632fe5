import Core
import Keys
import OktaSandbox
import Testing

struct RefreshTests {
    @Test("a persistent token stays, and the scopes are those of the sign-in")
    func persistent() throws {
        var play = try Play()
        let first = try #require(try play.tokens()["refresh_token"]?.string)
        for days in [0, 1, 89] as [Int64] {
            play.now = noon.adding(seconds: days * 86_400)
            let reply = try play.refresh(first).json
            #expect(reply["refresh_token"] == .string(first))
            #expect(reply["scope"] == "openid offline_access okta.users.read okta.groups.read")
            #expect(reply["id_token"] != nil)
        }
        play.now = noon.adding(seconds: 90 * 86_400)
        #expect(play.refresh(first).error == "invalid_grant", "90 days are over")
    }

    @Test("fewer scopes are given; without offline_access no refresh token comes back")
    func fewer() throws {
        var play = try Play()
        let first = try #require(try play.tokens()["refresh_token"]?.string)
        let less = try play.refresh(first, scope: "okta.users.read").json
        #expect(less["scope"] == "okta.users.read")
        #expect(less["refresh_token"] == nil)
        let again = try play.refresh(first, scope: "okta.users.read offline_access").json
        #expect(again["refresh_token"] == .string(first))
    }

    @Test("the fault of the first hour: all scopes of a template, though fewer were granted")
    func morethanGranted() throws {
        var play = try Play()
        let asked = "openid offline_access okta.users.read okta.groups.read okta.apps.read okta.logs.read"
        let tokens = try play.tokens(["scope": asked])
        #expect(tokens["scope"] == "openid offline_access okta.users.read okta.groups.read", "the first token works")
        let first = try #require(tokens["refresh_token"]?.string)
        let denied = play.refresh(first, scope: asked)
        #expect(denied.status == 400)
        #expect(denied.error == "access_denied")
        #expect(denied.errorDescription.hasSuffix("Denied scopes: okta.apps.read, okta.logs.read."))
        play.org.refusesRefreshScopesAsInvalid = true
        #expect(play.refresh(first, scope: asked).error == "invalid_scope")
        #expect(play.refresh(first).status == 200, "the grant lives")
    }

    @Test("a scope that is withdrawn is no longer given, and what needs it fails at once")
    func withdrawn() throws {
        var play = try Play()
        let tokens = try play.tokens()
        let first = try #require(tokens["refresh_token"]?.string)
        let access = try #require(tokens["access_token"]?.string)
        #expect(play.org.send("GET", "/api/v1/users/me", authorization: "Bearer \(access)").status == 200)
        let grants = try play.org.send("GET", "/api/v1/apps/\(play.web)/grants").json.array ?? []
        let id = try #require(grants.first { $0["scopeId"] == "okta.users.read" }?["id"]?.string)
        #expect(play.org.send("DELETE", "/api/v1/apps/\(play.web)/grants/\(id)").status == 204)
        for grant in grants where grant["scopeId"] == "okta.users.manage" {
            _ = play.org.send("DELETE", "/api/v1/apps/\(play.web)/grants/\(grant["id"]?.string ?? "")")
        }
        #expect(play.org.send("GET", "/api/v1/users/me", authorization: "Bearer \(access)").status == 403)
        #expect(try play.refresh(first).json["scope"] == "openid offline_access okta.groups.read")
        #expect(play.refresh(first, scope: "okta.users.read").error == "access_denied")
    }

    @Test("rotation: another token each time, the one before within its grace, then the end of all")
    func rotation() throws {
        var play = try Play(grace: 30)
        let tokens = try play.tokens()
        let first = try #require(tokens["refresh_token"]?.string)
        let second = try play.refresh(first).json
        let newer = try #require(second["refresh_token"]?.string)
        #expect(newer != first)
        play.now = noon.adding(milliseconds: 29_999)
        #expect(try play.refresh(first).json["refresh_token"] == .string(newer), "the same successor again")
        #expect(try play.introspect(first)["active"] == false)
        #expect(try play.introspect(newer)["active"] == true)
        #expect(try !play.org.eventTypes().contains("app.oauth2.token.detect_reuse"))
        play.now = noon.adding(seconds: 30)
        let access = try #require(second["access_token"]?.string)
        #expect(try play.introspect(access)["active"] == true)
        #expect(play.refresh(first).error == "invalid_grant")
        let log = try play.org.send("GET", "/api/v1/logs", at: play.now).json.array ?? []
        let event = log.first { $0["eventType"] == "app.oauth2.token.detect_reuse" }
        #expect(event?.value(at: "/target/0/id") == .string(play.web))
        #expect(event?.value(at: "/actor/alternateId") == .string(nora))
        #expect(play.refresh(newer).error == "invalid_grant", "the newest ended too")
        #expect(try play.introspect(access)["active"] == false)
        #expect(try play.introspect(try #require(tokens["access_token"]?.string))["active"] == false)
    }

    @Test("rotation without grace: the first reuse ends the sign-in")
    func noGrace() throws {
        var play = try Play(grace: 0)
        let first = try #require(try play.tokens()["refresh_token"]?.string)
        let newer = try #require(try play.refresh(first).json["refresh_token"]?.string)
        #expect(play.refresh(first).error == "invalid_grant")
        #expect(play.refresh(newer).error == "invalid_grant")
    }

    @Test("a rotated token keeps the first one's end")
    func keepsItsEnd() throws {
        var play = try Play(grace: 30)
        var newest = try #require(try play.tokens()["refresh_token"]?.string)
        play.now = noon.adding(seconds: 89 * 86_400)
        newest = try #require(try play.refresh(newest).json["refresh_token"]?.string)
        play.now = noon.adding(seconds: 90 * 86_400)
        #expect(play.refresh(newest).error == "invalid_grant")
    }

    @Test(
        "what ends a refresh token",
        arguments: [
            TokenRow("made up", 400, "invalid_grant", "invalid or expired") { $0.refresh("made-up") },
            TokenRow("missing", 400, "invalid_request", "'refresh_token'") {
                $0.token([("grant_type", "refresh_token")])
            },
            TokenRow("of another client", 400, "invalid_grant", "issued to another client") { play in
                let first = try play.tokens()["refresh_token"]?.string ?? ""
                let other = try play.org.add(.web(secret: "other"), at: noon)
                return play.token(
                    [("grant_type", "refresh_token"), ("refresh_token", first)],
                    headers: [("authorization", "Basic " + Play.base64("\(other):other"))])
            },
            TokenRow("its person is suspended", 400, "invalid_grant", "invalid or expired") { play in
                try play.after("POST", "lifecycle/suspend")
            },
            TokenRow("its person was deactivated, and is active again", 400, "invalid_grant", "invalid or expired") {
                play in
                let first = try play.tokens()["refresh_token"]?.string ?? ""
                let id = try play.org.id(nora)
                _ = play.org.send("POST", "/api/v1/users/\(id)/lifecycle/deactivate")
                _ = play.org.send("POST", "/api/v1/users/\(id)/lifecycle/activate")
                return play.refresh(first)
            },
            TokenRow("sessions and tokens were cleared", 400, "invalid_grant", "invalid or expired") { play in
                try play.after("DELETE", "sessions", query: "oauthTokens=true")
            },
            TokenRow("a scope text over 4096 characters", 400, "invalid_scope", "malformed") { play in
                let first = try play.tokens()["refresh_token"]?.string ?? ""
                return play.refresh(first, scope: String(repeating: "a", count: 4_097))
            },
        ])
    func ends(row: TokenRow) throws {
        var play = try Play()
        try row.check(&play)
    }

    @Test("clearing sessions alone leaves tokens, and ends the browser's")
    func sessionsAlone() throws {
        var play = try Play()
        let page = play.authorize()
        let asked = play.post(
            "/sandbox/sign-in", [("ticket", page.ticket), ("username", nora), ("password", OktaOrg.trialPassword)])
        let sid = try #require(asked.sid)
        let first = try #require(try play.tokens()["refresh_token"]?.string)
        let id = try play.org.id(nora)
        #expect(play.org.send("DELETE", "/api/v1/users/\(id)/sessions").status == 204)
        #expect(play.refresh(first).status == 200)
        #expect(!play.authorize(cookie: sid).ticket.isEmpty)
    }

    @Test("revoke: 200 for whatever token; a refresh token takes its access tokens along, not the other way round")
    func revoke() throws {
        var play = try Play()
        let tokens = try play.tokens()
        let first = try #require(tokens["refresh_token"]?.string)
        let access = try #require(tokens["access_token"]?.string)
        func revoke(_ token: String, _ play: inout Play) -> SandboxReply {
            play.post("/oauth2/v1/revoke", [("token", token)], headers: play.basic)
        }
        #expect(revoke("made-up", &play).status == 200)
        #expect(revoke(access, &play).status == 200)
        #expect(try play.introspect(access)["active"] == false)
        let other = try #require(try play.refresh(first).json["access_token"]?.string)
        #expect(revoke(first, &play).body.isEmpty)
        #expect(try play.introspect(other)["active"] == false)
        #expect(play.refresh(first).error == "invalid_grant")
        #expect(revoke(first, &play).status == 200)
        #expect(play.post("/oauth2/v1/revoke", [], headers: play.basic).error == "invalid_request")
        #expect(play.post("/oauth2/v1/revoke", [("token", first)]).error == "invalid_client")
    }
}

extension Play {
    /// A refresh after something was done to the person.
    fileprivate mutating func after(_ method: String, _ path: String, query: String = "") throws -> SandboxReply {
        let first = try tokens()["refresh_token"]?.string ?? ""
        let id = try org.id(nora)
        #expect(org.send(method, "/api/v1/users/\(id)/\(path)", query: query).status < 300)
        return refresh(first)
    }
}
