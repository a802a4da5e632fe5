import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// One grant by assertion as a row: the client's settings, what differs from a good assertion, and what becomes of it.
struct BearerRow: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    let user: String
    let claims: JSONObject
    let settings: JSONObject
    var testDescription: String { name }

    init(_ name: String, user: String, _ claims: JSONObject, _ settings: JSONObject = ["acts_for_users": true]) {
        self.init(name, user, "", claims, settings)
    }
    init(_ name: String, refused: String, _ claims: JSONObject, _ settings: JSONObject = ["acts_for_users": true]) {
        self.init(name, "", refused, claims, settings)
    }
    private init(_ name: String, _ user: String, _ reason: String, _ claims: JSONObject, _ settings: JSONObject) {
        self.name = name
        self.user = user
        self.reason = reason
        self.claims = claims
        self.settings = settings
    }
}

private let byID: JSONObject = ["acts_for_users": true, "jwt_subject": "id"]
private let byEmail: JSONObject = ["acts_for_users": true, "jwt_subject": "email"]

private let rows: [BearerRow] = [
    .init("RFC 7523 §3 (2A): a user by name", user: "boss", ["sub": "boss"]),
    .init("a user by id", user: "boss", ["sub": "u2"], byID),
    .init("a user by email", user: "boss", ["sub": "boss@example.com"], byEmail),
    .init(
        "RFC 9068 §2.2: a JWT for a user", user: "boss", ["sub": "boss"],
        ["acts_for_users": true, "token_format": "jwt"]),
    .init("RFC 9068 §2.2: a JWT for the client itself", user: "svc.hr", [:], ["token_format": "jwt"]),
    .init("the client itself is its application user", user: "svc.hr", [:], [:]),
    .init("its application user by name", user: "svc.hr", ["sub": "svc.hr"], [:]),

    .init("a user, without leave to act for users", refused: "acting_for_users_not_allowed", ["sub": "boss"], [:]),
    .init("a name where ids are meant", refused: "user_missing", ["sub": "boss"], byID),
    .init("an id where names are meant", refused: "user_missing", ["sub": "u2"]),
    .init("a name where email addresses are meant", refused: "user_missing", ["sub": "boss"], byEmail),
    .init("a user who is not there", refused: "user_missing", ["sub": "nobody"]),
    .init("RFC 7523 §3 (2): no subject", refused: "assertion_subject", ["sub": .null]),
    .init("RFC 7523 §3 (1): another issuer", refused: "assertion_issuer", ["sub": "boss", "iss": "other"]),
    .init(
        "RFC 7523 §3 (3): the client id as audience, as the platform has it", refused: "assertion_audience",
        ["sub": "boss", "aud": "robot"]),
    .init("RFC 7523 §3 (4): ended", refused: "assertion_ended", ["sub": "boss", "exp": 1_790_000_000]),
    .init("RFC 7523 §3 (7): no jti", refused: "assertion_id_missing", ["sub": "boss", "jti": .null]),
]

private let grants: JSON = ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]

private func bearer(_ desk: OAuthDesk, _ assertion: String, _ client: (id: String, secret: String)) async
    -> TokenResponse
{
    await desk.send(
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=incident.read"
            + "&client_id=\(client.id)&client_secret=\(client.secret)"
            + (assertion.isEmpty ? "" : "&assertion=" + PercentEncoding.encode(assertion)))
}

@Test("JWT bearer grant", arguments: TestStore.allCases, rows)
func bearerGrant(_ store: TestStore, _ row: BearerRow) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.client("robot", row.settings.with(["jwks": signer.jwks, "grants": grants]))
        let claims = Signer.claims(client.id, at: desk.time.now).with(row.claims)
        let response = await bearer(desk, try signer.sign(claims), client)
        #expect(response.reason == row.reason)
        #expect(response.body["error"]?.string == (row.reason.isEmpty ? nil : "invalid_grant"))
        #expect(response.body["refresh_token"] == nil)
        guard row.reason.isEmpty else {
            let tokens = try await desk.count("SELECT COUNT(*) AS n FROM token")
            #expect(tokens == 0 && response.status == 400)
            return
        }
        #expect(response.user == row.user)
        let token = try #require(response.body["access_token"]?.string)
        let found = try #require(try await desk.find(token))
        #expect(!found.isRevoked)
        #expect(found.user.rawValue == (row.user == "boss" ? "u2" : "u1"))
        // RFC 9068 §2.2, RFC 7662 §2.2: whom it stands for.
        let told = await GrantRig(desk: desk, id: client.id, secret: client.secret).introspect(token)
        let subject: JSON = .string(row.user == "boss" ? "u2" : client.id)
        #expect(told.body["sub"] == subject)
        if let jwt = AccessToken(token)?.jwt { #expect(jwt.unverifiedClaims["sub"] == subject) }
        let event = try #require(try await desk.events().last)
        #expect(event["details"]?["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        #expect(event["details"]?["user"]?.string == row.user)
    }
}

@Test("RFC 7523 §3.1: what is refused beside the assertion itself")
func bearerRefusals() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        let client = try await desk.client("robot", ["jwks": signer.jwks, "grants": grants])
        func assertion(_ id: String) throws -> String {
            try signer.sign(Signer.claims(client.id, at: desk.time.now, id: id))
        }
        let missing = await bearer(desk, "", client)
        #expect(missing.reason == "assertion_missing" && missing.body["error"] == "invalid_request")
        let garbage = await bearer(desk, "x", client)
        #expect(garbage.reason == "jws_not_compact" && garbage.body["error"] == "invalid_grant")
        let foreign = await bearer(
            desk, try Signer().sign(Signer.claims(client.id, at: desk.time.now)), client)
        #expect(foreign.reason == "jws_signature_wrong")
        desk.world.set(active: false)
        let off = await bearer(desk, try assertion("1"), client)
        desk.world.set(locked: true)
        let locked = await bearer(desk, try assertion("2"), client)
        desk.world.deleteUser()
        let gone = await bearer(desk, try assertion("3"), client)
        #expect([off.reason, locked.reason, gone.reason] == ["user_inactive", "user_locked", "user_missing"])
        // Refused before it was used up.
        desk.world.set()
        let same = await bearer(desk, try assertion("1"), client)
        #expect(same.status == 200)
    }
}

@Test("an assertion is used once, over authentication and grant", arguments: TestStore.allCases)
func bearerOnce(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.client("robot", ["jwks": signer.jwks, "grants": grants])
        let text = try signer.sign(Signer.claims(client.id, at: desk.time.now))
        let reasons = await withTaskGroup(of: String.self) { group in
            for _ in 0..<10 { group.addTask { await bearer(desk, text, client).reason } }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(reasons.count { $0.isEmpty } == 1)
        #expect(reasons.count { $0 == "assertion_used" } == 9)
        let authenticated = await desk.assert(text)
        #expect(authenticated.reason == "assertion_used")
        // One assertion for both halves of a request is one too few.
        let both = try signer.sign(Signer.claims(client.id, at: desk.time.now, id: "both"))
        let response = await desk.send(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=incident.read&assertion=\(both)&"
                + OAuthDesk.form(both))
        #expect(response.reason == "assertion_used" && response.body["error"] == "invalid_grant")
    }
}

@Test("a token for a named user ends when the client may not act for users any more", arguments: TestStore.allCases)
func bearerEnds(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.client("robot", ["jwks": signer.jwks, "grants": grants, "acts_for_users": true])
        func token(_ subject: String, _ id: String) async throws -> String {
            let claims = Signer.claims(client.id, at: desk.time.now, id: id).with(["sub": .string(subject)])
            return try #require(await bearer(desk, try signer.sign(claims), client).body["access_token"]?.string)
        }
        let (other, own) = (try await token("boss", "1"), try await token("svc.hr", "2"))
        // Another application user ends what was issued for the former one, and nothing else.
        try await desk.run("client.update", "robot", ["user": "boss"])
        var revoked = [try await desk.find(other)?.isRevoked, try await desk.find(own)?.isRevoked]
        #expect(revoked == [false, true])
        try await desk.run("client.update", "robot", ["acts_for_users": false])
        revoked = [try await desk.find(other)?.isRevoked, try await desk.find(own)?.isRevoked]
        #expect(revoked == [true, true])
    }
}
