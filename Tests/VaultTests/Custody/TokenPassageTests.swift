import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

/// By which way tokens are asked for.
struct TokenPassageTests {
    private static let pins: JSON = [
        .string(Base64.encode([UInt8](repeating: 1, count: 32))),
        .string(Base64.encode([UInt8](repeating: 2, count: 32))),
    ]

    @Test(
        "a token is asked for by the connection's way at its own host, and plainly elsewhere",
        arguments: [
            ("https://acme.okta.com", true), ("https://acme.okta.com/api", true), ("https://acme.okta.com:8443", false),
            ("https://other.okta.com", false),
        ])
    func way(url: String, isOwn: Bool) async throws {
        let authority = try TestAuthority("root")
        let pair = try authority.issue(.client)
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeClient(["client_auth": "tls_client_auth"], secret: nil)
            try await rig.run(
                "credential.create", "",
                [
                    "name": "pair", "kind": "client_certificate", "secret": .string(pair.key),
                    "settings": ["certificate": .string(pair.certificate)],
                ])
            try await rig.connect([
                "url": .string(url), "credentials": ["okta", "pair"], "trust_roots": .string(authority.certificate),
                "pins": Self.pins,
            ])
            let token = try await rig.live()
            #expect(token.hasPrefix("access-"))
            let request = try #require(rig.provider.requests.first)
            // RFC 8705 §2: the client's id, and nothing else that would prove it.
            #expect(request["client_id"] == "0oa1" && request["client_secret"] == nil)
            #expect(request.header("authorization") == nil)
            #expect(request.passage.isPlain == !isOwn)
            guard isOwn else { return }
            #expect(request.passage.trustRoots == authority.certificate && request.passage.pins.count == 2)
            #expect(request.passage.clientCertificate?.key.matches(Secret(pair.key)) == true)
        }
    }

    @Test(
        "a connection that somebody changed in the database is no way for a client's secret",
        arguments: TestStore.allCases)
    func tampered(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient()
            try await rig.connect(["pins": Self.pins])
            let count = try await rig.database.write(.bookkeeping("a test's tampering")) {
                try $0.run("UPDATE connection SET passage = ''", [])
            }
            #expect(count == 1)
            let error = await failure { try await rig.live() }
            #expect(error?.reason == "connection_changed_outside")
            #expect(rig.provider.requests.isEmpty)
        }
    }

    @Test("two different ways to the host that issues tokens are none")
    func ambiguous() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeClient()
            try await rig.connect(["pins": Self.pins])
            try await rig.connect(["pins": []], as: "other")
            let error = await failure { try await rig.live() }
            #expect(error?.reason == "passage_ambiguous")
            #expect(rig.provider.requests.isEmpty)
        }
    }

    @Test(
        "a deleted credential's tokens do not go plainly to where a connection goes guarded",
        arguments: TestStore.allCases)
    func withheld(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": []])
            try await rig.consent()
            try await rig.run(
                "credential.create", "", ["name": "key", "kind": "api_key", "secret": "s3cret-s3cret"])
            try await rig.connect(["credentials": ["key"], "pins": Self.pins])
            try await rig.run("credential.delete", "okta")
            try await rig.custodian.tick()
            #expect(!rig.provider.requests.contains { $0.path.hasSuffix("/revoke") })
            #expect(try await rig.events().last == "grant.not_revoked")
        }
    }

    /// How a connection that goes by more than the plain way ceases to be the way of a credential's tokens.
    struct Leaving: Sendable, CustomTestStringConvertible {
        let name: String
        let sent: JSONObject
        var testDescription: String { "\(name) \(JSON.object(sent).text())" }
    }

    @Test(
        "nor when the guarded connection that used it was taken from it before, or goes another way since",
        arguments: TestStore.allCases,
        [
            Leaving(name: "connection.delete", sent: [:]),
            Leaving(name: "connection.remove-credential", sent: ["credential": "okta"]),
            Leaving(name: "connection.update", sent: ["credentials": ["key"]]),
            Leaving(name: "connection.update", sent: ["pins": []]),
            Leaving(name: "connection.update", sent: ["url": "https://other.okta.com"]),
        ])
    func withheldAfterwards(store: TestStore, leaving: Leaving) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": []])
            try await rig.consent()
            try await rig.run(
                "credential.create", "", ["name": "key", "kind": "api_key", "secret": "s3cret-s3cret"])
            try await rig.connect(["credentials": ["okta", "key"], "pins": Self.pins])
            try await rig.run(leaving.name, "prod", leaving.sent)
            if leaving.name != "connection.delete" { try await rig.run("connection.delete", "prod") }
            try await rig.run("credential.delete", "okta")
            try await rig.custodian.tick()
            #expect(!rig.provider.requests.contains { $0.path.hasSuffix("/revoke") })
            #expect(try await rig.events().contains("grant.not_revoked"))
            let kept = try await rig.database.read { reader in
                try reader.rows("SELECT id FROM secret ORDER BY id LIMIT 9", []).count
            }
            #expect(kept == 1, "the key's alone")
        }
    }

    @Test(
        "while no connection knows the guarded way, tokens are neither renewed ahead nor given back by the plain one",
        arguments: TestStore.allCases)
    func wayGone(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": []])
            try await rig.consent()
            try await rig.connect(["pins": Self.pins])
            try await rig.run("connection.delete", "prod")
            rig.clock.advance(seconds: 3_500)
            try await rig.custodian.tick()
            #expect(rig.provider.count("refresh_token") == 0)
            try await rig.connect(["pins": Self.pins])
            try await rig.custodian.tick()
            #expect(rig.provider.count("refresh_token") == 1, "by the connection's way")
            #expect(rig.provider.requests.last?.passage.isPlain == false)
            try await rig.run("connection.delete", "prod")
            let error = await failure { try await rig.run("credential.revoke", "okta") }
            #expect(error?.reason == "not_revoked")
            #expect(!rig.provider.requests.contains { $0.path.hasSuffix("/revoke") })
            #expect(try await rig.events().last == "grant.not_revoked")
        }
    }

    @Test(
        "one whose ways are ambiguous leaves no intent, and holds no other token up in the loop",
        arguments: TestStore.allCases)
    func holdsNobodyUp(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient()
            _ = try await rig.live()
            let settings: JSONObject = [
                "grant": "client_credentials", "client_id": "0oa2",
                "token_url": "https://fine.okta.com/oauth2/v1/token", "scopes": ["okta.users.read"],
            ]
            try await rig.run(
                "credential.create", "",
                ["name": "fine", "kind": "oauth", "secret": "client-s3cret", "settings": .object(settings)])
            try await rig.run("credential.refresh", "fine")
            try await rig.connect(["pins": Self.pins])
            try await rig.connect(["pins": []], as: "other")
            rig.clock.advance(seconds: 3_500)
            for _ in 0..<2 { try await rig.custodian.tick() }
            #expect(rig.provider.count("client_credentials") == 3, "the other one's alone was renewed")
            #expect(try await rig.live().hasPrefix("access-"), "the present one is good for a while")
            rig.clock.advance(seconds: 100)
            #expect(await failure { try await rig.live() }?.reason == "passage_ambiguous")
            let intents = try await rig.database.read { reader in
                try reader.rows("SELECT credential_id FROM refresh_intent LIMIT 5", []).count
            }
            #expect(intents == 0)
            try await rig.run("connection.delete", "other")
            #expect(try await rig.live().hasPrefix("access-"))
        }
    }
}
