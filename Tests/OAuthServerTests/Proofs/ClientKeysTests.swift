import Core
import Keys
import OAuthServer
import Ports
import Storage
import TestSupport
import Testing

/// A set of keys that is not registered, and why.
struct BadKeys: Sendable, CustomTestStringConvertible {
    let name: String
    let reason: String
    let set: @Sendable () throws -> JSON
    var testDescription: String { name }

    init(_ name: String, _ reason: String, _ set: @escaping @Sendable () throws -> JSON) {
        self.name = name
        self.reason = reason
        self.set = set
    }
}

private func jwk(_ changes: JSONObject, _ algorithm: JWSAlgorithm = .es256) throws -> JSON {
    ["keys": [.object((try Signer(algorithm).jwk.object ?? [:]).with(changes))]]
}

private let bad: [BadKeys] = [
    .init("no list", "bad_jwks") { [:] },
    .init("a list that is a key", "bad_jwks") { ["keys": try Signer().jwk] },
    .init("more than 10 keys", "bad_jwks") { ["keys": .array(try (0..<11).map { try Signer(id: "k\($0)").jwk })] },
    .init("RFC 7517 §4.5: a key without kid", "bad_jwks") { try jwk(["kid": .null]) },
    .init("two keys with one kid", "bad_jwks") { ["keys": [try Signer().jwk, try Signer().jwk]] },
    .init("EC on P-384", "bad_jwks") { ["keys": [try Signer(.es384).jwk]] },
    .init("RSA for RS512", "bad_jwks") { ["keys": [try Signer(.rs512).jwk]] },
    .init("RFC 7518 §6.2.2: a private member", "jwk_private") { try jwk(["d": "AA"]) },
    .init("RFC 7518 §6.4: a symmetric key", "jwk_private") {
        ["keys": [["kty": "oct", "k": "c2VjcmV0", "kid": "k1"]]]
    },
    .init("RFC 7517 §4.2: a key to encrypt with", "jwk_unusable") { try jwk(["use": "enc"]) },
    .init("RFC 7518 §6.2.1: a point off the curve", "jwk_unusable") {
        try jwk(["x": .string(Base64URL.encode([UInt8](repeating: 1, count: 32)))])
    },
    .init("RFC 7518 §3.3: RSA with 1024 bits", "jwk_unusable") {
        try jwk(["n": .string(Base64URL.encode([UInt8](repeating: 0xFF, count: 128)))], .rs256)
    },
    .init("no kty", "jwk_unusable") { try jwk(["kty": .null]) },
]

@Test("keys that are not registered", arguments: bad)
func badKeys(_ row: BadKeys) async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let set = try row.set()
        let created = try await desk.refusal(
            "client.create", "", ["name": "robot", "user": "svc.hr", "scopes": [], "jwks": set])
        #expect(created.reason == row.reason && created.kind == .invalid)
        try await desk.run("client.create", "", ["name": "robot", "user": "svc.hr", "scopes": []])
        let updated = try await desk.refusal("client.update", "robot", ["jwks": set])
        #expect(updated.reason == row.reason)
    }
}

@Test("keys are shown and kept as they were read, in the history too", arguments: TestStore.allCases)
func shownKeys(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let sent = (signer.jwk.object ?? [:]).with(["x5u": "https://evil.example", "note": "mine"])
        _ = try await desk.keyClient(signer, "robot", ["jwks": ["keys": [.object(sent)]]])
        let shown = try await desk.run("client.get", "robot")
        let key = try #require(shown["jwks"]?["keys"]?.array?.first?.object)
        #expect(key["kid"] == "k1" && key["x"] == signer.jwk["x"])
        #expect(key["x5u"] == nil && key["note"] == nil)
        #expect(shown["acts_for_users"] == false && shown["jwt_subject"] == "name" && shown["requires_dpop"] == false)
    }
}

@Test("whoever may not give a client's user away may not give the client a key")
func outranked() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let signer = try Signer()
        try await desk.run("client.create", "", ["name": "bossy", "user": "boss", "scopes": []])
        let refused = try await desk.refusal("client.update", "bossy", ["jwks": signer.jwks], as: ["oauth_admin"])
        #expect(refused.reason == "user_outranks_caller")
    }
}

@Test("acting for users takes the role admin, and so does a new key then", arguments: TestStore.allCases)
func actingForUsers(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let signer = try Signer()
        let writer: Set<String> = ["oauth_admin"]
        _ = try await desk.keyClient(signer, as: writer)
        let turned = try await desk.refusal("client.update", "robot", ["acts_for_users": true], as: writer)
        #expect(turned.reason == "acting_for_users" && turned.kind == .forbidden)
        let made = try await desk.refusal(
            "client.create", "", ["name": "two", "user": "svc.hr", "scopes": [], "acts_for_users": true], as: writer)
        #expect(made.reason == "acting_for_users")
        try await desk.run("client.update", "robot", ["acts_for_users": true])
        let rekeyed = try await desk.refusal("client.update", "robot", ["jwks": try Signer().jwks], as: writer)
        #expect(rekeyed.reason == "acting_for_users")
        // What changes nothing of it is theirs, and so is switching it off.
        try await desk.run("client.update", "robot", ["token_seconds": 120], as: writer)
        try await desk.run("client.update", "robot", ["acts_for_users": false, "jwks": try Signer().jwks], as: writer)
    }
}
