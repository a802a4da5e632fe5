import Core
import Keys
import OktaSandbox
import Testing

struct ScopeTests {
    /// One call with a token of these scopes.
    struct Row: Sendable, CustomTestStringConvertible {
        let scopes: String
        let method: String
        let path: String
        let status: Int
        var testDescription: String { "\(scopes): \(method) \(path)" }

        init(_ scopes: String, _ method: String, _ path: String, _ status: Int) {
            (self.scopes, self.method, self.path, self.status) = (scopes, method, path, status)
        }
    }

    @Test(
        "each operation takes its own scope",
        arguments: [
            Row("okta.users.read", "GET", "/api/v1/users", 200),
            Row("okta.users.read", "GET", "/api/v1/users/me", 200),
            Row("okta.groups.read", "GET", "/api/v1/users/me", 403),
            Row("okta.users.read", "POST", "/api/v1/users/MARA/lifecycle/suspend", 403),
            Row("okta.users.manage", "POST", "/api/v1/users/MARA/lifecycle/suspend", 200),
            Row("okta.users.manage", "GET", "/api/v1/users/me", 200),
            Row("okta.users.read okta.users.manage", "DELETE", "/api/v1/groups/GROUP/users/MARA", 403),
            Row("okta.groups.manage", "DELETE", "/api/v1/groups/GROUP/users/MARA", 204),
            Row("okta.users.read", "GET", "/api/v1/apps/APP/grants", 403),
            Row("okta.users.read", "GET", "/api/v1/iam/roles", 403),
            Row("okta.users.read", "GET", "/nowhere", 404),
            Row("okta.users.read", "PUT", "/api/v1/users", 405),
        ])
    func scopes(row: Row) throws {
        var play = try Play()
        let reply = try call(&play, row)
        #expect(reply.status == row.status, "\(reply.text)")
        guard row.status == 403 else { return }
        // As an org answered: everything in the header, no body.
        #expect(reply.body.isEmpty)
        let challenge = try #require(reply.header("WWW-Authenticate"))
        #expect(challenge.hasPrefix("Bearer authorization_uri=\"http://127.0.0.1:9001/oauth2/v1/authorize\""))
        #expect(challenge.contains("error=\"insufficient_scope\""))
        #expect(challenge.contains("scope=\"okta."))
    }

    @Test("whether manage implies read is a switch")
    func manageImpliesRead() throws {
        for (on, status) in [(true, 200), (false, 403)] {
            var play = try Play()
            play.org.manageImpliesRead = on
            #expect(try call(&play, Row("okta.users.manage", "GET", "/api/v1/users/me", status)).status == status)
            #expect(try call(&play, Row("okta.users.read", "GET", "/api/v1/users/me", 200)).status == 200)
        }
    }

    @Test("a token that is unknown, expired, or of somebody who left is 401 E0000011, and says why in the header")
    func invalidTokens() throws {
        var play = try Play()
        let access = try #require(try play.tokens()["access_token"]?.string)
        let made = play.org.send("GET", "/api/v1/users/me", authorization: "Bearer made-up")
        #expect(made.status == 401)
        #expect(try made.code == "E0000011")
        #expect(made.header("WWW-Authenticate")?.contains("error=\"invalid_token\"") == true)
        let late = play.org.send(
            "GET", "/api/v1/users/me", at: noon.adding(seconds: 3_600), authorization: "Bearer \(access)")
        #expect(late.header("WWW-Authenticate")?.contains("The token has expired.") == true)
        let id = try play.org.id(nora)
        #expect(play.org.send("POST", "/api/v1/users/\(id)/lifecycle/deactivate").status == 200)
        #expect(play.org.send("GET", "/api/v1/users/me", authorization: "Bearer \(access)").status == 401)
    }

    @Test("`me` is whom the token belongs to; a service application is nobody")
    func me() throws {
        var play = try Play()
        let access = try #require(try play.tokens(["scope": "okta.users.read"])["access_token"]?.string)
        let me = try play.org.send("GET", "/api/v1/users/me", authorization: "Bearer \(access)").json
        #expect(me.value(at: "/profile/login") == .string(nora))
        let service = try #require(try play.serviceToken("okta.users.read").json["access_token"]?.string)
        #expect(play.org.send("GET", "/api/v1/users/me", authorization: "Bearer \(service)").status == 404)
    }

    @Test("grants: made once, shown, taken back")
    func grants() throws {
        var play = try Play()
        let path = "/api/v1/apps/\(play.service)/grants"
        func grant(_ body: String, _ play: inout Play) -> SandboxReply {
            play.org.send("POST", path, more: [("content-type", "application/json")], body: body)
        }
        let body = #"{"scopeId":"okta.apps.read","issuer":"http://127.0.0.1:9001"}"#
        let made = grant(body, &play)
        #expect(made.status == 200)
        let id = try #require(try made.json["id"]?.string)
        #expect(try grant(body, &play).json["id"] == .string(id), "the same grant")
        #expect(try play.serviceToken("okta.apps.read").status == 200)
        #expect(try play.org.send("GET", "\(path)/\(id)").json["scopeId"] == "okta.apps.read")
        #expect(play.org.send("DELETE", "\(path)/\(id)").status == 204)
        #expect(play.org.send("DELETE", "\(path)/\(id)").status == 404)
        #expect(try play.serviceToken("okta.apps.read").error == "consent_required")
        #expect(grant(#"{"scopeId":"okta.moon.read","issuer":"http://127.0.0.1:9001"}"#, &play).status == 400)
        #expect(grant(#"{"scopeId":"okta.apps.read","issuer":"https://else.example"}"#, &play).status == 400)
        #expect(play.org.send("GET", "/api/v1/apps/0oaNobody/grants").status == 404)
    }

    private func call(_ play: inout Play, _ row: Row) throws -> SandboxReply {
        let access = try #require(
            try play.tokens(["scope": row.scopes + " openid"])["access_token"]?.string)
        let mara = try play.org.id("mara.lindqvist")
        let group = try play.org.groups(of: mara).groups.first { $0["type"] == "OKTA_GROUP" }?["id"]?.string ?? ""
        let path = row.path.replacing("MARA", with: mara).replacing("GROUP", with: group)
            .replacing("APP", with: play.web)
        return play.org.send(row.method, path, authorization: "Bearer \(access)")
    }
}
