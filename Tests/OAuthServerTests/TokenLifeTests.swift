import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// What is done to a token's world, and what the next use of the token finds.
struct LifeCase: Sendable, CustomTestStringConvertible {
    let name: String
    let act: @Sendable (OAuthDesk, String) async throws -> Void
    let holds: @Sendable (FoundToken?) -> Bool
    /// The reason why no new token is issued afterwards; nil if one is.
    let refused: String?
    var testDescription: String { name }
}

@Test(
    "an existing token follows changes at its next use", arguments: TestStore.allCases,
    [
        LifeCase(
            name: "client switched off",
            act: { desk, _ in try await desk.run("client.update", "hr-system", ["active": false]) },
            holds: { $0?.clientIsActive == false }, refused: "client_inactive"),
        LifeCase(
            name: "client deleted", act: { desk, _ in try await desk.run("client.delete", "hr-system") },
            holds: { $0 == nil }, refused: "client_unknown"),
        LifeCase(
            name: "scope taken from the client",
            act: { desk, _ in try await desk.run("client.update", "hr-system", ["scopes": ["incident.write"]]) },
            holds: { $0?.clientScopes == ["incident.write"] && $0?.tokenScopes == ["incident.read"] },
            refused: "scope_not_held"),
        LifeCase(
            name: "scope deleted", act: { desk, _ in desk.world.deleteScope("incident.read") },
            holds: { $0?.isRevoked == false }, refused: "scope_not_held"),
        LifeCase(
            name: "all tokens revoked", act: { desk, _ in try await desk.run("client.revoke-tokens", "hr-system") },
            holds: { $0?.isRevoked == true }, refused: nil),
        LifeCase(
            name: "this token revoked",
            act: { desk, token in try await desk.run("token.revoke", "", ["token": .string(token)]) },
            holds: { $0?.isRevoked == true }, refused: nil),
        LifeCase(
            name: "user switched off", act: { desk, _ in desk.world.set(active: false) },
            holds: { $0?.user == UserID("u1") }, refused: "user_inactive"),
        LifeCase(
            name: "user locked", act: { desk, _ in desk.world.set(locked: true) },
            holds: { $0?.user == UserID("u1") }, refused: "user_locked"),
        LifeCase(
            name: "user deleted", act: { desk, _ in desk.world.deleteUser() }, holds: { $0?.user == UserID("u1") },
            refused: "user_missing"),
        LifeCase(
            name: "client renamed",
            act: { desk, _ in try await desk.run("client.update", "hr-system", ["name": "new"]) },
            holds: { $0?.clientName == "new" && $0?.isRevoked == false }, refused: nil),
    ])
func life(_ store: TestStore, _ row: LifeCase) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        let token = try await desk.token(client)
        let fresh = try #require(try await desk.find(token))
        #expect(fresh.clientIsActive && !fresh.isRevoked && fresh.tokenScopes == ["incident.read"])
        #expect(fresh.expiresAt == desk.time.now.adding(seconds: 1_800))
        try await row.act(desk, token)
        let found = try await desk.find(token)
        #expect(row.holds(found))
        let next = await desk.ask(client)
        #expect(next.reason == row.refused ?? "")
        if row.refused == nil {
            let token = try #require(next.body["access_token"]?.string)
            let renewed = try await desk.find(token)
            #expect(renewed?.isRevoked == false)
        }
        if row.name.hasPrefix("user") {
            #expect(next.body["error"] == "unauthorized_client")
        }
    }
}

@Test("a text that cannot be a token finds nothing", arguments: TestStore.allCases)
func malformedTokens(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let token = try await desk.token(try await desk.client())
        let dot = try #require(token.firstIndex(of: "."))
        let (head, slot) = (String(token[..<dot]), String(token[token.index(after: dot)...]))
        let later = String(desk.time.now.adding(seconds: 3_601).epochMilliseconds, radix: 16)
        #expect(AccessToken("\(head).\(later)")?.isPossible(at: desk.time.now) == false)
        for spelling in ["0\(slot)", "AB", "+\(slot)", "-\(slot)", ""] {
            #expect(AccessToken("\(head).\(spelling)") == nil, "one spelling")
        }
        for other in [
            "", ".", head, "\(head).", "\(head).0\(slot)", "\(head).\(slot.uppercased())x", "\(head).-\(slot)",
            "\(head).+\(slot)", "\(head).\(later)", "\(head).\(slot).", " \(token)", "\(head).1",
            "lpat_" + String(repeating: "A", count: 49) + ".\(slot)", String(repeating: "a", count: 100_000),
        ] {
            let found = try await desk.find(other)
            #expect(found == nil)
            let answer = try await desk.run("token.revoke", "", ["token": .string(String(other.prefix(150)) + "~")])
            #expect(answer["revoked"] == false)
        }
        for index in token.indices {
            var other = token
            other.replaceSubrange(index...index, with: token[index] == "7" ? "8" : "7")
            let found = try await desk.find(other)
            #expect(found == nil)
        }
        let again = try await desk.find(token)
        #expect(again != nil)
        let revoked = try await desk.actions().filter { $0 == "token.revoked" }
        #expect(revoked.isEmpty)
    }
}

@Test(
    "tokens of hubs before oauth-016 lie at the hour of their issue, and are found there", arguments: TestStore.allCases
)
func earlierTokens(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        let hour = desk.time.now.epochSeconds / 3_600
        let opaque = try await desk.token(client)
        let head = opaque.prefix { $0 != "." }
        let earlier = "\(head).\(String(hour, radix: 16))"
        try await desk.plant(earlier, like: opaque)
        #expect(AccessToken(earlier)?.slot == hour)
        #expect(try await desk.find(earlier)?.isRevoked == false)

        let jwt = try await desk.jwt(client)
        var claims = try JWS.read(jwt).unverifiedClaims
        claims["jti"] = "dbe39bf3a3ba4238a513f51d6e1691c4"
        let signed = try await desk.signing.sign(claims, type: JWTAccessToken.type, at: desk.time.now)
        try await desk.plant(signed, like: jwt)
        #expect(AccessToken(signed)?.slot == hour)
        #expect(try await desk.find(signed)?.isRevoked == false)
    }
}

@Test("ended tokens leave in bounded batches, an hour after their end", arguments: TestStore.allCases)
func sweep(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        var tokens: [String] = []
        for _ in 0..<5 { tokens.append(try await desk.token(client)) }
        desk.time.advance(seconds: 1_800)
        let ended = try #require(try await desk.find(tokens[0]))
        #expect(ended.expiresAt == desk.time.now)
        var gone = try await desk.server.sweep(at: desk.time.now, most: 100)
        #expect(gone == 0)
        desk.time.advance(seconds: 3_600)
        let young = try await desk.token(client)
        gone = try await desk.server.sweep(at: desk.time.now, most: 3)
        #expect(gone == 3)
        gone = try await desk.server.sweep(at: desk.time.now, most: 3)
        #expect(gone == 2)
        let left = try await desk.count("SELECT COUNT(*) AS n FROM token")
        #expect(left == 1)
        let found = try await desk.find(young)
        #expect(found != nil)
    }
}

@Test("E6, C10: secrets and tokens are nowhere in clear", arguments: TestStore.allCases)
func nowhereInClear(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        let token = try await desk.token(client)
        #expect(client.secret.utf8.count >= 5 + 43)  // 256 bits in base64url
        try await desk.run("token.revoke", "", ["token": .string(token)])
        let shown = try await desk.run("client.get", "hr-system")
        let list = try await desk.run("client.list")
        var texts = [shown.text(), list.text()]
        texts += try await desk.events().map { $0.text() }
        texts += try await desk.database.read { reader in
            var rows = try reader.rows("SELECT * FROM client_secret ORDER BY id LIMIT 10", [])
            rows += try reader.rows("SELECT * FROM token ORDER BY hash LIMIT 10", [])
            rows += try reader.rows("SELECT * FROM config_history ORDER BY seq LIMIT 10", [])
            rows += try reader.rows("SELECT * FROM client ORDER BY id LIMIT 10", [])
            return rows.flatMap(\.values).map { value in
                switch value {
                case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
                default: "\(value)"
                }
            }
        }
        let all = texts.joined(separator: "\n")
        #expect(all.contains("hr-system"))
        for secret in [client.secret, token, String(client.secret.dropFirst(5).prefix(43)), String(token.prefix(48))] {
            #expect(!all.contains(secret))
        }
    }
}
