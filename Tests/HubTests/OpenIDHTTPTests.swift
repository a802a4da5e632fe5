import Console
import Core
import Keys
import OAuthServer
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

private let bye = "https://app.example/bye"

/// A browser of `mara`, and an application where she signs in by the hub.
private struct Site: Browsing {
    let test: TestHub
    let client: String
    var cookie = "none=none"

    static func with(_ store: TestStore = .sqlite, _ body: (Site) async throws -> Void) async throws {
        let client: JSONObject = [
            "name": "portal", "scopes": ["openid", "profile", "email"], "public": true,
            "grants": ["authorization_code", "refresh_token"], "redirect_uris": [.string(callback)],
            "post_logout_redirect_uris": [.string(bye)],
        ]
        let person: JSONObject = ["display_name": "Mara Kern", "email": "mara@example.com"]
        try await withClient(store, client, person: person) { test, made in
            var site = Site(test: test, client: try #require(made["client_id"]?.string))
            try await site.signIn()
            try await body(site)
        }
    }

    /// What the token endpoint answers to a new sign-in at the application.
    func tokens() async throws -> JSON {
        let asked = try await get(
            "/oauth2/authorize?response_type=code&client_id=\(client)&scope=openid+profile&state=s&nonce=n1"
                + "&code_challenge=\(Self.challenge)&code_challenge_method=S256")
        var location = asked.header("location")
        if asked.status == 200 {
            let form = ["csrf": try asked.field("csrf"), "query": try asked.field("query")]
            location = try await send("/console/consent", form).header("location")
        }
        let query = (location ?? "").split(separator: "?", maxSplits: 1).last ?? ""
        let code = try #require(try FormParameters(query.utf8).value("code"))
        let reply = try await test.askToken(
            "grant_type=authorization_code&code=\(code)&code_verifier=\(Self.verifier)&client_id=\(client)")
        return try JSON.read(reply.body)
    }

    func idToken() async throws -> String { try #require(try await tokens()["id_token"]?.string) }

    /// Whether the browser is still signed in.
    var isIn: Bool {
        get async throws { try await get("/console/account").status == 200 }
    }

    func logout(_ pairs: [(name: String, value: String)]) async throws -> OutboundReply {
        try await get("/oauth2/logout?" + PercentEncoding.query(pairs))
    }
}

@Suite("OpenID Connect over HTTP") struct OpenIDHTTPTests {
    @Test("Discovery 1.0 §4: both documents are the same, and lead to what is there")
    func discovery() async throws {
        try await Site.with { site in
            let test = site.test
            let reply = try await test.send("GET", "/.well-known/openid-configuration")
            let other = try await test.send("GET", "/.well-known/oauth-authorization-server")
            #expect(reply.status == 200 && reply.body == other.body)
            let document = try JSON.read(reply.body)
            #expect(document["issuer"] == .string(test.hub.issuer))
            #expect(document["scopes_supported"] == ["openid", "profile", "email", "offline_access"])
            #expect(document["id_token_signing_alg_values_supported"] == ["ES256", "RS256", "EdDSA"])
            for member in document.object?.members ?? [] where member.name.hasSuffix("_endpoint") {
                let path = try #require(member.value.string).dropFirst(test.hub.issuer.utf8.count)
                let answer = try await test.send("GET", String(path))
                #expect(answer.status != 404, "\(member.name)")
            }
        }
    }

    @Test("Core 1.0 §3.1.3.7: an ID token is verified by the key set", arguments: TestStore.allCases)
    func idToken(_ store: TestStore) async throws {
        try await Site.with(store) { site in
            let tokens = try await site.tokens()
            let jws = try JWS.read(try #require(tokens["id_token"]?.string))
            let keys = try JWKSet(try JSON.read(try await site.test.send("GET", "/oauth2/jwks").body))
            let key = try #require(keys.key(id: jws.keyID ?? ""))
            let claims = try jws.verified(by: key, allowing: [.rs256], type: "JWT").claims
            let mara = try await site.test.admin.call("GET", "/users/mara")
            #expect(claims["iss"] == .string(site.test.hub.issuer))
            #expect(claims["sub"] == mara["id"])
            #expect(claims["aud"] == .string(site.client))
            #expect(claims["nonce"] == "n1")
            #expect(claims["sid"]?.string?.isEmpty == false && claims["auth_time"]?.int != nil)
            let session = try await site.test.admin.call("GET", "/sessions")["items"]?.array?.first?["id"]?.string
            #expect(claims["sid"]?.string != session)
        }
    }

    @Test(
        "Core 1.0 §5.3: userinfo tells a person's token of the person, and nobody else", arguments: TestStore.allCases)
    func userInfo(_ store: TestStore) async throws {
        try await Site.with(store) { site in
            let test = site.test
            let tokens = try await site.tokens()
            let token = try #require(tokens["access_token"]?.string)
            let subject = try JWS.read(try #require(tokens["id_token"]?.string)).unverifiedClaims["sub"]
            for method in ["GET", "POST"] {
                let reply = try await test.send(method, "/oauth2/userinfo", token: token)
                #expect(reply.status == 200, "\(method)")
                #expect(reply.header("cache-control") == "no-store")
                #expect(
                    try JSON.read(reply.body).object == [
                        "sub": subject ?? .null, "name": "Mara Kern", "preferred_username": "mara",
                    ])
            }
            // §5.3.3; RFC 6750 §3: nothing, a session of the console, a token in the query, a client's own token.
            let other = try await test.caller("robot", scopes: [.tables])
            let rows: [(String, OutboundReply, Int, String?)] = [
                ("nothing", try await test.send("GET", "/oauth2/userinfo"), 401, nil),
                ("a session", try await site.get("/oauth2/userinfo"), 401, nil),
                ("in the query", try await test.send("GET", "/oauth2/userinfo?access_token=\(token)"), 401, nil),
                ("made up", try await test.send("GET", "/oauth2/userinfo", token: "lpat_x"), 401, "invalid_token"),
                (
                    "C13: a client's own", try await test.send("GET", "/oauth2/userinfo", token: other.token), 403,
                    "insufficient_scope"
                ),
            ]
            for (name, reply, status, error) in rows {
                #expect(reply.status == status, "\(name)")
                let challenge = reply.header("www-authenticate") ?? ""
                #expect(challenge.hasPrefix("Bearer"), "\(name)")
                #expect(challenge.contains("error=") == (error != nil), "\(name)")
                if let error { #expect(challenge.contains("error=\"\(error)\""), "\(name)") }
            }
            _ = try await test.admin.call("PATCH", "/clients/portal", ["scopes": ["profile"]])
            let lost = try await test.send("GET", "/oauth2/userinfo", token: token)
            #expect(lost.status == 403)
            #expect(lost.header("www-authenticate")?.contains("scope=\"openid\"") == true)
        }
    }

    @Test("RP-Initiated Logout 1.0 §2: a token of this session signs out at once", arguments: TestStore.allCases)
    func atOnce(_ store: TestStore) async throws {
        try await Site.with(store) { site in
            let tokens = try await site.tokens()
            let hint = try #require(tokens["id_token"]?.string)
            let request = [
                (name: "id_token_hint", value: hint), (name: "post_logout_redirect_uri", value: bye),
                (name: "state", value: "s&1"),
            ]
            let head = try await site.test.send(
                "HEAD", "/oauth2/logout?" + PercentEncoding.query(request), headers: [("Cookie", site.cookie)])
            #expect(head.status == 405)
            #expect(try await site.isIn)
            let reply = try await site.logout(request)
            #expect(reply.status == 303 && reply.header("location") == bye + "?state=s%261")
            #expect(reply.header("set-cookie")?.contains("Max-Age=0") == true)
            #expect(try await site.test.audited(reply) == ["session.ended"])
            #expect(try await site.test.row(of: reply)["client"] == "portal")
            #expect(try await !site.isIn)
            // What the session gave goes with it.
            let hub = site.test.hub
            while try await hub.oauth.endWhatEnded() > 0 {}
            while try await hub.oauth.tellOfLogouts(issuer: hub.issuer, through: hub.parts.outbound, log: hub.log) > 0 {
            }
            let refresh = try await site.test.askToken(
                "grant_type=refresh_token&client_id=\(site.client)"
                    + "&refresh_token=\(tokens["refresh_token"]?.string ?? "")")
            #expect(refresh.status == 400)
            let row = try await site.test.row(of: refresh)
            #expect(row["reason"] == "refresh_token_ended" && row["says"] != nil)
        }
    }

    @Test(
        "RP-Initiated Logout 1.0 §2 (MUST): without one the person is asked, by a page that counts for this session alone"
    )
    func asked() async throws {
        try await Site.with { site in
            let request = [(name: "client_id", value: site.client), (name: "post_logout_redirect_uri", value: bye)]
            let page = try await site.logout(request)
            #expect(page.status == 200 && page.text.contains("portal") && page.text.contains("app.example"))
            let policy = page.header("content-security-policy") ?? ""
            #expect(policy.contains("form-action 'self' https://app.example;"))
            #expect(policy.contains("frame-ancestors 'none'"))
            let (csrf, query) = (try page.field("csrf"), try page.field("query"))
            let moved = query.replacing("app.example", with: "evil.example")
            let rows: [(name: String, fields: [String: String], origin: String?, status: Int)] = [
                ("no token", ["query": query], nil, 403),
                ("another origin", ["csrf": csrf, "query": query], "https://evil.example", 403),
                ("another address", ["csrf": csrf, "query": moved], nil, 400),
            ]
            for row in rows {
                let reply = try await site.send("/console/logout", row.fields, origin: row.origin)
                #expect(reply.status == row.status && reply.header("location") == nil, "\(row.name)")
                #expect(try await site.isIn, "\(row.name)")
            }
            let out = try await site.send("/console/logout", ["csrf": csrf, "query": query])
            #expect(out.status == 303 && out.header("location") == bye)
            #expect(try await !site.isIn)
        }
    }

    @Test("RP-Initiated Logout 1.0 §2: nowhere but to what is registered, and a form from elsewhere only leads on")
    func elsewhere() async throws {
        try await Site.with { site in
            let hint = try await site.idToken()
            for address in ["https://evil.example/", bye + "/", "//evil.example", "javascript:alert(1)"] {
                let reply = try await site.logout([
                    (name: "id_token_hint", value: hint), (name: "post_logout_redirect_uri", value: address),
                ])
                #expect(reply.status == 400 && reply.header("location") == nil, "\(address)")
                #expect(!reply.text.contains("evil"))
            }
            let posted = try await site.test.send(
                "POST", "/oauth2/logout",
                body: PercentEncoding.query([
                    ("id_token_hint", hint), ("post_logout_redirect_uri", "https://evil.example/"),
                ]),
                type: "application/x-www-form-urlencoded",
                headers: [("Cookie", site.cookie), ("Origin", "https://evil.example")])
            #expect(posted.status == 303)
            let place = try #require(posted.header("location"))
            #expect(place.hasPrefix("/oauth2/logout?id_token_hint="))
            #expect(try await site.isIn, "nothing is done by the form itself")
            #expect(try await site.get(place).status == 400)
            #expect(try await site.isIn)
        }
    }
}
