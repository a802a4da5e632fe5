import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

/// Clients that prove themselves by a key, and tokens that are bound to one.
struct KeyedTests {
    private func pem() throws -> String {
        try JWSPrivateKey.make(.es256).pem.reveal { String(decoding: $0, as: UTF8.self) }
    }

    private func claims(_ jws: String) throws -> JSON {
        try part(1, of: jws)
    }

    private func header(_ jws: String) throws -> JSON {
        try part(0, of: jws)
    }

    private func part(_ index: Int, of jws: String) throws -> JSON {
        let bytes = Base64URL.decode(String(jws.split(separator: ".")[index]))
        return try JSON.read(try #require(bytes))
    }

    @Test("a client proves itself by an assertion of its key: for this endpoint, for five minutes, for this once")
    func privateKeyJWT() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeClient(["client_auth": "private_key_jwt", "key_id": "k1"], secret: try pem())
            #expect(try await rig.live() == "access-1")
            let sent = try #require(rig.provider.requests.first)
            #expect(sent["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            #expect(sent["client_secret"] == nil && sent.header("authorization") == nil)
            let assertion = try #require(sent["client_assertion"])
            let claims = try claims(assertion)
            #expect(claims["iss"] == "0oa1" && claims["sub"] == "0oa1")
            #expect(claims["aud"] == "https://acme.okta.com/oauth2/v1/token")
            #expect(claims["exp"]?.int == rig.clock.now.epochSeconds + 300 && claims["jti"]?.string?.isEmpty == false)
            let header = try header(assertion)
            #expect(header["kid"] == "k1" && header["alg"] == "ES256")
            rig.clock.advance(seconds: 3_600)
            _ = try await rig.live()
            let second = try #require(rig.provider.requests.last?["client_assertion"])
            #expect(try self.claims(second)["jti"] != claims["jti"])
        }
    }

    @Test(
        "each key of a rotation goes by its own id: tried, switched to, and gone back from",
        arguments: TestStore.allCases)
    func rotated(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient(["client_auth": "private_key_jwt", "key_id": "k1"], secret: try pem())
            try await rig.connect()
            func lastNamed() throws -> String? {
                try header(try #require(rig.provider.requests.last?["client_assertion"]))["kid"]?.string
            }
            func live() async throws -> String? {
                rig.clock.advance(seconds: 3_600)
                #expect(try await rig.live().hasPrefix("access-"))
                return try lastNamed()
            }
            #expect(try await live() == "k1")
            try await rig.run("credential.add-successor", "okta", ["secret": .string(try pem()), "key_id": "k2"])
            let successor = try await rig.vault.successor(of: "okta", through: nil)
            let trial = try await rig.custodian.tryOut(successor, rig.clock.cause())
            #expect(try trial.passed && lastNamed() == "k2")
            #expect(try await live() == "k1")
            _ = try await rig.vault.keepTest(trial, of: "okta", version: 2, rig.clock.cause())
            let switched = try await rig.run("credential.switch", "okta")
            #expect(switched.value(at: "/settings/key_id") == "k2")
            #expect(switched.value(at: "/rotation/other_key_id") == "k1")
            #expect(try await live() == "k2")
            let back = try await rig.run("credential.go-back", "okta")
            #expect(back.value(at: "/settings/key_id") == "k1")
            #expect(try await live() == "k1")
        }
    }

    @Test(
        "settings that were changed outside the hub are not taken for its own by a switch",
        arguments: TestStore.allCases)
    func changedOutside(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient(["client_auth": "private_key_jwt", "key_id": "k1"], secret: try pem())
            try await rig.run("credential.add-successor", "okta", ["secret": .string(try pem()), "key_id": "k2"])
            let count = try await rig.database.write(.bookkeeping("a test's tampering")) {
                try $0.run("UPDATE credential SET settings = REPLACE(settings, 'acme.okta.com', 'evil.example')", [])
            }
            #expect(count == 1)
            let refused = await failure { try await rig.run("credential.switch", "okta", ["untested": true]) }
            #expect(refused?.reason == "credential_changed_outside")
        }
    }

    @Test("an assertion as the grant speaks for an account")
    func jwtBearer() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeClient(
                ["grant": "jwt_bearer", "client_auth": "none", "subject": "svc@example.org"], secret: try pem())
            #expect(try await rig.live() == "access-1")
            let sent = try #require(rig.provider.requests.first)
            let assertion = try #require(sent["assertion"])
            #expect(try claims(assertion)["sub"] == "svc@example.org")
            #expect(sent["client_id"] == "0oa1")
        }
    }

    @Test(
        "a token that is bound to a key comes with proofs, and keeps its key over refreshes",
        arguments: TestStore.allCases)
    func dpop(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            rig.provider.set { $0.wantsNonce = true }
            try await rig.makeConsented(["scopes": [], "dpop": true])
            try await rig.consent()
            let first = rig.provider.requests.filter { $0.path.hasSuffix("/token") }
            #expect(first.count == 2)
            let asked = rig.log.rows.filter { $0.action == "credential okta: token" }.map(\.reason)
            #expect(asked == ["use_dpop_nonce", ""], "the log says why the first one failed")
            let proof = try #require(first[1].header("dpop"))
            #expect(try header(proof)["typ"] == "dpop+jwt")
            let claims = try claims(proof)
            #expect(claims["htm"] == "POST" && claims["htu"] == "https://acme.okta.com/oauth2/v1/token")
            #expect(claims["nonce"] == "nonce-1" && claims["ath"] == nil)
            let held = try await rig.custodian.held("okta")
            let live = try held.opened(rig.vault.envelope, rig.clock.effects)
            let prove = try #require(live.token?.proof)
            let call = try prove("GET", "https://acme.okta.com/api/v1/users?q=1", nil)
            #expect(try self.claims(call)["htu"] == "https://acme.okta.com/api/v1/users")
            let hash = Base64URL.encode(Hashing.sha256(Array("access-1".utf8)))
            #expect(try self.claims(call)["ath"]?.string == hash)
            let key = try header(proof)["jwk"]
            #expect(try header(call)["jwk"] == key)
            rig.clock.advance(seconds: 3_600)
            #expect(try await rig.live() == "access-2")
            let last = try #require(rig.provider.requests.last?.header("dpop"))
            #expect(try header(last)["jwk"] == key)
        }
    }
}
