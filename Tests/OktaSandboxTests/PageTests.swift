import Core
import OktaSandbox
import Testing

struct PageTests {
    private static func get(
        _ org: inout OktaOrg, _ path: String = "/", query: String = "", host: String? = "127.0.0.1:9001"
    ) -> SandboxReply {
        org.respond(
            to: SandboxRequest(
                method: "GET", path: path, query: query, headers: host.map { [("host", $0)] } ?? []), at: noon)
    }

    private static func text(_ reply: SandboxReply) -> String { String(decoding: reply.body, as: UTF8.self) }

    @Test func showsPeopleStatesGroupsAndCalls() throws {
        var org = OktaOrg.forTests()
        _ = org.send("GET", "/api/v1/users/nobody")
        let reply = Self.get(&org)
        #expect(reply.status == 200 && reply.header("Content-Type") == "text/html; charset=utf-8")
        let text = Self.text(reply)
        for part in [
            mara, "Mara Lindqvist", "SUSPENDED", "Everyone", "OKTA_GROUP", "300 in all; page 1 of 12.",
            "GET /api/v1/users/nobody", "404 E0000007", "<html lang=\"en\">", "<title>Okta sandbox</title>",
            "scope=\"col\"", "<caption>",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains(token) && !text.contains("<script") && !text.contains("style="))
    }

    @Test(arguments: [
        ("page=3", "page 3 of 12"), ("page=99", "page 12 of 12"), ("page=-1", "page 1 of 12"),
        ("page=x", "page 1 of 12"),
    ])
    func turnsPages(_ query: String, _ expected: String) {
        var org = OktaOrg.forTests()
        #expect(Self.text(Self.get(&org, query: query)).contains(expected))
    }

    @Test func isShutTight() {
        var org = OktaOrg.forTests()
        for path in ["/", "/org.css"] {
            let reply = Self.get(&org, path)
            let policy = reply.header("Content-Security-Policy") ?? ""
            #expect(policy.hasPrefix("default-src 'none'; style-src 'self'") && !policy.contains("unsafe"))
            #expect(reply.header("X-Content-Type-Options") == "nosniff")
        }
        let sheet = Self.text(Self.get(&org, "/org.css"))
        #expect(sheet.contains("prefers-color-scheme: dark") && !sheet.contains("url("))
    }

    @Test func whatCallersChooseIsEscaped() throws {
        let evil = #"\"><script>alert('x')</script>&"#
        var org = try OktaOrg.of([("x@a.test", "ACTIVE")])
        let id = try org.id("x")
        _ = org.send(
            "POST", "/api/v1/users/\(id)", more: [("content-type", "application/json")],
            body: "{\"profile\":{\"firstName\":\"\(evil)\",\"email\":\"x@a.test\",\"lastName\":\"\\u0007\"}}")
        _ = org.send("GET", "/api/v1/<img src=x onerror=alert(1)>'\"&")
        let text = Self.text(Self.get(&org))
        #expect(!text.contains("<script") && !text.contains("<img") && !text.contains("\u{7}"))
        #expect(text.contains("&lt;script&gt;") && text.contains("&lt;img"))
    }

    @Test func keepsTheLastCallsOnlyAndShortensThem() {
        var org = OktaOrg.forTests()
        for number in 0..<60 { _ = org.send("GET", "/n\(number)-" + String(repeating: "a", count: 1_000)) }
        let text = Self.text(Self.get(&org))
        #expect(text.contains("The last 50, newest first.") && text.contains("/n59-") && !text.contains("/n9-"))
        #expect(!text.contains(String(repeating: "a", count: 250)))
    }

    @Test func lookingMovesNothing() throws {
        var org = OktaOrg.forTests()
        org.requestsPerMinute = 1
        for _ in 0..<5 { #expect(Self.get(&org).status == 200) }
        #expect(org.send("GET", "/api/v1/users/me").status == 200)
    }

    @Test(
        arguments: [
            ("127.0.0.1:9001", true), ("localhost:9001", true), ("localhost", true), ("[::1]:9001", true),
            ("evil.example", false), ("127.0.0.1.evil.example:9001", false), ("localhost.evil.example", false),
            ("", false),
            (nil, false),
        ] as [(String?, Bool)])
    func answersToItsOwnNamesOnly(_ host: String?, _ isOwn: Bool) {
        var org = OktaOrg.forTests()
        #expect((Self.get(&org, host: host).status == 200) == isOwn)
    }
}
