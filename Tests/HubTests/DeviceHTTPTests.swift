import Console
import Core
import Ports
import TestSupport
import Testing

@testable import Hub

private let grant = "urn:ietf:params:oauth:grant-type:device_code"

/// A television, and somebody at a browser.
private struct Sofa: Browsing {
    let test: TestHub
    let client: String
    var cookie = "none=none"

    static func with(_ store: TestStore = .sqlite, _ body: (Sofa) async throws -> Void) async throws {
        let client: JSONObject = [
            "name": "<b>tv", "scopes": ["leavers"], "public": true, "grants": [.string(grant)],
        ]
        try await withClient(store, client, scope: "Reads <i>leavers</i>.") { test, made in
            try await body(Sofa(test: test, client: try #require(made["client_id"]?.string)))
        }
    }

    func ask(_ form: String, at path: String) async throws -> JSON {
        try JSON.read(try await test.askToken(form + "&client_id=\(client)", path: path).body)
    }

    func begin() async throws -> (code: String, shown: String) {
        let body = try await ask("scope=leavers", at: "/oauth2/device_authorization")
        return (try #require(body["device_code"]?.string), try #require(body["user_code"]?.string))
    }

    func poll(_ code: String) async throws -> JSON {
        try await ask("grant_type=\(grant)&device_code=\(code)", at: "/oauth2/token")
    }
}

@Suite("Devices over HTTP") struct DeviceHTTPTests {
    @Test("RFC 8628 §3.3.1: the complete address leads by the sign-in to the question", arguments: TestStore.allCases)
    func allow(_ store: TestStore) async throws {
        try await Sofa.with(store) { stranger in
            var sofa = stranger
            let (code, shown) = try await sofa.begin()
            #expect(try await sofa.poll(code)["error"] == "authorization_pending")
            let path = "/device?user_code=\(shown)"
            let first = try await sofa.get(path)
            #expect(first.status == 303)
            let signIn = try #require(first.header("location"))
            #expect(signIn.hasPrefix("/console/sign-in?next="))
            let entered = try await sofa.signIn(next: path)
            let question = try await sofa.get(try #require(entered.header("location")))
            #expect(question.status == 200)
            for word in [shown, "&lt;b&gt;tv", "mara", "&lt;i&gt;"] { #expect(question.text.contains(word), "\(word)") }
            #expect(question.header("x-frame-options") == "DENY" && question.header("cache-control") == "no-store")
            let csrf = try question.field("csrf")
            let fields = ["user_code": shown, "csrf": csrf]
            // What is not sent from the hub's own page counts for nothing.
            let foreign = try await sofa.send("/console/device/answer", fields, origin: "https://evil.example")
            let forged = try await sofa.send("/console/device/answer", ["user_code": shown, "csrf": "x"])
            #expect(foreign.status == 403 && forged.status == 403)
            #expect(try await sofa.poll(code)["error"] == "slow_down")
            let done = try await sofa.send("/console/device/answer", fields)
            #expect(done.status == 200)
            #expect(try await sofa.test.audited(done).first == "consent.given")
            let token = try #require(try await sofa.poll(code)["access_token"]?.string)
            let described = try await sofa.test.send("GET", "/api/now/table/hr_leaver", token: token)
            #expect(described.status != 401)
            let again = try await sofa.send("/console/device/answer", fields)
            #expect(again.status == 404)
            let row = try await sofa.test.row(of: again)
            #expect(row["reason"] == "user_code_unknown" && row["says"] != nil)
        }
    }

    @Test("A typed code leads to the question, a wrong one back to the form, and no is no")
    func refuse() async throws {
        try await Sofa.with { stranger in
            var sofa = stranger
            let (code, shown) = try await sofa.begin()
            _ = try await sofa.signIn(next: "/device")
            let entry = try await sofa.get("/device")
            #expect(entry.status == 200 && !entry.text.contains(shown))
            let csrf = try entry.field("csrf")
            let wrong = try await sofa.send("/console/device", ["user_code": "BBBB-BBBB", "csrf": csrf])
            #expect(wrong.status == 404 && wrong.text.contains("name=\"user_code\""))
            let question = try await sofa.send("/console/device", ["user_code": shown.lowercased(), "csrf": csrf])
            #expect(question.status == 200 && question.text.contains(shown))
            let no = try await sofa.send(
                "/console/device/answer", ["user_code": shown, "csrf": csrf, "refuse": "1"])
            #expect(no.status == 200)
            #expect(try await sofa.poll(code)["error"] == "access_denied")
        }
    }

    @Test("RFC 8628 §5.1: wrong codes are bounded, and the right one then too")
    func bounded() async throws {
        try await Sofa.with { stranger in
            var sofa = stranger
            // Wrong codes are counted within a minute.
            sofa.test.clock.stop()
            let (_, shown) = try await sofa.begin()
            try await sofa.signIn(next: "/device")
            for _ in 0..<Limits.userCodesOfOneUser.value {
                #expect(try await sofa.get("/device?user_code=BBBB-BBBB").status == 404)
            }
            #expect(try await sofa.get("/device?user_code=\(shown)").status == 429)
        }
    }
}
