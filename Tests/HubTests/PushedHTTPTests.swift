import Console
import Core
import Keys
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

private let form = "application/x-www-form-urlencoded"

/// A client that pushes its requests, and a browser on its way through the pages.
private struct Way: Browsing {
    let test: TestHub
    let client: String
    let secret: String
    var cookie = "none=none"

    static func with(_ store: TestStore, _ body: (Way) async throws -> Void) async throws {
        let client: JSONObject = [
            "name": "app", "scopes": ["leavers"], "grants": ["authorization_code"],
            "redirect_uris": [.string(callback)], "require_pushed_authorization_requests": true,
        ]
        try await withClient(store, client) { test, made in
            let added = try await test.post("/clients/app/add-secret", [:])
            try await body(
                Way(
                    test: test, client: try #require(made["client_id"]?.string),
                    secret: try #require(added["client_secret"]?.string)))
        }
    }

    func push(_ more: String) async throws -> OutboundReply {
        try await test.send(
            "POST", "/oauth2/par",
            body:
                "response_type=code&scope=leavers&state=s%261&code_challenge=\(Self.challenge)&code_challenge_method=S256"
                + "&client_id=\(client)&client_secret=\(secret)" + more, type: form)
    }
}

@Suite("Pushed requests and answers by form, over HTTP") struct PushedHTTPTests {
    @Test(
        "RFC 9126 §4: pushed, signed in for, allowed an hour's third later, and posted to the application",
        arguments: TestStore.allCases)
    func whole(_ store: TestStore) async throws {
        try await Way.with(store) { stranger in
            var way = stranger
            let answer = try await way.push("&prompt=login&response_mode=form_post")
            #expect(answer.status == 201 && answer.header("cache-control") == "no-store")
            #expect(try await way.test.row(of: answer)["client"] == "app")
            let uri = try #require(try answer.json["request_uri"]?.string)
            let path = "/oauth2/authorize?client_id=\(way.client)&request_uri=\(PercentEncoding.encode(uri))"
            let first = try await way.get(path)
            #expect(first.status == 200 && first.text.contains("type=\"password\""))
            #expect(
                first.header("content-security-policy")?.contains("form-action 'self' https://app.example;") == true)
            way.test.clock.advance(seconds: 1_200)
            let signedIn = try await way.signIn(next: try first.field("next"))
            #expect(signedIn.status == 303)
            let question = try await way.get(signedIn.header("location") ?? "")
            #expect(question.text.contains("Allow app?"))
            let fields = ["csrf": try question.field("csrf"), "query": try question.field("query")]
            let back = try await way.send("/console/consent", fields)
            // OAuth 2.0 Form Post Response Mode §2: a page with a form for the client alone, which a button sends too.
            #expect(back.status == 200 && back.header("location") == nil)
            #expect(back.header("cache-control") == "no-store")
            #expect(back.text.contains("method=\"post\" action=\"\(Way.callback)\"") && back.text.contains("Go on"))
            #expect(try back.field("state") == "s&1" && back.field("iss") == way.test.hub.issuer)
            #expect(!back.text.contains("name=\"csrf\"") && back.text.contains("data-sent"))
            #expect(back.header("content-security-policy")?.contains("form-action 'self' https://app.example;") == true)
            #expect(try await way.test.audited(back).sorted() == ["code.issued", "consent.given"])
            let code = try back.field("code")
            let token = try await way.test.send(
                "POST", "/oauth2/token",
                body: "grant_type=authorization_code&code=\(code)&client_id=\(way.client)&client_secret=\(way.secret)"
                    + "&code_verifier=\(Way.verifier)", type: form)
            #expect(token.status == 200)
            for again in [path, signedIn.header("location") ?? ""] {
                let reply = try await way.get(again)
                #expect(reply.status == 400 && reply.header("location") == nil)
                #expect(try await way.test.row(of: reply)["reason"] == "request_uri_unknown")
            }
        }
    }

    @Test("RFC 9126 §2.3: other methods, and what is refused")
    func refused() async throws {
        try await Way.with(.sqlite) { way in
            let method = try await way.get("/oauth2/par")
            #expect(method.status == 405)
            let address = try await way.push("&redirect_uri=https%3A%2F%2Fevil.example%2F")
            #expect(address.status == 400)
            #expect(try address.json["error"] == "invalid_request")
            #expect(!address.text.contains("evil"))
            let plain = try await way.get("/oauth2/authorize?response_type=code&scope=leavers&client_id=\(way.client)")
            #expect(plain.status == 200, "a stranger signs in before being sent on")
            let silent = try await way.get("/oauth2/authorize?client_id=\(way.client)&prompt=none")
            #expect(silent.header("location")?.hasPrefix(Way.callback + "?error=invalid_request") == true)
            #expect(try await way.test.row(of: silent)["reason"] == "request_not_pushed")
        }
    }

    @Test("RFC 9701 §4: an answer about a token as a signed statement")
    func statement() async throws {
        try await Way.with(.sqlite) { way in
            let media = "application/token-introspection+jwt"
            let reply = try await way.test.send(
                "POST", "/oauth2/introspect", body: "token=x&client_id=\(way.client)&client_secret=\(way.secret)",
                type: form, headers: [("Accept", media)])
            #expect(reply.status == 200 && reply.header("content-type") == media)
            let statement = try JWS.read(reply.text)
            let keys = try JWKSet(try await way.test.send("GET", "/oauth2/jwks").json)
            let key = try #require(keys.key(id: statement.keyID ?? ""))
            let claims = try statement.verified(by: key, allowing: [.rs256], type: "token-introspection+jwt").claims
            let nothing: JSON = ["active": false]
            #expect(claims["token_introspection"] == nothing && claims["aud"] == .string(way.client))
        }
    }
}
