import Core
import Foundation
import TestSupport
import Testing

@testable import Hub

@Suite("The sandbox, over HTTP") struct SandboxHTTPTests {
    @Test("an application is made, its people get a page, its token requests an answer, and faults strike")
    func wholeWay() async throws {
        try await TestHub.with(sandbox: true) { test in
            let made = try await ask(
                test, "POST", "/api/v1/apps", ["authorization: SSWS \(TestHub.sandboxToken)"], "application/json",
                #"{"label":"x","signOnMode":"OPENID_CONNECT","settings":{"oauthClient":{"redirect_uris":["https://x.example/cb"]}}}"#
            )
            #expect(made.status == 200, "\(made.text)")
            let app = try JSON.read(made.body)
            let id = try #require(app["id"]?.string)
            let query =
                "client_id=\(id)&response_type=code&redirect_uri=https%3A%2F%2Fx.example%2Fcb&state=s&scope=openid"
            let page = try await ask(test, "GET", "/oauth2/v1/authorize?\(query)")
            #expect(page.status == 200)
            #expect(page.body.contains("This is a simulation"))
            #expect(page.header("content-security-policy")?.contains("form-action 'self' https://x.example") == true)
            let form = "application/x-www-form-urlencoded"
            let refused = try await ask(
                test, "POST", "/oauth2/v1/token", [], form, "grant_type=authorization_code&client_id=\(id)")
            #expect(refused.status == 401)
            #expect(try JSON.read(refused.body)["error"] == "invalid_client")
            let metadata = try await ask(test, "GET", "/.well-known/openid-configuration")
            #expect(try JSON.read(metadata.body)["issuer"] == .string(test.sandboxURL))

            let order = try await ask(
                test, "POST", "/sandbox/faults", [], "application/json", #"{"fault":"drop","path":"/oauth2"}"#)
            #expect(order.status == 200, "\(order.text)")
            let dropped = try await ask(test, "GET", "/oauth2/v1/keys")
            #expect(dropped.bytes.isEmpty, "\(dropped.text)")
            _ = try await ask(
                test, "POST", "/sandbox/faults", [], "application/json", #"{"fault":"delay","milliseconds":1}"#)
            #expect(try await ask(test, "GET", "/oauth2/v1/keys").status == 200)
        }
    }

    private func ask(
        _ test: TestHub, _ method: String, _ target: String, _ headers: [String] = [], _ type: String = "",
        _ body: String = ""
    ) async throws -> WireReply {
        let port = try #require(test.sandboxURL.split(separator: ":").last.flatMap { Int($0) })
        var lines = ["\(method) \(target) HTTP/1.1", "host: 127.0.0.1:\(port)", "connection: close"] + headers
        if method == "POST" { lines += ["content-type: \(type)", "content-length: \(body.utf8.count)"] }
        let text = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
        return try await Wire.exchange(Array(text.utf8), at: .port(port))
    }
}
