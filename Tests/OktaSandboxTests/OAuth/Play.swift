import Core
import Keys
import OktaSandbox
import Testing

let nora = "nora.castellanos@acme.example"

/// An org with its trial applications, and what a browser and an application do with it.
struct Play {
    static let secret = "the-web-app's-secret"
    static let back = "http://127.0.0.1:8080/oauth_redirect.do"
    static let verifier = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
    static let challenge = Base64URL.encode(Hashing.sha256(Array(verifier.utf8)))
    private static let signing = Result { try JWSPrivateKey.make(.rs256) }

    var org = OktaOrg.forTests()
    var now = noon
    let web: String
    let service: String
    let serviceKey: JWSPrivateKey
    private var drawn = 0

    /// - Parameter grace: of an application whose refresh tokens rotate, in place of the trial web app.
    init(grace: Int64? = nil) throws {
        serviceKey = try JWSPrivateKey.make(.es256)
        org.signingKey = try Self.signing.get()
        let apps = try org.addTrialApps(
            secret: Secret(Self.secret), redirectURIs: [Self.back], serviceKey: serviceKey.publicKey, at: noon)
        service = apps.serviceID
        if let grace {
            web = try org.add(.web(secret: Self.secret, grace: grace), at: noon)
        } else {
            web = apps.webID
        }
    }

    /// A text that never came before.
    mutating func fresh() -> String {
        drawn += 1
        return "fresh-\(drawn)"
    }

    // MARK: A browser

    /// What the trial web app asks for, with changes; nil leaves a parameter out.
    func query(_ changes: [String: String?] = [:]) -> String {
        var all: [String: String] = [
            "client_id": web, "response_type": "code", "redirect_uri": Self.back, "state": "s-1",
            "scope": "openid offline_access okta.users.read okta.groups.read", "nonce": "n-1",
            "code_challenge": Self.challenge, "code_challenge_method": "S256",
        ]
        for (name, value) in changes { all[name] = value }
        return form(all.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    mutating func authorize(_ changes: [String: String?] = [:], cookie: String? = nil) -> SandboxReply {
        org.respond(
            to: SandboxRequest(
                method: "GET", path: "/oauth2/v1/authorize", query: query(changes),
                headers: cookie.map { [("cookie", "other=1; sid=\($0)")] } ?? []), at: now)
    }

    mutating func post(
        _ path: String, _ fields: [(String, String)], headers: [(name: String, value: String)] = []
    ) -> SandboxReply {
        let body = form(fields)
        return org.respond(
            to: SandboxRequest(
                method: "POST", path: path,
                headers: headers + [
                    ("content-type", "application/x-www-form-urlencoded"), ("content-length", "\(body.utf8.count)"),
                ], body: Array(body.utf8)), at: now)
    }

    /// Signs in on the page that was answered, and consents where that is asked.
    mutating func pass(_ page: SandboxReply, as login: String = nora) -> SandboxReply {
        let asked = post(
            "/sandbox/sign-in",
            [("ticket", page.ticket), ("username", login), ("password", OktaOrg.trialPassword)])
        return asked.status == 200 && !asked.ticket.isEmpty && asked.text.contains("/sandbox/consent")
            ? post("/sandbox/consent", [("ticket", asked.ticket), ("answer", "allow")]) : asked
    }

    mutating func code(_ changes: [String: String?] = [:], as login: String = nora) throws -> String {
        let page = authorize(changes)
        return try #require(pass(page, as: login).back["code"])
    }

    // MARK: The web application

    var basic: [(name: String, value: String)] {
        [("authorization", "Basic " + Play.base64("\(web):\(Self.secret)"))]
    }

    static func base64(_ text: String) -> String {
        let plain = Base64URL.encode(text.utf8).replacing("-", with: "+").replacing("_", with: "/")
        return plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    }

    mutating func token(
        _ fields: [(String, String)], headers: [(name: String, value: String)]? = nil
    ) -> SandboxReply {
        post("/oauth2/v1/token", fields, headers: headers ?? basic)
    }

    mutating func redeem(_ code: String, headers: [(name: String, value: String)] = []) -> SandboxReply {
        token(
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Self.back),
                ("code_verifier", Self.verifier),
            ], headers: basic + headers)
    }

    mutating func refresh(
        _ refreshToken: String, scope: String? = nil, headers: [(name: String, value: String)] = []
    ) -> SandboxReply {
        token(
            [("grant_type", "refresh_token"), ("refresh_token", refreshToken)] + (scope.map { [("scope", $0)] } ?? []),
            headers: basic + headers)
    }

    /// The tokens of a whole sign-in.
    mutating func tokens(_ changes: [String: String?] = [:], as login: String = nora) throws -> JSON {
        let reply = redeem(try code(changes, as: login))
        #expect(reply.status == 200, "\(reply.text)")
        return try reply.json
    }

    mutating func introspect(_ token: String) throws -> JSON {
        try post("/oauth2/v1/introspect", [("token", token)], headers: basic).json
    }

    /// The web app's token for somebody with that role, as an `Authorization`; it has the scopes.
    mutating func administrator(_ scopes: String, _ role: String) throws -> String {
        let person = try org.id("mara.lindqvist")
        try org.call("POST", "/api/v1/users/\(person)/roles", ["type": .string(role)], expecting: 201)
        for scope in scopes.split(separator: " ").map(String.init) where !TrialApps.scopes.contains(scope) {
            try org.call(
                "POST", "/api/v1/apps/\(web)/grants",
                ["scopeId": .string(scope), "issuer": "http://127.0.0.1:9001"])
        }
        return "Bearer " + (try tokens(["scope": scopes], as: mara)["access_token"]?.string ?? "")
    }

    // MARK: The service application

    mutating func assertion(
        _ claims: [String: JSON?] = [:], header: JSONObject? = nil, key: JWSPrivateKey? = nil
    ) throws -> String {
        var all: JSONObject = [
            "iss": .string(service), "sub": .string(service), "aud": "http://127.0.0.1:9001/oauth2/v1/token",
            "iat": .int(now.epochSeconds), "exp": .int(now.epochSeconds + 300), "jti": .string(fresh()),
        ]
        for (name, value) in claims { all[name] = value }
        let head = header ?? ["kid": .string(serviceKey.publicKey.thumbprint)]
        return try JWS.sign(all, header: head, with: key ?? serviceKey)
    }

    mutating func serviceToken(
        _ scope: String, assertion: String? = nil, headers: [(name: String, value: String)] = []
    ) throws -> SandboxReply {
        let signed = try assertion ?? self.assertion()
        return token(
            [
                ("grant_type", "client_credentials"), ("scope", scope), ("client_assertion", signed),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ], headers: headers)
    }

    // MARK: DPoP

    mutating func proof(
        _ key: JWSPrivateKey, _ claims: [String: JSON?] = [:], method: String = "POST",
        path: String = "/oauth2/v1/token", header: JSONObject? = nil
    ) throws -> (name: String, value: String) {
        var all: JSONObject = [
            "htm": .string(method), "htu": .string("http://127.0.0.1:9001" + path), "iat": .int(now.epochSeconds),
            "jti": .string(fresh()),
        ]
        for (name, value) in claims { all[name] = value }
        let head = header ?? ["typ": "dpop+jwt", "jwk": key.publicKey.jwk]
        return ("dpop", try JWS.sign(all, header: head, with: key))
    }

    /// The nonce that proofs have to carry.
    mutating func nonce(_ key: JWSPrivateKey) throws -> String {
        let reply = try serviceToken("okta.users.read", headers: [proof(key)])
        #expect(reply.error == "use_dpop_nonce")
        return try #require(reply.header("dpop-nonce"))
    }
}

func form(_ fields: [(String, String)]) -> String {
    fields.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
}

extension SandboxReply {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The OAuth error code of a body; empty for none.
    var error: String {
        do { return try json["error"]?.string ?? "" } catch { return "" }
    }
    var errorDescription: String {
        do { return try json["error_description"]?.string ?? "" } catch { return "" }
    }

    /// The ticket of a page's form; empty when there is none.
    var ticket: String {
        let parts = text.split(separator: "name=\"ticket\" value=\"")
        return parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : ""
    }

    /// The parameters that a redirect carries back.
    var back: [String: String] {
        guard let address = header("Location"), let start = address.firstIndex(where: { $0 == "?" || $0 == "#" }) else {
            return [:]
        }
        let query = address[address.index(after: start)...]
        do {
            return Dictionary(
                try FormParameters(Array(query.utf8)).pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        } catch { return [:] }
    }

    var sid: String? {
        headers.first { $0.0 == "Set-Cookie" }.map { String($0.1.dropFirst(4).prefix { $0 != ";" }) }
    }
}
