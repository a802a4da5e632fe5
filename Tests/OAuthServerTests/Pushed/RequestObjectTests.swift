import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

extension PushedRig {
    /// A client with a secret and that key.
    static func with(
        _ store: TestStore, key: Signer, _ more: JSONObject = [:],
        _ body: @Sendable (PushedRig) async throws -> Void
    ) async throws {
        let keys: JSONObject = ["jwks": key.jwks]
        try await with(store, keys.with(more), body)
    }

    /// What a good request object claims.
    func claims(_ changes: JSONObject = [:]) -> JSONObject {
        let now = desk.time.now.epochSeconds
        var claims: JSONObject = [
            "iss": .string(rig.id), "aud": .string(OAuthDesk.issuer), "client_id": .string(rig.id),
            "exp": .int(now + 300), "iat": .int(now),
        ]
        for (name, value) in Self.parameters() { claims[name] = .string(value) }
        return claims.with(changes)
    }

    func bringing(object: String, _ more: String = "") -> String {
        "client_id=\(rig.id)&request=\(object)" + more
    }
}

/// A request object that does not count, and why.
private struct BadObject: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    var claims: JSONObject = [:]
    var header: JSONObject = [:]
    var testDescription: String { name }

    init(_ name: String, _ reason: String, _ claims: JSONObject = [:], header: JSONObject = [:]) {
        (self.name, self.reason, self.claims, self.header) = (name, reason, claims, header)
    }
}

private let bad: [BadObject] = [
    .init("§6.3 another client", "request_object_client", ["client_id": "other"]),
    .init("§6.3 no client", "request_object_client", ["client_id": .null]),
    .init("§4 another issuer", "request_object_issuer", ["iss": "other"]),
    .init("§4 no audience", "request_object_audience", ["aud": .null]),
    .init("§4 another audience", "request_object_audience", ["aud": "https://other.example"]),
    .init(
        "§4 one audience too many", "request_object_audience", ["aud": ["https://hub.example", "https://b.example"]]),
    .init("§4 the token endpoint", "request_object_audience", ["aud": "https://hub.example/oauth2/token"]),
    .init("§4 a request in a request", "request_object_nested", ["request": "x"]),
    .init("§4 a request_uri in a request", "request_object_nested", ["request_uri": "x"]),
    .init("no end", "request_object_end_missing", ["exp": .null]),
    .init("an end that is a text", "request_object_end_missing", ["exp": "soon"]),
    .init("ended", "request_object_ended", ["exp": 1]),
    .init("an end far ahead", "request_object_end_too_far", ["exp": 4_000_000_000]),
    .init("not yet", "request_object_not_yet", ["nbf": 4_000_000_000]),
    .init("made later", "request_object_not_yet", ["iat": 4_000_000_000]),
    .init("RFC 8725 §3.11 another type", "jws_wrong_type", header: ["typ": "dpop+jwt"]),
    .init("no kid", "request_object_key_not_named", header: ["kid": .null]),
    .init("an unknown kid", "request_object_key_unknown", header: ["kid": "k2"]),
    .init("NUL", "jws_claims_unreadable", ["state": "a\u{0}b"]),
]

@Suite("Request objects (RFC 9101)") struct RequestObjectTests {
    @Test("§5: signed, brought, allowed and redeemed; only what is inside counts", arguments: TestStore.allCases)
    func whole(_ store: TestStore) async throws {
        let signer = try Signer()
        try await PushedRig.with(store, key: signer) { way in
            let types: [JSON] = [.null, "JWT", "oauth-authz-req+jwt", "application/OAuth-Authz-Req+JWT"]
            for type in types {
                let object = try signer.sign(way.claims(["max_age": 7_200]), header: ["typ": type])
                // §6.3 (MUST): the parameters of the object only.
                let more = "&scope=incident.write&state=evil&prompt=none&redirect_uri=https%3A%2F%2Fevil.example%2F"
                let question = try #require(try await way.open(way.bringing(object: object, more)).question)
                #expect(question.scopes.map(\.name) == ["incident.read"])
                #expect(!question.query.contains("evil"))
                let told = try await way.answer(question.query).told
                #expect(told["state"] == "s1")
                #expect(await way.rig.redeem(try #require(told["code"])).status == 200)
                let unasked = try signer.sign(way.claims(["prompt": .null]), header: ["typ": type])
                #expect(try await way.open(way.bringing(object: unasked)).told["code"] != nil, "remembered")
            }
        }
    }

    @Test("what does not count", arguments: bad)
    private func refused(_ row: BadObject) async throws {
        let signer = try Signer()
        try await PushedRig.with(.sqlite, key: signer) { way in
            let object = try signer.sign(way.claims(row.claims), header: row.header)
            // Only an address that stands beside it is known then, and it is the client's.
            let unknown = try await way.open(way.bringing(object: object))
            #expect(unknown.reason == "page " + row.reason)
            let foreign = try await way.open(
                way.bringing(object: object, "&redirect_uri=https%3A%2F%2Fevil.example%2F"))
            #expect(foreign.reason == "page redirect_uri_unregistered")
            let told = try await way.open(
                way.bringing(object: object, "&state=s2&redirect_uri=" + PercentEncoding.encode(GrantRig.redirect)))
            #expect(told.reason == row.reason)
            #expect(try told.told["error"] == "invalid_request_object" && told.told["state"] == "s2")
            let pushed = await way.push(form: "request=\(object)" + way.rig.credentials)
            #expect(pushed.status == 400 && pushed.reason == row.reason)
            #expect(pushed.body["error"] == "invalid_request_object")
        }
    }

    @Test("§10.1, §10.8: neither none, nor another's key, nor a proof of the client")
    func confused() async throws {
        let (signer, other) = (try Signer(), try Signer())
        try await PushedRig.with(.sqlite, key: signer) { way in
            let claims = way.claims()
            let none =
                Base64URL.encode(Array("{\"alg\":\"none\"}".utf8)) + "." + Base64URL.encode(JSON.object(claims).bytes)
                + "."
            let embedded = try other.sign(claims, header: ["jwk": other.jwk])
            // A proof of the client that has all that a request needs.
            let proof = try signer.sign(way.claims(["sub": .string(way.rig.id), "jti": "a1"]))
            for (object, reason) in [
                (none, "jws_algorithm_unknown"), (try other.sign(claims), "jws_signature_wrong"),
                (embedded, "request_object_key_embedded"), ("nonsense", "jws_not_compact"),
                (proof, "request_object_subject"),
            ] {
                let step = try await way.open(way.bringing(object: object))
                #expect(step.reason == "page " + reason)
            }
            // And the other way round.
            let object = try signer.sign(
                way.claims(["sub": .string(way.rig.id), "jti": "a2"]), header: ["typ": "oauth-authz-req+jwt"])
            let played = await way.desk.assert(object)
            #expect(played.status == 401 && played.reason == "assertion_type")
            try await way.desk.run("client.update", "app", ["jwks": ["keys": []]])
            let keyless = try await way.open(way.bringing(object: try signer.sign(claims)))
            #expect(keyless.reason == "page request_object_keys_missing")
        }
    }

    @Test("§5: both, twice, and what is too long for an address")
    func shapes() async throws {
        let signer = try Signer()
        try await PushedRig.with(.sqlite, key: signer) { way in
            let object = try signer.sign(way.claims())
            let long = try signer.sign(way.claims(["note": .string(String(repeating: "x", count: 6_000))]))
            for (query, reason) in [
                (way.bringing(object: object, "&request_uri=urn%3Ax"), "request_twice"),
                (way.bringing(object: object, "&request=\(object)"), "parameter_repeated"),
                (way.bringing(object: object, "&client_id=\(way.rig.id)"), "parameter_repeated"),
                (way.bringing(object: long), "request_object_too_long"),
            ] {
                let step = try await way.open(query)
                #expect(step.reason == "page " + reason)
            }
            let pushed = await way.push(form: "request=\(long)" + way.rig.credentials)
            #expect(pushed.status == 201)
        }
    }

    @Test("§10.5: a client that signs all its requests gets no code for another", arguments: TestStore.allCases)
    func required(_ store: TestStore) async throws {
        let signer = try Signer()
        try await PushedRig.with(store, key: signer, ["require_signed_request_object": true]) { way in
            let plain = PushedRig.query(PushedRig.parameters()) + "&client_id=\(way.rig.id)"
            #expect(try await way.open(plain).reason == "request_not_signed")
            #expect(await way.push().reason == "request_not_signed")
            let object = try signer.sign(way.claims())
            #expect(try await way.open(way.bringing(object: object)).reason == "ask")
            // RFC 9126 §3: only what was signed counts, and that it was signed is kept.
            let answer = await way.push(form: "request=\(object)&scope=incident.write" + way.rig.credentials)
            let query = way.bringing(try #require(answer.body["request_uri"]?.string))
            let question = try await way.open(query).question
            #expect(question?.scopes.map(\.name) == ["incident.read"])
            try await way.desk.run("client.update", "app", ["require_pushed_authorization_requests": true])
            #expect(try await way.open(way.bringing(object: object)).reason == "request_not_pushed")
            #expect(try await way.open(query).reason == "ask")
        }
    }

    @Test("a request that ends while somebody signs in goes on; a new opening does not", arguments: TestStore.allCases)
    func ends(_ store: TestStore) async throws {
        let signer = try Signer()
        try await PushedRig.with(store, key: signer) { way in
            let object = try signer.sign(way.claims(["prompt": "login"]))
            let first = way.desk.time.now
            let signIn = try #require(
                try await way.open(way.bringing(object: object), since: first.adding(seconds: -5)).signIn)
            way.desk.time.advance(seconds: 400)
            let later = try await way.open(way.bringing(object: object))
            #expect(later.reason == "page request_object_ended")
            let since = first.adding(seconds: 390)
            #expect(try await way.open(signIn.query, since: since).reason == "ask")
            #expect(try await way.open(signIn.query, since: first.adding(seconds: -5)).reason == "sign in")
        }
    }
}
