import Core
import Keys
import OktaSandbox
import Testing

/// A token request that is bent, and the error that Okta's catalogue has for it.
struct TokenRow: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int
    let error: String
    let description: String
    let send: @Sendable (inout Play) throws -> SandboxReply
    var testDescription: String { name }

    init(
        _ name: String, _ status: Int, _ error: String, _ description: String,
        _ send: @escaping @Sendable (inout Play) throws -> SandboxReply
    ) {
        self.name = name
        self.status = status
        self.error = error
        self.description = description
        self.send = send
    }

    func check(_ play: inout Play) throws {
        let reply = try send(&play)
        #expect(reply.status == status, "\(reply.text)")
        #expect(reply.error == error)
        #expect(reply.errorDescription.contains(description), "\(reply.errorDescription)")
        #expect(reply.header("Cache-Control") == "no-cache, no-store")
        #expect(!reply.text.contains("access_token\""))
    }
}

struct TokenTests {
    @Test(
        "authorization_code",
        arguments: [
            TokenRow("a made-up code", 400, "invalid_grant", "invalid or has expired") { $0.redeem("made-up") },
            TokenRow("after 300 seconds", 400, "invalid_grant", "invalid or has expired") { play in
                let code = try play.code()
                play.now = noon.adding(seconds: 300)
                return play.redeem(code)
            },
            TokenRow("RFC 7636 §4.6: another verifier", 400, "invalid_grant", "PKCE verification failed") { play in
                play.token([
                    ("grant_type", "authorization_code"), ("code", try play.code()), ("redirect_uri", Play.back),
                    ("code_verifier", String(Play.verifier.reversed())),
                ])
            },
            TokenRow("no verifier", 400, "invalid_request", "PKCE code verifier is required") { play in
                play.token([
                    ("grant_type", "authorization_code"), ("code", try play.code()), ("redirect_uri", Play.back),
                ])
            },
            TokenRow("a verifier without a challenge", 400, "invalid_request", "PKCE code challenge should") { play in
                play.redeem(try play.code(["code_challenge": .none, "code_challenge_method": .none]))
            },
            TokenRow("RFC 6749 §4.1.3: another redirect URI", 400, "invalid_grant", "does not match") { play in
                play.token([
                    ("grant_type", "authorization_code"), ("code", try play.code()),
                    ("redirect_uri", Play.back + "x"), ("code_verifier", Play.verifier),
                ])
            },
            TokenRow("another client's code", 400, "invalid_grant", "issued to another client") { play in
                let code = try play.code()
                let other = try play.org.add(
                    AppDraft.web(secret: "other"), at: noon)
                return play.token(
                    [
                        ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Play.back),
                        ("code_verifier", Play.verifier),
                    ], headers: [("authorization", "Basic " + Play.base64("\(other):other"))])
            },
            TokenRow("somebody suspended meanwhile", 400, "invalid_grant", "invalid or has expired") { play in
                let code = try play.code()
                let id = try play.org.id(nora)
                _ = play.org.send("POST", "/api/v1/users/\(id)/lifecycle/suspend")
                return play.redeem(code)
            },
            TokenRow("no code", 400, "invalid_request", "'code'") {
                $0.token([("grant_type", "authorization_code"), ("redirect_uri", Play.back)])
            },
        ])
    func codes(row: TokenRow) throws {
        var play = try Play()
        try row.check(&play)
    }

    @Test(
        "the request and the client",
        arguments: [
            TokenRow("no grant type", 400, "invalid_request", "must specify a 'grant_type'") { $0.token([]) },
            TokenRow("an unknown grant type", 400, "unsupported_grant_type", "[authorization_code, refresh_token]") {
                $0.token([("grant_type", "password")])
            },
            TokenRow("a grant that the app has not", 400, "unsupported_grant_type", "Configured grant types") {
                $0.token([("grant_type", "client_credentials"), ("scope", "okta.users.read")])
            },
            TokenRow("RFC 6749 §3.2: a parameter twice", 400, "invalid_request", "multiple parameters") {
                $0.token([("grant_type", "refresh_token"), ("grant_type", "refresh_token")])
            },
            TokenRow("two ways to authenticate", 401, "invalid_request", "Cannot supply multiple") {
                $0.token([("grant_type", "refresh_token"), ("client_id", $0.web), ("client_secret", Play.secret)])
            },
            TokenRow("nobody", 401, "invalid_client", "No client credentials found") {
                $0.token([("grant_type", "refresh_token")], headers: [])
            },
            TokenRow("a broken header", 401, "invalid_client", "Found Authentication header") {
                $0.token([("grant_type", "refresh_token")], headers: [("authorization", "Basic !!")])
            },
            TokenRow("an unknown client", 401, "invalid_client", "'client_id'") {
                $0.token(
                    [("grant_type", "refresh_token")], headers: [("authorization", "Basic " + Play.base64("x:y"))])
            },
            TokenRow("a wrong secret", 401, "invalid_client", "client secret supplied") {
                $0.token(
                    [("grant_type", "refresh_token")],
                    headers: [("authorization", "Basic " + Play.base64("\($0.web):wrong"))])
            },
            TokenRow("the secret by another way than the app's", 401, "invalid_client", "Client authentication failed")
            {
                $0.token(
                    [("grant_type", "refresh_token"), ("client_id", $0.web), ("client_secret", Play.secret)],
                    headers: [])
            },
            TokenRow("a confidential client without its secret", 401, "invalid_client", "No client credentials") {
                $0.token([("grant_type", "refresh_token"), ("client_id", $0.web)], headers: [])
            },
        ])
    func clients(row: TokenRow) throws {
        var play = try Play()
        try row.check(&play)
    }

    @Test("credentials in the query, another content type, another method")
    func shapes() throws {
        var play = try Play()
        let inQuery = play.org.respond(
            to: SandboxRequest(
                method: "POST", path: "/oauth2/v1/token", query: "client_id=x&client_secret=y",
                headers: [("content-type", "application/x-www-form-urlencoded")]), at: noon)
        #expect(inQuery.errorDescription.contains("query"))
        let json = play.org.respond(
            to: SandboxRequest(
                method: "POST", path: "/oauth2/v1/token", headers: [("content-type", "application/json")],
                body: Array("{}".utf8)), at: noon)
        #expect(json.error == "invalid_request")
        let get = play.org.respond(to: SandboxRequest(method: "GET", path: "/oauth2/v1/token"), at: noon)
        #expect(get.status == 405)
    }

    @Test("RFC 6749 §4.1.2: a code that comes again takes back what it gave")
    func codeTwice() throws {
        var play = try Play()
        let code = try play.code()
        let tokens = try play.redeem(code).json
        let access = try #require(tokens["access_token"]?.string)
        #expect(try play.introspect(access)["active"] == true)
        #expect(play.redeem(code).error == "invalid_grant")
        #expect(try play.introspect(access)["active"] == false)
        #expect(play.refresh(try #require(tokens["refresh_token"]?.string)).error == "invalid_grant")
    }

    @Test("the fifth token request of a second is over the limit, and the grant is not dead")
    func rateLimit() throws {
        var play = try Play()
        let first = try #require(try play.tokens()["refresh_token"]?.string)
        for _ in 0..<3 { #expect(play.refresh(first).status == 200) }
        let over = play.refresh(first)
        #expect(over.status == 429)
        #expect(over.error == "invalid_grant")
        #expect(over.errorDescription.contains("rate limit"))
        play.now = noon.adding(seconds: 1)
        #expect(play.refresh(first).status == 200)
    }

    @Test("without a signing key nobody gets an ID token; without openid nobody needs one")
    func noSigningKey() throws {
        var play = try Play()
        play.org.signingKey = nil
        #expect(play.redeem(try play.code()).error == "server_error")
        #expect(play.redeem(try play.code(["scope": "okta.users.read"])).status == 200)
    }

    @Test("an access token lives 3600 seconds and ends with its person and its application")
    func lives() throws {
        var play = try Play()
        let access = try #require(try play.tokens()["access_token"]?.string)
        let told = try play.introspect(access)
        #expect(told["client_id"] == .string(play.web))
        #expect(told["username"] == .string(nora))
        #expect(told["exp"] == .int(noon.epochSeconds + 3_600))
        play.now = noon.adding(seconds: 3_600)
        #expect(try play.introspect(access) == ["active": false])
        #expect(try play.introspect("made-up") == ["active": false])
    }

    @Test("userinfo shows what the scopes allow, and its errors stand in the header")
    func userinfo() throws {
        var play = try Play()
        let tokens = try play.tokens(["scope": "openid profile email groups"])
        let access = try #require(tokens["access_token"]?.string)
        func ask(_ token: String, _ play: inout Play) -> SandboxReply {
            play.org.respond(
                to: .init(method: "GET", path: "/oauth2/v1/userinfo", headers: [("authorization", "Bearer \(token)")]),
                at: play.now)
        }
        let told = try ask(access, &play).json
        #expect(told["email"] == .string(nora))
        #expect(told["given_name"] == "Nora")
        #expect(told["groups"]?.array?.contains("Security") == true)
        let plain = try #require(try play.tokens(["scope": "okta.users.read"])["access_token"]?.string)
        let refused = ask(plain, &play)
        #expect(refused.status == 403)
        #expect(refused.header("WWW-Authenticate")?.contains("error=\"insufficient_scope\"") == true)
        #expect(ask("made-up", &play).status == 401)
        play.now = noon.adding(seconds: 3_600)
        #expect(ask(access, &play).header("WWW-Authenticate")?.contains("The token has expired.") == true)
    }
}

extension AppDraft {
    /// Another web application, with the same redirect URI, for everyone.
    static func web(secret: String, grace: Int64? = nil) -> AppDraft {
        var draft = AppDraft(
            label: "Other", kind: "web", method: "client_secret_basic", secret: Secret(secret),
            grantTypes: ["authorization_code", "refresh_token"])
        draft.redirectURIs = [Play.back]
        draft.isForEveryone = true
        draft.requiresConsent = false
        draft.rotationGraceSeconds = grace
        draft.scopes = TrialApps.scopes
        return draft
    }
}
