import Core
import Outbound
import Ports
import Testing

@testable import Hub

/// Named after the black-box checks: A is the authorization endpoint, B codes, C tokens, D refresh tokens, E the rest.
@Suite("Black-box checks: the authorization endpoint") struct OAuthPageCheckTests {
    @Test("A1, A2, A4 (RFC 9700 §2.1): another redirect URI than the registered one gets a page, whoever asks")
    func redirects() async throws {
        try await CodeApp.with { app in
            let wrong = [
                "https://app.example/cb/", "https://app.example/cb?x=1", "https://app.example/CB",
                "https://app.example/cb%2f", "https://app.example/cb/../cb", "http://app.example/cb",
                "https://app.example:443/cb", "https://app.example/cb#f", "//evil", "https://app.example@evil/cb",
                "http://127.0.0.1:51234/cb", "https://app.example/cb\u{0}",
            ]
            for uri in wrong {
                for visitor in [app, app.withNobody] {
                    let page = try await visitor.get(app.path([("redirect_uri", uri)]))
                    #expect(page.status == 400, "\(uri)")
                    #expect(page.header("location") == nil, "\(uri)")
                    #expect(!page.text.contains("evil"))
                }
            }
            #expect(try await app.get(app.path()).status == 200)
        }
    }

    @Test("A3 (RFC 8252 §7.3): a native client is sent back to the port of its choosing")
    func loopback() async throws {
        let native: JSONObject = ["native": true, "redirect_uris": ["http://127.0.0.1/cb"]]
        try await CodeApp.with(isPublic: true, settings: native) { app in
            let question = try await app.get(app.path([("redirect_uri", "http://127.0.0.1:51234/cb")]))
            let back = try await app.send(
                "/console/consent", ["csrf": try question.field("csrf"), "query": try question.field("query")])
            #expect(back.status == 303)
            #expect(back.header("location")?.hasPrefix("http://127.0.0.1:51234/cb?code=lpac_") == true)
            for uri in ["http://127.0.0.1:51234/cb2", "http://localhost:51234/cb", "http://127.0.0.2:1/cb"] {
                #expect(try await app.get(app.path([("redirect_uri", uri)])).status == 400, "A4: \(uri)")
            }
        }
    }

    @Test("A14, A15 (RFC 9700 §4.16, §4.2.4): pages are framed by nobody, say nobody's address, load from here alone")
    func headers() async throws {
        try await CodeApp.with { app in
            let pages = [
                ("sign-in", try await app.withNobody.get(app.path())), ("question", try await app.get(app.path())),
                ("error", try await app.get(app.path([("client_id", "nobody")]))),
                (
                    "wrong password",
                    try await app.withNobody.send(
                        "/console/sign-in", ["user": "mara", "password": "no", "next": "/"])
                ),
            ]
            for (name, page) in pages {
                let policy = page.header("content-security-policy") ?? ""
                #expect(policy.contains("frame-ancestors 'none'") && policy.hasPrefix("default-src 'none'"), "\(name)")
                #expect(page.header("x-frame-options") == "DENY", "\(name)")
                #expect(page.header("referrer-policy") == "same-origin", "\(name)")
                #expect(page.header("cache-control") == "no-store", "\(name)")
                let loaded = page.text.matches(of: /(?:src|href|action)="([^"]*)"/).map { String($0.output.1) }
                #expect(loaded.count >= 3, "\(name)")
                for address in loaded {
                    let isOurs = address.hasPrefix("#") || address.hasPrefix("/") && !address.hasPrefix("//")
                    #expect(isOurs, "\(name): \(address)")
                }
            }
        }
    }

    @Test("A16, A17 (RFC 9700 §4.11.2, RFC 9207 §2): a stranger's mistake shows a sign-in, or goes to the client alone")
    func mistakes() async throws {
        try await CodeApp.with { app in
            let stranger = try await app.withNobody.get(app.path([("scope", "nope")]))
            #expect(stranger.status == 200 && stranger.text.contains("type=\"password\""))
            for (visitor, more) in [(app.withNobody, [(name: "prompt", value: "none")]), (app, [])] {
                let told = try await visitor.get(app.path([(name: "scope", value: "nope")] + more))
                #expect(told.status == 303)
                #expect(try told.answer["error"] == "invalid_scope")
                #expect(try told.answer["state"] == "s")
                #expect(try told.answer["iss"] == app.test.hub.issuer)
            }
        }
    }

    @Test("C11 (RFC 9700 §2.1.2): no token leaves by the authorization endpoint")
    func implicit() async throws {
        try await CodeApp.with { app in
            for type in ["token", "id_token token", "code token"] {
                let told = try await app.get(app.path([("response_type", type)]))
                let place = told.header("location") ?? ""
                #expect(told.status == 303 && place.hasPrefix(CodeApp.callback), "\(type)")
                #expect(place.contains("error=") && !place.contains("access_token"), "\(type)")
            }
        }
    }

    @Test("A13 (RFC 9700 §4.12): a form that was posted is answered by 303, so that nothing of it goes to the client")
    func statuses() async throws {
        try await CodeApp.with { app in
            let signedIn = try await app.withNobody.send(
                "/console/sign-in", ["user": "mara", "password": CodeApp.password, "next": app.path()])
            #expect(signedIn.status == 303)
            for more in [["refuse": "yes"], [:]] {
                let question = try await app.get(app.path())
                let form = ["csrf": try question.field("csrf"), "query": try question.field("query")]
                let back = try await app.send("/console/consent", form.merging(more) { own, _ in own })
                #expect(back.status == 303 && back.body.isEmpty)
            }
        }
    }

    @Test("E12 (RFC 9700 §4.13): what a proxy would say counts for nothing when anybody may say it")
    func forwarded() async throws {
        let forged = [
            ("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"),
            ("Forwarded", "for=203.0.113.9;host=evil.example;proto=https"), ("X-Real-IP", "203.0.113.9"),
            ("X-Original-URL", "/console"), ("Client-Cert", ":Y2FuYXJ5:"), ("X-SSL-Client-Verify", "SUCCESS"),
            ("X-SSL-Client-Cert", "canary"), ("X-Client-Cert", "canary"), ("X-Forwarded-Client-Cert", "Hash=00"),
        ]
        try await CodeApp.with { app in
            let metadata = "/.well-known/oauth-authorization-server"
            let (plain, dressed) = (try await app.get(metadata), try await app.get(metadata, forged))
            #expect(plain.status == 200 && plain.body == dressed.body)
            let told = try await app.withNobody.get(app.path([("prompt", "none")]), forged)
            #expect(try told.answer["iss"] == app.test.hub.issuer)
            for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"] {
                let reply = try await app.test.send(
                    "POST", path, body: "grant_type=refresh_token&token=x&client_id=\(app.clientID)",
                    type: "application/x-www-form-urlencoded", headers: forged)
                #expect(reply.status == 401, "\(path)")
                #expect(try reply.json["error"] == "invalid_client")
            }
        }
    }
}
