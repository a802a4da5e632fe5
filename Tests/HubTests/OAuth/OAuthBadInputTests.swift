import Core
import Outbound
import Ports
import Storage
import TestSupport
import Testing

@testable import Hub

/// What no well-behaved client sends: the right status and code, nothing issued, nothing echoed.
@Suite("Bad input at the authorization server") struct OAuthBadInputTests {
    /// One form, behind the credentials of a client that may do everything.
    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Nil leaves the endpoint's own good parameters as they are.
        var form: String?
        /// Behind the path.
        var query = ""
        var type: String? = "application/x-www-form-urlencoded"
        var status = 400
        var error = "invalid_request"

        init(
            _ name: String, _ form: String? = nil, query: String = "",
            type: String? = "application/x-www-form-urlencoded", _ status: Int = 400,
            _ error: String = "invalid_request"
        ) {
            testDescription = name
            (self.form, self.query, self.type, self.status, self.error) = (form, query, type, status, error)
        }
    }

    /// For each endpoint alike.
    static let everywhere: [Row] = [
        // RFC 6749 §3.2 (MUST NOT): more than once, a parameter that nobody knows too.
        Row("a parameter twice", "GOOD&canary=1&canary=2"), Row("client_id twice", "GOOD&client_id=canary"),
        Row("a parameter twice, once by escapes", "GOOD&canary=1&c%61nary=2"),
        // RFC 6749 Appendix B.
        Row("JSON", "{\"canary\":1}", type: "application/json"), Row("no content type", type: nil),
        Row("a multipart form", type: "multipart/form-data; boundary=canary"), Row("plain text", type: "text/plain"),
        Row("an almost right type", type: "application/x-www-form-urlencoded-canary"),
        Row("two types", type: "application/x-www-form-urlencoded, text/plain"),
        Row("a lone percent sign", "GOOD&canary=%"), Row("a cut escape", "GOOD&canary=%4"),
        Row("no hexadecimal digits", "GOOD&canary=%zz"), Row("a broken escape in a name", "GOOD&%canary=1"),
        Row("not UTF-8", "GOOD&canary=%ff"), Row("half a character", "GOOD&canary=%C3"),
        Row("an overlong slash", "GOOD&canary=%C0%AF"), Row("half a surrogate pair", "GOOD&canary=%ED%A0%80"),
        Row("raw UTF-8", "GOOD&canary=é"), Row("NUL", "GOOD&canary=%00"), Row("a raw line break", "GOOD&canary=\r\n"),
        Row("no name", "GOOD&=canary"),
        Row("101 parameters", "GOOD" + (0..<101).map { "&canary\($0)=1" }.joined()),
        Row("a byte too many", "GOOD&canary=" + String(repeating: "a", count: Limits.openBodyBytes.value), 413),
        Row("nothing", "", 401, "invalid_client"),
        // RFC 6749 §2.3.1, §3.2: what stands in the address is not read.
        Row("all in the address", "", query: "?GOOD", 401, "invalid_client"),
    ]

    static let own: [(path: String, good: String, rows: [Row])] = [
        (
            "/oauth2/token", "grant_type=client_credentials&scope=leavers",
            [
                Row("grant and scope in the address", "BARE", query: "?grant_type=client_credentials&scope=leavers"),
                Row(
                    "scope in the address", "BARE&grant_type=client_credentials", query: "?scope=leavers", 400,
                    "invalid_scope"),
                Row("an empty grant", "BARE&grant_type=&scope=leavers"),
                Row("another grant", "BARE&grant_type=canary&scope=leavers", 400, "unsupported_grant_type"),
                Row("a grant in capitals", "BARE&grant_type=CLIENT_CREDENTIALS", 400, "unsupported_grant_type"),
                Row(
                    "10,000 scopes",
                    "BARE&grant_type=client_credentials&scope=leavers"
                        + (0..<9_999).map { "+\(String($0, radix: 36))" }.joined(), 400, "invalid_scope"),
                Row("a scope with a quote", "BARE&grant_type=client_credentials&scope=%22canary", 400, "invalid_scope"),
                Row("a scope with a tab", "BARE&grant_type=client_credentials&scope=leavers%09", 400, "invalid_scope"),
            ]
        ),
        (
            "/oauth2/revoke", "token=canary",
            [Row("a token in the address", "BARE", query: "?token=canary"), Row("an empty token", "BARE&token=")]
        ),
        (
            "/oauth2/introspect", "token=canary",
            [Row("a token in the address", "BARE", query: "?token=canary"), Row("an empty token", "BARE&token=")]
        ),
    ]

    @Test("Each endpoint of clients refuses it", arguments: own.indices)
    func refused(_ place: Int) async throws {
        let (path, good, rows) = Self.own[place]
        try await CodeApp.with(settings: ["grants": .texts(Self.grants)]) { app in
            let bare = String(app.credentials.dropFirst())
            func filled(_ text: String) -> String {
                text.replacing("GOOD", with: good + app.credentials).replacing("BARE", with: bare)
            }
            for row in Self.everywhere + rows {
                let before = try await tokens(app.test)
                let reply = try await app.test.send(
                    "POST", path + filled(row.query), body: filled(row.form ?? "GOOD"), type: row.type)
                let name = row.testDescription
                #expect(reply.status == row.status, "\(name)")
                #expect(try reply.json["error"]?.string == row.error, "\(name)")
                #expect(reply.header("cache-control") == "no-store", "\(name)")
                #expect(!reply.text.contains("canary") && !reply.text.contains(app.secret ?? "canary"), "\(name)")
                let logged = try await app.test.row(of: reply)
                #expect(logged["status"]?.int == Int64(row.status), "\(name)")
                #expect(!logged.description.contains("canary"), "\(name)")
                #expect(try await tokens(app.test) == before, "\(name): nothing is issued")
            }
            // The client itself was good all along.
            #expect(try await app.test.askToken(filled("GOOD"), path: path).status == 200)
        }
    }

    private static let grants = [
        "client_credentials", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ]

    private func tokens(_ test: TestHub) async throws -> Int64? {
        try await test.hub.parts.database.read { try $0.row("SELECT COUNT(*) AS n FROM token", [])?.int("n") }
    }

    @Test("A state of 8 KB, and other queries that nobody reads: a page, and nobody is sent anywhere")
    func longState() async throws {
        try await CodeApp.with { app in
            let large = String(repeating: "canary-", count: 1_171)
            let rows = [
                ("8 KB of state", app.path([("state", large)])),
                ("8 KB of state and a bad address", app.path([("state", large), ("redirect_uri", "canary")])),
                ("a lone percent sign", app.path() + "&canary=%"), ("not UTF-8", app.path() + "&canary=%ff"),
                ("an overlong slash", app.path() + "&canary=%C0%AF"), ("NUL", app.path() + "&canary=%00"),
                ("101 parameters", app.path() + (0..<101).map { "&canary\($0)=1" }.joined()),
                ("client_id twice", app.path() + "&client_id=canary"),
                ("redirect_uri twice", app.path() + "&redirect_uri=canary"),
            ]
            let host = app.test.hub.url.dropFirst("http://".count)
            for (name, path) in rows {
                for visitor in [app, app.withNobody] {
                    let page = try await app.test.raw(
                        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nCookie: \(visitor.cookie)\r\nConnection: close\r\n\r\n"
                    )
                    #expect(page.status == 400, "\(name)")
                    #expect(page.header("location") == nil, "\(name)")
                    #expect(!page.text.contains("canary"), "\(name)")
                    let rows = try await app.test.transactions(page.correlation ?? "none")
                    #expect(rows.count == 1 && !rows.description.contains("canary"), "\(name)")
                }
            }
            // What fits comes back whole.
            let state = String(repeating: "x", count: 6_000)
            let told = try await app.withNobody.get(app.path([("state", state), ("prompt", "none")]))
            #expect(try told.answer["state"] == state)
        }
    }

    @Test("What comes twice or is too much of the rest is told to the client, without a code")
    func told() async throws {
        try await CodeApp.with { app in
            let many = "leavers" + (0..<500).map { " \(String($0, radix: 36))" }.joined()
            let rows = [
                ("state twice", app.path() + "&state=canary", "invalid_request"),
                ("scope twice", app.path() + "&scope=leavers", "invalid_request"),
                ("response_type twice", app.path() + "&response_type=code", "invalid_request"),
                ("501 scopes", app.path([("scope", many)]), "invalid_scope"),
            ]
            for (name, path, error) in rows {
                let told = try await app.get(path)
                #expect(told.status == 303, "\(name)")
                #expect(try told.answer["error"] == error, "\(name)")
                #expect(try told.answer["code"] == nil && told.answer["state"] != "canary", "\(name)")
            }
        }
    }

    /// Parameters by endpoint; those of the token endpoint beside a grant that reads them.
    private static let parameters: [(path: String, good: String, names: [String])] = [
        (
            "/oauth2/token", "grant_type=authorization_code&code=x",
            ["code", "redirect_uri", "code_verifier", "grant_type", "resource", "authorization_details"]
        ),
        ("/oauth2/token", "grant_type=refresh_token&refresh_token=x", ["refresh_token", "scope"]),
        ("/oauth2/token", "grant_type=client_credentials&scope=leavers", ["scope", "client_id", "client_secret"]),
        (
            "/oauth2/token", "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&scope=leavers&assertion=x",
            ["assertion", "client_assertion", "client_assertion_type"]
        ),
        ("/oauth2/revoke", "token=x", ["token", "token_type_hint", "client_id", "client_assertion"]),
        ("/oauth2/introspect", "token=x", ["token", "token_type_hint", "client_secret"]),
        (
            "/oauth2/authorize", "",
            [
                "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge",
                "code_challenge_method", "nonce", "prompt", "max_age", "login_hint", "response_mode", "request",
                "request_uri", "claims", "resource", "ui_locales",
            ]
        ),
    ]

    private static let hostile = [
        "\"'><script>canary()</script>", "\u{0}canary", "\r\nX-Canary: canary", "canary' OR '1'='1", "../../canary",
        "-9223372036854775809", "{\"canary\":[", "e30.e30.canary", "\u{202E}\u{FEFF}canary\u{1F480}",
        String(repeating: "canary", count: 10_000),
    ]

    @Test("E13 (RFC 6819 §5.1.4.1.2): hostile values in every parameter break nothing and come back nowhere")
    func hostileValues() async throws {
        try await CodeApp.with(settings: ["grants": .texts(Self.grants)]) { app in
            for (path, good, names) in Self.parameters {
                for name in names {
                    for (number, value) in Self.hostile.enumerated() {
                        let what: Comment = "\(path) \(name), value \(number)"
                        let reply: OutboundReply
                        if path == "/oauth2/authorize" {
                            // What is longer never becomes a request.
                            reply = try await app.get(app.path([(name, String(value.prefix(5_000)))]))
                        } else {
                            let kept = (good + app.credentials).split(separator: "&").filter {
                                !$0.hasPrefix(name + "=")
                            }
                            reply = try await app.test.askToken(
                                kept.joined(separator: "&") + "&\(name)=\(PercentEncoding.encode(value))", path: path)
                        }
                        #expect((200..<500).contains(reply.status), what)
                        #expect(!reply.text.contains("<script>canary") && reply.header("x-canary") == nil, what)
                        #expect(path == "/oauth2/authorize" || !reply.text.contains("canary"), what)
                        for header in ["server", "x-powered-by", "via"] { #expect(reply.header(header) == nil, what) }
                    }
                }
            }
            #expect(try await tokens(app.test) == 0)
        }
    }
}
