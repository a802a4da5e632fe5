import Core
import Storage
import TestSupport
import Testing

@testable import Keys
@testable import OAuthServer

/// A text that is not quite the token, whose row exists all the same.
struct BentAccessToken: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable (Forger) throws -> String
    var testDescription: String { name }

    init(_ name: String, _ make: @escaping @Sendable (Forger) throws -> String) {
        self.name = name
        self.make = make
    }
}

/// Whoever knows a good token, the key of the hub and keys of his own.
struct Forger: Sendable {
    let token: String
    let kid: String
    let key: JWSPrivateKey
    let claims: JSONObject

    init(_ desk: OAuthDesk, _ token: String) async throws {
        self.token = token
        let read = try JWS.read(token)
        kid = try #require(read.keyID)
        claims = read.unverifiedClaims
        let rows = try await desk.database.read { try TokenKeyStore.sealed([.es256], in: $0) }
        let row = try #require(rows.first)
        key = try KeySeal(key: Secret([UInt8](repeating: 7, count: 32)), effects: desk.time.effects)
            .open(row.sealed, as: row.key)
    }

    /// Signed by the hub's own key, whatever the header and the claims say.
    func signed(header: String, claims: String? = nil, with other: JWSPrivateKey? = nil) throws -> String {
        let body = claims ?? JSON.object(self.claims).text()
        let input = Base64URL.encode(header.utf8) + "." + Base64URL.encode(body.utf8)
        return input + "." + Base64URL.encode(try (other ?? key).sign(Array(input.utf8)))
    }

    func header(alg: String = "ES256", typ: String = "at+jwt", kid: String? = nil) -> String {
        #"{"alg":"\#(alg)","typ":"\#(typ)","kid":"\#(kid ?? self.kid)"}"#
    }

    func without(_ name: String) throws -> String {
        var claims = claims
        claims[name] = nil
        return try signed(header: header(), claims: JSON.object(claims).text())
    }

    func with(_ name: String, _ value: JSON) throws -> String {
        var claims = claims
        claims[name] = value
        return try signed(header: header(), claims: JSON.object(claims).text())
    }
}

@Suite("Access tokens as JWT") struct SignedTokenTests {
    @Test("RFC 9068 §2: header and claims, and the row that its text finds", arguments: TestStore.allCases)
    func issued(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let client = try await desk.client()
            let text = try await desk.jwt(client)
            let read = try JWS.read(text)
            #expect(read.type == "at+jwt" && read.algorithm == .es256)
            let claims = try #require(try await desk.signing.verify(text, type: "at+jwt", at: desk.time.now))
            let token = try #require(JWTAccessToken(claims: claims))
            #expect(token.claims == claims)
            #expect(token.issuer == OAuthDesk.issuer && token.audience == [OAuthDesk.issuer])
            #expect(token.subject == client.id && token.clientID == client.id)
            #expect(token.scopes == ["incident.read"])
            let found = try #require(try await desk.find(text))
            #expect(found.issuedAt == desk.time.now && found.expiresAt == token.expiresAt)
            #expect(found.tokenScopes == ["incident.read"] && !found.isRevoked)
            let second = try #require(JWTAccessToken(claims: try JWS.read(try await desk.jwt(client)).unverifiedClaims))
            #expect(second.id != token.id)
        }
    }

    @Test("it is revoked as an opaque one is", arguments: TestStore.allCases)
    func revoked(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let client = try await desk.client()
            let (first, second) = (try await desk.jwt(client), try await desk.jwt(client))
            #expect(try await desk.run("token.revoke", "", ["token": .string(first)])["revoked"] == true)
            #expect(try await desk.find(first)?.isRevoked == true)
            #expect(try await desk.find(second)?.isRevoked == false)
            try await desk.run("client.revoke-tokens", "hr-system")
            #expect(try await desk.find(second)?.isRevoked == true)
        }
    }

    @Test("one that would be too long is refused, and nothing is stored", arguments: TestStore.allCases)
    func tooLong(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let scopes = (0..<60).map { "scope.\($0)." + String(repeating: "x", count: 50) }
            for scope in scopes { desk.world.add(scope) }
            let client = try await desk.client("hr-system", ["scopes": .texts(scopes)])
            let before = try await desk.actions().count
            #expect(try await desk.issue(client, scopes: scopes).reason == "token_too_long")
            #expect(try await desk.count("SELECT COUNT(*) AS n FROM token") == 0)
            #expect(try await desk.actions().dropFirst(before).filter { $0 == "token.issued" }.isEmpty)
        }
    }

    @Test("RFC 9068 §2.2: its example is read, and nothing without a claim that it requires")
    func example() throws {
        let claims: JSONObject = [
            "iss": "https://authorization-server.example.com/", "sub": "5ba552d67", "aud": "https://rs.example.com/",
            "exp": 1_639_528_912, "iat": 1_618_354_090, "jti": "dbe39bf3a3ba4238a513f51d6e1691c4",
            "client_id": "s6BhdRkqt3", "scope": "openid profile reademail",
        ]
        let token = try #require(JWTAccessToken(claims: claims))
        #expect(token.scopes == ["openid", "profile", "reademail"] && token.claims == claims)
        for name in ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"] {
            for value in [nil, .null, "", [], -1, true] as [JSON?] {
                var bent = claims
                bent[name] = value
                #expect(JWTAccessToken(claims: bent) == nil, "\(name)")
            }
        }
        var several = claims
        several["aud"] = ["https://rs.example.com/", "https://other.example.com/"]
        #expect(JWTAccessToken(claims: several)?.audience.count == 2)
        for bent in ["a  b", "a\"b", 7, ["a"]] as [JSON] {
            several["scope"] = bent
            #expect(JWTAccessToken(claims: several) == nil)
        }
    }

    @Test(
        "what is not exactly the token finds nothing, though its row is there", arguments: TestStore.allCases,
        [
            BentAccessToken("RFC 8725 §3.2: alg none") { forger in
                let parts = try forger.signed(header: forger.header(alg: "none")).split(separator: ".")
                return parts[0] + "." + parts[1] + "."
            },
            BentAccessToken("RFC 8725 §2.1: an HMAC with the public key") { forger in
                let input =
                    Base64URL.encode(forger.header(alg: "HS256").utf8) + "."
                    + Base64URL.encode(JSON.object(forger.claims).text().utf8)
                let key = Secret(forger.key.publicKey.jwk.text())
                return input + "." + Base64URL.encode(Hashing.hmacSHA256(Array(input.utf8), key: key))
            },
            BentAccessToken("RFC 8725 §3.1: the header says RS256") {
                try $0.signed(header: $0.header(alg: "RS256"))
            },
            BentAccessToken("a kid that is nobody's") {
                try $0.signed(header: $0.header(kid: Base64URL.encode([UInt8](repeating: 1, count: 32))))
            },
            BentAccessToken("a kid that is no thumbprint") { try $0.signed(header: $0.header(kid: "\\u0000' OR 1=1")) },
            BentAccessToken("no kid") { try $0.signed(header: #"{"alg":"ES256","typ":"at+jwt"}"#) },
            BentAccessToken("our kid, another's key") {
                try $0.signed(header: $0.header(), with: JWSPrivateKey.make(.es256))
            },
            BentAccessToken("another's key, given along (RFC 7515 §4.1.3)") { forger in
                let own = try JWSPrivateKey.make(.es256)
                let header = #"{"alg":"ES256","typ":"at+jwt","jwk":\#(own.publicKey.jwk.text())}"#
                return try forger.signed(header: header, with: own)
            },
            BentAccessToken("RFC 9068 §4: an ID token of the same key") {
                try $0.signed(header: $0.header(typ: "JWT"))
            },
            BentAccessToken("RFC 9068 §4: no typ") {
                try $0.signed(header: #"{"alg":"ES256","kid":"\#($0.kid)"}"#)
            },
            BentAccessToken("a header member twice") {
                try $0.signed(header: #"{"alg":"ES256","typ":"JWT","typ":"at+jwt","kid":"\#($0.kid)"}"#)
            },
            BentAccessToken("RFC 7519 §4: a claim twice") {
                let claims = JSON.object($0.claims).text()
                return try $0.signed(header: $0.header(), claims: #"{"scope":"admin","# + claims.dropFirst())
            },
            BentAccessToken("RFC 7515 §4.1.11: crit") {
                try $0.signed(
                    header: #"{"alg":"ES256","typ":"at+jwt","kid":"\#($0.kid)","crit":["x"],"x":1}"#)
            },
            BentAccessToken("padding") { $0.token + "=" },
            BentAccessToken("the last character missing") { String($0.token.dropLast()) },
            BentAccessToken("no signature") {
                String($0.token[..<(try #require($0.token.lastIndex(of: ".")))]) + "."
            },
            BentAccessToken("two parts") { String($0.token[..<(try #require($0.token.lastIndex(of: ".")))]) },
            BentAccessToken("a fourth part") { $0.token + "." },
            BentAccessToken("a space before it") { " " + $0.token },
            BentAccessToken("longer than any token") {
                try $0.with("sub", .string(String(repeating: "a", count: Limits.tokenBytes.value)))
            },
            BentAccessToken("RFC 9068 §2.2: no iss") { try $0.without("iss") },
            BentAccessToken("RFC 9068 §2.2: no exp") { try $0.without("exp") },
            BentAccessToken("RFC 9068 §2.2: no aud") { try $0.without("aud") },
            BentAccessToken("RFC 9068 §2.2: no sub") { try $0.without("sub") },
            BentAccessToken("RFC 9068 §2.2: no client_id") { try $0.without("client_id") },
            BentAccessToken("RFC 9068 §2.2: no iat") { try $0.without("iat") },
            BentAccessToken("RFC 9068 §2.2: no jti") { try $0.without("jti") },
            BentAccessToken("an end before its beginning") { try $0.with("exp", 1) },
            BentAccessToken("times that are fractions") { try $0.with("exp", .double(9_999_999_999.5)) },
        ])
    func bent(_ store: TestStore, _ row: BentAccessToken) async throws {
        try await OAuthDesk.with(store) { desk in
            let token = try await desk.jwt(try await desk.client())
            let forger = try await Forger(desk, token)
            let straight = try forger.signed(header: forger.header())
            try await desk.plant(straight, like: token)
            #expect(try await desk.find(straight) != nil, "what is planted is found when nothing is bent")
            let text = try row.make(forger)
            try await desk.plant(text, like: token)
            #expect(try await desk.find(text) == nil)
        }
    }

    @Test("no text of another is accepted for one byte of difference")
    func everyByte() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            let token = try await desk.jwt(try await desk.client())
            for index in token.indices {
                var other = token
                other.replaceSubrange(index...index, with: token[index] == "7" ? "8" : "7")
                #expect(try await desk.signing.verify(other, type: "at+jwt", at: desk.time.now) == nil)
            }
        }
    }
}
