import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

private let address = "https://app.example/keys"

extension OAuthDesk {
    /// A client that publishes its keys: its public id.
    fileprivate func publishing() async throws -> String {
        let made = try await run(
            "client.create", "",
            ["name": "robot", "user": "svc.hr", "scopes": ["incident.read"], "jwks_uri": .string(address)])
        return try #require(made["client_id"]?.string)
    }

    /// The reason of a request that is signed so; empty for one that gets a token.
    fileprivate func reason(_ client: String, _ signer: Signer) async throws -> String {
        let id = ID<Signer>.new(time.effects).rawValue
        return await assert(try signer.sign(Signer.claims(client, at: time.now, id: id))).reason
    }
}

@Test("keys that a client publishes are fetched once and kept", arguments: TestStore.allCases)
func publishedKeys(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let client = try await desk.publishing()
        desk.web.put(signer.jwks, at: address)
        for _ in 0..<3 { #expect(try await desk.reason(client, signer) == "") }
        #expect(desk.web.count == 1)
        desk.time.advance(seconds: 600)
        #expect(try await desk.reason(client, signer) == "")
        #expect(desk.web.count == 2)
    }
}

@Test("an unknown kid fetches anew, once a minute")
func unknownKid() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let (old, new) = (try Signer(), try Signer(.edDSA, id: "k2"))
        let client = try await desk.publishing()
        desk.web.put(old.jwks, at: address)
        #expect(try await desk.reason(client, old) == "")
        desk.web.put(new.jwks, at: address)
        for _ in 0..<3 { #expect(try await desk.reason(client, new) == "assertion_key_unknown") }
        #expect(desk.web.count == 1)
        // The known one goes on meanwhile.
        #expect(try await desk.reason(client, old) == "")
        desk.time.advance(seconds: 60)
        #expect(try await desk.reason(client, new) == "")
        #expect(try await desk.reason(client, old) == "assertion_key_unknown")
        #expect(desk.web.count == 2)
    }
}

@Test("while the source fails the last keys count, for a day")
func staleKeys() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        let client = try await desk.publishing()
        #expect(try await desk.reason(client, signer) == "assertion_keys_unreachable")
        desk.web.put(signer.jwks, at: address)
        // A failure is not kept, but the next fetch waits.
        #expect(try await desk.reason(client, signer) == "assertion_keys_unreachable")
        desk.time.advance(seconds: 60)
        #expect(try await desk.reason(client, signer) == "")
        desk.web.put(nil, at: address)
        desk.time.advance(seconds: 86_399)
        #expect(try await desk.reason(client, signer) == "")
        desk.time.advance(seconds: 1)
        #expect(try await desk.reason(client, signer) == "assertion_keys_unreachable")
        #expect(desk.web.count == 3)
    }
}

@Test("what is no key set is as good as none")
func malformedSets() async throws {
    for body in ["", "[]", "{\"keys\":1}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2VjcmV0\",\"kid\":\"k1\"}]}"] {
        try await OAuthDesk.with(.sqlite) { desk in
            let client = try await desk.publishing()
            desk.web.put(body, at: address)
            #expect(try await desk.reason(client, try Signer()) == "assertion_keys_unreachable", "\(body)")
        }
    }
}

@Test("of many requests at once one fetches, and all wait for it")
func oneFetch() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        let client = try await desk.publishing()
        desk.web.put(signer.jwks, at: address)
        let reasons = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await desk.reason(client, signer) } }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(reasons.allSatisfy { $0.isEmpty })
        #expect(desk.web.count == 1)
    }
}

@Test(
    "RFC 9111 §5.2.2: how long an answer counts",
    arguments: [
        ("", 600), ("max-age=120", 120), ("public, Max-Age = 900", 900), ("max-age=1", 60), ("max-age=999999", 3_600),
        ("no-store", 60), ("no-cache, max-age=900", 60), ("max-age=x", 600),
    ] as [(String, Int64)])
func freshness(_ header: String, _ seconds: Int64) {
    let terms = Published<Int>.Terms(keep: 60...3_600, standard: 600, again: 60)
    #expect(terms.seconds(header) == seconds)
}

@Test("no more than a bounded number of addresses is kept; the one that was asked for longest ago goes")
func boundedAddresses() async throws {
    let (web, time) = (TestWeb(), TestEffects())
    let published = Published<Int>(web, .init(keep: 60...3_600, standard: 3_600, again: 60)) { document, _ in
        document.body.count
    }
    for number in 0...Limits.fetchedDocuments.value {
        let url = "https://app.example/\(number)"
        web.put("x", at: url)
        _ = await published.reading(at: url, for: "a test", at: time.now)
        // So that the bound of fetches in a minute is not met.
        if number.isMultiple(of: 250) { time.advance(seconds: 60) }
    }
    let asked = web.count
    _ = await published.reading(at: "https://app.example/1", for: "a test", at: time.now)
    #expect(web.count == asked)
    _ = await published.reading(at: "https://app.example/0", for: "a test", at: time.now)
    #expect(web.count == asked + 1)
}

@Test("a request that began before the one that fetched takes the same; a clock that was put back fetches anew")
func earlierRequest() async throws {
    let (web, time) = (TestWeb(), TestEffects())
    let published = Published<Int>(web, .init(keep: 60...3_600, standard: 3_600, again: 60)) { document, _ in
        document.body.count
    }
    web.put("x", at: address)
    for (earlier, asked): (Int64, Int) in [(0, 1), (1, 1), (60, 1), (61, 2)] {
        let now = time.now.adding(seconds: -earlier)
        let found = await published.reading(at: address, for: "a test", at: now)
        // The JSON of `web`.
        #expect(found?.value == 3)
        #expect(web.count == asked)
    }
}

@Test("keys inside certificates: found by their kid, within their validity", arguments: TestStore.allCases)
func certificates(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let authority = try TestAuthority("any")
        let (good, ended) = (try authority.issue(.client), try authority.issue(.client, ends: 2021))
        let made = try await desk.run(
            "client.create", "",
            [
                "name": "robot", "user": "svc.hr", "scopes": ["incident.read"],
                "certificates": ["c1": .string(good.certificate), "c2": .string(ended.certificate)],
            ])
        let client = try #require(made["client_id"]?.string)
        #expect(made["certificates"]?["c1"] == .string(good.certificate))
        func reason(_ pem: String, _ id: String) async throws -> String {
            let key = try JWSPrivateKey(pem: Secret(pem))
            let claims = Signer.claims(client, at: desk.time.now, id: ID<Signer>.new(desk.time.effects).rawValue)
            return await desk.assert(try JWS.sign(claims, header: ["kid": .string(id)], with: key)).reason
        }
        #expect(try await reason(good.key, "c1") == "")
        #expect(try await reason(ended.key, "c1") == "jws_signature_wrong")
        #expect(try await reason(ended.key, "c2") == "assertion_certificate_not_valid")
        #expect(try await reason(good.key, "c3") == "assertion_key_unknown")
        // RFC 5280 §4.1.2.5: looked at when it is used. The test's authority ends on the first of January 2049.
        desk.time.advance(seconds: 2_493_072_000 - desk.time.now.epochSeconds)
        #expect(try await reason(good.key, "c1") == "assertion_certificate_not_valid")
        let emptied = try await desk.run("client.update", "robot", ["certificates": [:]])
        #expect(emptied["no_longer"] == ["certificates": ["c1", "c2"]])
        #expect(try await reason(good.key, "c1") == "assertion_keys_missing")
    }
}

/// What no client may have, as a change of it.
struct BadSource: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    let change: @Sendable () throws -> JSONObject
    var testDescription: String { name }

    init(_ name: String, _ reason: String, _ change: @escaping @Sendable () throws -> JSONObject) {
        self.name = name
        self.reason = reason
        self.change = change
    }
}

private let badSources: [BadSource] = [
    .init("RFC 7591 §5: plain http", "bad_jwks_uri") { ["jwks_uri": "http://app.example/keys"] },
    .init("no address", "bad_jwks_uri") { ["jwks_uri": "keys"] },
    .init("user information", "bad_jwks_uri") { ["jwks_uri": "https://me:pw@app.example/keys"] },
    .init("RFC 7591 §2: jwks and jwks_uri at once", "bad_jwks_uri") {
        ["jwks_uri": .string(address), "jwks": try Signer().jwks]
    },
    .init("no certificate", "bad_certificates") { ["certificates": ["c1": "keys"]] },
    .init("a certificate that is a list", "bad_certificates") { ["certificates": ["c1": []]] },
    .init("an empty kid", "bad_certificates") { ["certificates": ["": .string(try TestAuthority("a").certificate)]] },
    .init("a private key", "bad_certificates") {
        ["certificates": ["c1": .string(try TestAuthority("a").issue(.client).key)]]
    },
    .init("a chain", "bad_certificates") {
        let authority = try TestAuthority("a")
        return ["certificates": ["c1": .string(try authority.issue(.client).certificate + authority.certificate)]]
    },
    .init("RFC 5280 §4.2.1.3: a key that signs certificates alone", "bad_certificates") {
        ["certificates": ["c1": .string(try TestAuthority("a").certificate)]]
    },
    .init("a kid that a registered key has", "bad_certificates") {
        ["jwks": try Signer().jwks, "certificates": ["k1": .string(try TestAuthority("a").issue(.client).certificate)]]
    },
    .init("RFC 6749 §2.1: a public client that publishes keys", "public_client") {
        ["jwks_uri": .string(address), "public": true, "grants": []]
    },
]

@Test("sources of keys that are not registered", arguments: badSources)
func badKeySources(_ row: BadSource) async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        try await desk.run("client.create", "", ["name": "robot", "user": "svc.hr", "scopes": []])
        let refused = try await desk.refusal("client.update", "robot", try row.change())
        #expect(refused.reason == row.reason && refused.kind == .invalid)
    }
}

@Test("jwks and jwks_uri take each other's place, and an empty set takes both away")
func oneSource() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        _ = try await desk.publishing()
        let registered = try await desk.run("client.update", "robot", ["jwks": signer.jwks])
        #expect(registered["jwks_uri"] == .null && registered["jwks"]?["keys"]?.array?.count == 1)
        let published = try await desk.run("client.update", "robot", ["jwks_uri": .string(address)])
        #expect(published["jwks"] == .null && published["jwks_uri"] == .string(address))
        let none = try await desk.run("client.update", "robot", ["jwks": ["keys": []]])
        #expect(none["jwks"] == .null && none["jwks_uri"] == .null)
    }
}

@Test("where keys come from is as much as the keys: of a client that acts for users the role admin settles it")
func sourcesOfActors() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        _ = try await desk.keyClient(try Signer(), "robot", ["acts_for_users": true])
        let pem = JSON.string(try TestAuthority("a").issue(.client).certificate)
        for change: JSONObject in [["jwks_uri": .string(address)], ["certificates": ["c1": pem]]] {
            let refused = try await desk.refusal("client.update", "robot", change, as: ["oauth_admin"])
            #expect(refused.reason == "acting_for_users")
        }
        try await desk.run("client.create", "", ["name": "bossy", "user": "boss", "scopes": []])
        for change: JSONObject in [["jwks_uri": .string(address)], ["certificates": ["c1": pem]]] {
            let refused = try await desk.refusal("client.update", "bossy", change, as: ["oauth_admin"])
            #expect(refused.reason == "user_outranks_caller")
        }
    }
}
