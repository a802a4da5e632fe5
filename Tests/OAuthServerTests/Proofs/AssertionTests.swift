import Core
import Keys
import OAuthServer
import Storage
import TestSupport
import Testing

/// One assertion as a row: what differs from a good one, and the reason in the log; none for one that is accepted.
struct AssertionRow: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    var claims: JSONObject = [:]
    var header: JSONObject = [:]
    var testDescription: String { name }

    init(_ name: String, _ reason: String = "", _ claims: JSONObject = [:], header: JSONObject = [:]) {
        self.name = name
        self.reason = reason
        self.claims = claims
        self.header = header
    }
}

private let issuer = OAuthDesk.issuer
/// The clock of `TestEffects`.
private let start: Int64 = 1_790_000_000

private let rows: [AssertionRow] = [
    AssertionRow("RFC 7523 §3: as it should be"),
    AssertionRow("RFC 7523 §3 (3): the issuer as audience", "", ["aud": .string(issuer)]),
    AssertionRow("RFC 7523 §3 (3): a list with one audience", "", ["aud": [.string(issuer)]]),
    AssertionRow(
        "RFC 7523 §3 (3): the platform's path of the token endpoint", "", ["aud": .string(issuer + "/oauth_token.do")]),
    AssertionRow("RFC 7523 §3 (6): without iat", "", ["iat": .null]),
    AssertionRow("RFC 7519 §2: a moment with parts of a second", "", ["exp": .double(Double(start) + 60.5)]),
    AssertionRow("RFC 7523 §3 (5): nbf within the skew", "", ["nbf": .int(start + 30)]),
    AssertionRow("RFC 7523 §3 (4): the latest end", "", ["exp": .int(start + 3_630)]),
    AssertionRow("RFC 7519 §5.1: typ JWT", header: ["typ": "JWT"]),

    AssertionRow("RFC 7523 §3 (1): another issuer", "assertion_issuer", ["iss": "other"]),
    AssertionRow("RFC 7523 §3 (1): no issuer", "assertion_issuer", ["iss": .null]),
    AssertionRow("RFC 7523 §3 (2): no subject", "client_credentials_unreadable", ["sub": .null]),
    AssertionRow("RFC 7523 §3 (2): a subject that is no client", "client_unknown", ["sub": "other"]),
    AssertionRow("RFC 7523 §3 (3): no audience", "assertion_audience", ["aud": .null]),
    AssertionRow("RFC 7523 §3 (3): an empty list", "assertion_audience", ["aud": []]),
    AssertionRow("E5: another server", "assertion_audience", ["aud": "https://evil.example/oauth2/token"]),
    AssertionRow(
        "E5: this server and another", "assertion_audience", ["aud": [.string(issuer), "https://evil.example"]]),
    AssertionRow("E5: a slash more", "assertion_audience", ["aud": .string(issuer + "/")]),
    AssertionRow("E5: another endpoint", "assertion_audience", ["aud": .string(issuer + "/oauth2/introspect")]),
    AssertionRow("RFC 7523 §3 (4): no end", "assertion_end_missing", ["exp": .null]),
    AssertionRow("an end that is a text", "assertion_end_missing", ["exp": "1790000300"]),
    AssertionRow("an end behind all time", "assertion_end_missing", ["exp": .int(.max)]),
    AssertionRow("an end below zero", "assertion_end_missing", ["exp": .int(-1)]),
    AssertionRow("an end that is no number of seconds", "assertion_end_missing", ["exp": .double(1e300)]),
    AssertionRow("RFC 7523 §3 (4): it ends now", "assertion_ended", ["exp": .int(start)]),
    AssertionRow("RFC 7523 §3 (4): too far ahead", "assertion_end_too_far", ["exp": .int(start + 3_631)]),
    AssertionRow("RFC 7523 §3 (5): not yet", "assertion_not_yet", ["nbf": .int(start + 31)]),
    AssertionRow("RFC 7523 §3 (6): made in the future", "assertion_not_yet", ["iat": .int(start + 31)]),
    AssertionRow("iat that is a text", "assertion_not_yet", ["iat": "now"]),
    AssertionRow("RFC 7523 §3 (7): no jti", "assertion_id_missing", ["jti": .null]),
    AssertionRow("an empty jti", "assertion_id_missing", ["jti": ""]),
    AssertionRow("a jti that is a number", "assertion_id_missing", ["jti": 1]),

    AssertionRow("RFC 7515 §4.1.4: no kid", "assertion_key_not_named", header: ["kid": .null]),
    AssertionRow("RFC 7515 §4.1.4: a kid that is not registered", "assertion_key_unknown", header: ["kid": "k2"]),
    AssertionRow("RFC 8725 §3.11: a proof of possession", "assertion_type", header: ["typ": "dpop+jwt"]),
    AssertionRow("RFC 8725 §3.11: an access token", "assertion_type", header: ["typ": "at+jwt"]),
]

@Test("private_key_jwt", arguments: TestStore.allCases, rows)
func assertions(_ store: TestStore, _ row: AssertionRow) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.keyClient(signer)
        let claims = Signer.claims(client, at: desk.time.now).with(row.claims)
        let response = await desk.assert(try signer.sign(claims, header: row.header))
        #expect(response.reason == row.reason)
        #expect(response.status == (row.reason.isEmpty ? 200 : 401))
        #expect(response.body["error"]?.string == (row.reason.isEmpty ? nil : "invalid_client"))
        #expect(response.problem == nil)
        let tokens = try await desk.count("SELECT COUNT(*) AS n FROM token")
        let used = try await desk.count("SELECT COUNT(*) AS n FROM used_once")
        #expect(tokens == (row.reason.isEmpty ? 1 : 0))
        // What was refused is not used up, and nobody can fill the table with it.
        #expect(used == (row.reason.isEmpty ? 1 : 0))
    }
}

/// A text in the place of an assertion that no key of the client signed as it should.
struct HostileAssertion: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    let text: @Sendable (_ signer: Signer, _ claims: JSONObject) throws -> String
    var testDescription: String { name }

    init(
        _ name: String, _ reason: String,
        _ text: @escaping @Sendable (_ signer: Signer, _ claims: JSONObject) throws -> String
    ) {
        self.name = name
        self.reason = reason
        self.text = text
    }

    /// Any header over any claims, with a signature of 64 bytes that is nobody's.
    static func forged(_ header: String, _ claims: JSONObject) -> String {
        [Array(header.utf8), JSON.object(claims).bytes, [UInt8](repeating: 1, count: 64)].map(Base64URL.encode)
            .joined(separator: ".")
    }
}

private let hostile: [HostileAssertion] = [
    .init("RFC 8725 §3.2: alg none", "client_credentials_unreadable") { _, claims in
        let parts = HostileAssertion.forged(#"{"alg":"none","kid":"k1"}"#, claims).split(separator: ".")
        return "\(parts[0]).\(parts[1])."
    },
    .init("RFC 8725 §2.1: HS256 with the public key as secret", "client_credentials_unreadable") { signer, claims in
        let input =
            Base64URL.encode(Array(#"{"alg":"HS256","kid":"k1"}"#.utf8)) + "."
            + Base64URL.encode(JSON.object(claims).bytes)
        let mac = Hashing.hmacSHA256(Array(input.utf8), key: Secret(signer.jwk.text()))
        return input + "." + Base64URL.encode(mac)
    },
    .init("RFC 7515 §4: a header member twice", "client_credentials_unreadable") { _, claims in
        HostileAssertion.forged(#"{"alg":"ES256","kid":"k1","kid":"k1"}"#, claims)
    },
    .init("RFC 7519 §4: a claim twice", "client_credentials_unreadable") { _, claims in
        let text = JSON.object(claims).text()
        let twice = text.dropLast() + ",\"sub\":\"other\"}"
        return Base64URL.encode(Array(#"{"alg":"ES256","kid":"k1"}"#.utf8)) + "." + Base64URL.encode(Array(twice.utf8))
            + ".AA"
    },
    .init("RFC 7515 §4.1.11: crit", "client_credentials_unreadable") { _, claims in
        HostileAssertion.forged(#"{"alg":"ES256","kid":"k1","crit":["exp"],"exp":1}"#, claims)
    },
    .init("RFC 7797 §7: b64", "client_credentials_unreadable") { _, claims in
        HostileAssertion.forged(#"{"alg":"ES256","kid":"k1","b64":false}"#, claims)
    },
    .init("100 KB", "client_credentials_unreadable") { signer, claims in
        try signer.sign(claims.with(["x": .string(String(repeating: "x", count: 100_000))]))
    },
    .init("a signature that is nobody's", "jws_signature_wrong") { _, claims in
        HostileAssertion.forged(#"{"alg":"ES256","kid":"k1"}"#, claims)
    },
    .init("RFC 8725 §3.1: an alg that is not the key's", "jws_algorithm_does_not_fit_key") { _, claims in
        HostileAssertion.forged(#"{"alg":"RS256","kid":"k1"}"#, claims)
    },
    .init("RFC 8725 §3.1: an alg that is not taken", "jws_algorithm_not_allowed") { _, claims in
        HostileAssertion.forged(#"{"alg":"ES384","kid":"k1"}"#, claims)
    },
    .init("another key under the id of the registered one", "jws_signature_wrong") { _, claims in
        try Signer().sign(claims)
    },
    .init("RFC 8725 §3.10: another key, embedded", "assertion_key_embedded") { _, claims in
        let other = try Signer()
        return try other.sign(claims, header: ["jwk": other.jwk])
    },
    .init("RFC 8725 §3.10: the registered key, embedded", "assertion_key_embedded") { signer, claims in
        try signer.sign(claims, header: ["jwk": signer.jwk])
    },
]

@Test("hostile assertions", arguments: hostile)
func hostileAssertions(_ row: HostileAssertion) async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        let client = try await desk.keyClient(signer)
        let text = try row.text(signer, Signer.claims(client, at: desk.time.now))
        let response = await desk.assert(text)
        #expect(response.reason == row.reason)
        #expect(response.status == 401)
        #expect(response.body["error_description"] == "Client authentication failed.")
    }
}

@Test("keys of each kind that is taken", arguments: [JWSAlgorithm.es256, .rs256, .ps256, .edDSA])
func kinds(_ algorithm: JWSAlgorithm) async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer(algorithm)
        let client = try await desk.keyClient(signer)
        let response = await desk.assert(try signer.sign(Signer.claims(client, at: desk.time.now)))
        #expect(response.status == 200)
    }
}

@Test("RFC 7521 §4.2: client_id and assertion type beside the assertion")
func beside() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        let client = try await desk.keyClient(signer)
        func assertion(_ id: String) throws -> String {
            try signer.sign(Signer.claims(client, at: desk.time.now, id: id))
        }
        let same = await desk.assert(try assertion("1"), more: "&client_id=\(client)")
        #expect(same.status == 200)
        let other = await desk.assert(try assertion("2"), more: "&client_id=other")
        #expect(other.reason == "client_authentication_twice")
        // RFC 6749 §2.3 (MUST NOT): more than one method.
        let secret = await desk.assert(try assertion("3"), more: "&client_id=\(client)&client_secret=x")
        #expect(secret.reason == "client_authentication_twice")
        let grant = "grant_type=client_credentials&scope=incident.read&"
        let untyped = await desk.send(grant + "client_assertion=\(try assertion("4"))")
        #expect(untyped.reason == "client_credentials_unreadable")
        let saml = await desk.send(
            grant + OAuthDesk.form(try assertion("5")).replacing("jwt-bearer", with: "saml2-bearer"))
        #expect(saml.reason == "client_credentials_unreadable")
        let alone = await desk.send(grant + OAuthDesk.form(""))
        #expect(alone.reason == "client_credentials_unreadable")
    }
}

@Test("E5: of 20 requests at once with one assertion one gets a token", arguments: TestStore.allCases)
func replay(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.keyClient(signer)
        let text = try signer.sign(Signer.claims(client, at: desk.time.now))
        let reasons = await withTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { await desk.assert(text).reason } }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(reasons.count { $0.isEmpty } == 1)
        #expect(reasons.allSatisfy { ["", "assertion_used", "client_failures_too_many"].contains($0) })
        let tokens = try await desk.count("SELECT COUNT(*) AS n FROM token")
        #expect(tokens == 1)
    }
}

@Test("an assertion is used up even where the request is refused; another client's jti is its own")
func spentOnRefusal() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        let client = try await desk.keyClient(signer)
        let text = try signer.sign(Signer.claims(client, at: desk.time.now))
        let refused = await desk.send("grant_type=client_credentials&scope=hr.read&" + OAuthDesk.form(text))
        #expect(refused.reason == "scope_not_held")
        let again = await desk.assert(text)
        #expect(again.reason == "assertion_used")
        let other = try await desk.keyClient(signer, "other")
        let own = await desk.assert(try signer.sign(Signer.claims(other, at: desk.time.now)))
        #expect(own.status == 200)
    }
}

@Test("what was used is remembered until it could not be accepted any more, then swept", arguments: TestStore.allCases)
func swept(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.keyClient(signer)
        for id in ["a", "b", "c"] {
            let response = await desk.assert(try signer.sign(Signer.claims(client, at: desk.time.now, id: id)))
            #expect(response.status == 200)
        }
        desk.time.advance(seconds: 329)
        let early = try await desk.server.sweep(at: desk.time.now, most: 2)
        #expect(early == 0)
        desk.time.advance(seconds: 1)
        let first = try await desk.server.sweep(at: desk.time.now, most: 2)
        let second = try await desk.server.sweep(at: desk.time.now, most: 2)
        #expect([first, second] == [2, 1])
        let left = try await desk.count("SELECT COUNT(*) AS n FROM used_once")
        #expect(left == 0)
    }
}

@Test("an id counts again once its note is over, swept or not", arguments: TestStore.allCases)
func countsAgain(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.keyClient(signer)
        let first = await desk.assert(try signer.sign(Signer.claims(client, at: desk.time.now)))
        desk.time.advance(seconds: 330)
        let later = await desk.assert(try signer.sign(Signer.claims(client, at: desk.time.now)))
        let again = await desk.assert(try signer.sign(Signer.claims(client, at: desk.time.now)))
        #expect([first.reason, later.reason, again.reason] == ["", "", "assertion_used"])
    }
}

@Test("a key that is taken away proves nothing any more", arguments: TestStore.allCases)
func keyTaken(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let (signer, next) = (try Signer(), try Signer(.edDSA, id: "k2"))
        let client = try await desk.keyClient(signer)
        try await desk.run("client.update", "robot", ["jwks": ["keys": [next.jwk]]])
        let old = await desk.assert(try signer.sign(Signer.claims(client, at: desk.time.now, id: "1")))
        let new = await desk.assert(try next.sign(Signer.claims(client, at: desk.time.now, id: "2")))
        #expect([old.reason, new.reason] == ["assertion_key_unknown", ""])
        try await desk.run("client.update", "robot", ["jwks": ["keys": []]])
        let none = await desk.assert(try next.sign(Signer.claims(client, at: desk.time.now, id: "3")))
        #expect(none.reason == "assertion_keys_missing")
    }
}
