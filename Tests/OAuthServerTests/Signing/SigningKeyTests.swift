import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("Signing keys") struct SigningKeyTests {
    @Test("the first need makes a key, and each algorithm signs with its own", arguments: TestStore.allCases)
    func firstNeed(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            try await desk.signing.tend(at: desk.time.now)
            #expect(try await desk.signing.keys().isEmpty, "a hub that signs nothing makes no key")
            let now = desk.time.now
            for (type, algorithm, expected) in [
                ("at+jwt", nil, JWSAlgorithm.es256), ("JWT", nil, .rs256), ("JWT", .edDSA, .edDSA),
            ] as [(String, JWSAlgorithm?, JWSAlgorithm)] {
                let text = try await desk.signing.sign(["a": 1], type: type, algorithm, at: now)
                let token = try JWS.read(text)
                #expect(token.algorithm == expected && token.type == type)
                let id = try #require(token.keyID)
                let key = try #require(try JWKSet(try await desk.signing.keySet(at: now)).key(id: id))
                #expect(try token.verified(by: key, allowing: [expected], type: type).claims == ["a": 1])
                #expect(try await desk.signing.verify(text, type: type, at: now) == ["a": 1])
                #expect(try await desk.signing.verify(text, type: "other+jwt", at: now) == nil)
            }
            #expect(try await desk.actions() == Array(repeating: "signing_key.published", count: 3))
        }
    }

    @Test("the key set holds public members only, and all keys that sign", arguments: TestStore.allCases)
    func keySet(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let keys = try #require(try await desk.signing.keySet(at: desk.time.now)["keys"]?.array)
            #expect(Set(keys.compactMap { $0["alg"]?.string }) == ["ES256", "RS256", "EdDSA"])
            for key in keys {
                let names = Set(try #require(key.object).members.map(\.name))
                #expect(names.isSuperset(of: ["kty", "kid", "alg", "use"]))
                // RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2: d, p, q and the like are private.
                #expect(names.isSubset(of: ["kty", "kid", "alg", "use", "crv", "x", "y", "n", "e"]))
                #expect(key["use"] == "sig")
            }
        }
    }

    @Test(
        "by hand: published, a day later active, the old one good until its last token ended",
        arguments: TestStore.allCases)
    func byHand(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let old = try await desk.signing.sign([:], type: "x", .es256, at: desk.time.now)
            let answer = try await desk.run("signing-key.rotate", "", ["algorithm": "ES256"])
            #expect(answer["items"]?.array?.compactMap { $0["state"]?.string } == ["published", "active"])
            try await desk.run("signing-key.rotate", "", ["algorithm": "ES256"])
            #expect(try await desk.states() == [.published, .active], "one that waits is enough")
            func kid() async throws -> String? {
                try JWS.read(try await desk.signing.sign([:], type: "x", .es256, at: desk.time.now)).keyID
            }
            let oldID = try JWS.read(old).keyID
            desk.time.advance(seconds: KeySchedule.standard.aheadSeconds - 1)
            #expect(try await kid() == oldID)
            desk.time.advance(seconds: 1)
            #expect(try await desk.states() == [.active, .retired])
            #expect(try await kid() != oldID)
            desk.time.advance(seconds: KeySchedule.standard.keptSeconds - 1)
            try await desk.signing.tend(at: desk.time.now)
            #expect(try await desk.signing.verify(old, type: "x", at: desk.time.now) != nil)
            desk.time.advance(seconds: 1)
            #expect(try await desk.signing.verify(old, type: "x", at: desk.time.now) == nil)
            for _ in 0..<2 { try await desk.signing.tend(at: desk.time.now) }
            #expect(try await desk.states() == [.active, .removed])
            #expect(
                try await desk.actions() == [
                    "signing_key.published", "signing_key.published", "signing_key.removed",
                ])
            #expect(try await desk.count("SELECT COUNT(*) AS n FROM signing_key WHERE sealed IS NULL") == 1)
        }
    }

    @Test(
        "at once: what the old keys signed is dead here now, and at another hub once it read the feed",
        arguments: TestStore.allCases)
    func atOnce(_ store: TestStore) async throws {
        try await OAuthDesk.pair(store) { here, there in
            for desk in [here, there] { try await desk.follow() }
            let client = try await here.client()
            let (token, other) = (
                try await here.jwt(client), try await here.signing.sign([:], type: "JWT", at: here.time.now)
            )
            try await here.run("signing-key.rotate", "", ["algorithm": "ES256"])
            let before = try await there.published()
            #expect(try await there.find(token) != nil)
            try await here.run("signing-key.rotate", "", ["algorithm": "ES256", "at_once": true])
            #expect(try await here.states() == [.active, .removed, .removed])
            let after = try await here.published()
            #expect(after.count == 3 && after.subtracting(before).count == 1, "one of each algorithm, one is new")
            #expect(try await here.find(token) == nil)
            #expect(try await there.find(token) == nil)
            try await there.follow()
            #expect(try await there.published() == after)
            #expect(try await there.signing.verify(token, type: JWTAccessToken.type, at: there.time.now) == nil)
            #expect(try await there.signing.verify(other, type: "JWT", at: there.time.now) != nil)
            #expect(try await here.find(try await here.jwt(client))?.isRevoked == false)
            let removed = try await here.events().filter { $0["action"] == "signing_key.removed" }
            #expect(removed.count == 2 && removed.allSatisfy { $0["details"]?["mode"] == "at_once" })
            let kept = try await here.count("SELECT COUNT(*) AS n FROM signing_key WHERE sealed IS NOT NULL")
            #expect(kept == 3)
        }
    }

    @Test(
        "two hubs at once make one key, at the first need and when a successor is due",
        arguments: TestStore.allCases)
    func atTheSameMoment(_ store: TestStore) async throws {
        try await OAuthDesk.pair(store) { here, there in
            for desk in [here, there] { try await desk.follow() }
            let texts = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 {
                    let desk = number % 2 == 0 ? here : there
                    group.addTask { try await desk.signing.sign([:], type: "x", .es256, at: desk.time.now) }
                }
                return try await group.reduce(into: [String]()) { $0.append($1) }
            }
            #expect(Set(try texts.map { try JWS.read($0).keyID }).count == 1)
            here.time.advance(seconds: KeySchedule.standard.activeSeconds)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    let desk = number % 2 == 0 ? here : there
                    group.addTask { try await desk.signing.tend(at: desk.time.now) }
                }
                try await group.waitForAll()
            }
            #expect(try await here.states() == [.published, .active])
            #expect(try await here.actions() == Array(repeating: "signing_key.published", count: 2))
        }
    }

    @Test("no reading for a signature or a check, as long as the feed is followed")
    func memory() async throws {
        try await OAuthDesk.with(.sqlite) { plain in
            let counting = CountingDatabase(plain.database, epochs: plain.database.epochs)
            let desk = OAuthDesk(counting, time: plain.time)
            try await desk.follow()
            for _ in 0..<2 { _ = try await desk.signing.sign([:], type: "x", .es256, at: desk.time.now) }
            let before = counting.reads
            for _ in 0..<10 {
                let text = try await desk.signing.sign([:], type: "x", .es256, at: desk.time.now)
                #expect(try await desk.signing.verify(text, type: "x", at: desk.time.now) != nil)
            }
            #expect(counting.reads == before)
            desk.time.advance(seconds: 2)
            _ = try await desk.signing.sign([:], type: "x", .es256, at: desk.time.now)
            #expect(counting.reads > before, "a feed that was not followed vouches for nothing")
        }
    }

    @Test("private halves are nowhere in clear", arguments: TestStore.allCases)
    func nowhereInClear(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            _ = try await desk.signing.keySet(at: desk.time.now)
            let (ring, rows) = try await desk.database.read { reader in
                (
                    try TokenKeyStore.sealed(SigningKeys.algorithms, in: reader),
                    try reader.rows("SELECT * FROM signing_key ORDER BY kid LIMIT 10", [])
                        + reader.rows("SELECT * FROM audit_pending ORDER BY seq LIMIT 10", [])
                )
            }
            let seal = KeySeal(key: Secret([UInt8](repeating: 7, count: 32)), effects: desk.time.effects)
            let texts = rows.flatMap(\.values).map { value in
                if case .blob(let bytes) = value { String(decoding: bytes, as: UTF8.self) } else { "\(value)" }
            }
            #expect(ring.count == 3 && texts.contains { $0.contains("ES256") })
            for (key, sealed) in ring {
                let lines = try seal.open(sealed, as: key).pem.reveal { String(decoding: $0, as: UTF8.self) }
                    .split(separator: "\n").filter { !$0.hasPrefix("-") }
                for line in lines { #expect(!texts.contains { $0.contains(line) }) }
                #expect(!texts.contains { $0.contains("PRIVATE KEY") })
            }
        }
    }

    @Test(
        "a row that was changed outside the hub is refused, and replaced by one command",
        arguments: TestStore.allCases)
    func changedOutside(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            _ = try await desk.signing.sign([:], type: "x", .es256, at: desk.time.now)
            _ = try await desk.signing.sign([:], type: "x", .edDSA, at: desk.time.now)
            // The private half of one key in the row of another.
            try await desk.database.write(.bookkeeping("somebody at the database")) { writer in
                try writer.run(
                    """
                    UPDATE signing_key SET sealed = (SELECT sealed FROM signing_key WHERE algorithm = 'EdDSA')
                    WHERE algorithm = 'ES256'
                    """, [])
            }
            let refused = await #expect(throws: HubError.self) { try await desk.signing.keySet(at: desk.time.now) }
            #expect(refused?.reason == "signing_key_changed")
            try await desk.run("signing-key.rotate", "", ["algorithm": "ES256", "at_once": true])
            #expect(try await desk.published().count == 3)
        }
    }

    @Test("a public half that was slipped in verifies nothing here", arguments: TestStore.allCases)
    func slippedIn(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let token = try await desk.jwt(try await desk.client())
            let foreign = try JWSPrivateKey.make(.es256)
            try await desk.database.write(.bookkeeping("somebody at the database")) { writer in
                try writer.run(
                    "UPDATE signing_key SET jwk = $1", [.text(foreign.publicKey.jwk.text())])
            }
            let kid = try #require(try JWS.read(token).keyID)
            let forged = try JWS.sign(
                try JWS.read(token).unverifiedClaims, header: ["typ": "at+jwt", "kid": .string(kid)], with: foreign)
            try await desk.plant(forged, like: token)
            #expect(try await desk.find(forged) == nil)
            #expect(try await desk.signing.verify(forged, type: "at+jwt", at: desk.time.now) == nil)
        }
    }

    @Test("a restored store publishes none of its keys again", arguments: TestStore.allCases)
    func restored(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let before = try await desk.published()
            let now = desk.time.now
            var ended: [Int] = []
            for _ in 0..<2 {
                ended.append(
                    try await desk.database.write(.bookkeeping("a restore")) {
                        try OAuthServer.endEverySigningKey(at: now, in: $0)
                    })
            }
            #expect(ended == [3, 0])
            // A store comes back while no hub runs.
            let after = try await OAuthDesk(desk.database, time: desk.time).published()
            #expect(after.count == 3 && after.isDisjoint(with: before))
        }
    }

    @Test("oauth_admin rotates, the auditor reads, and an unknown algorithm is refused")
    func roles() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            let operations = desk.server.operations.filter { $0.noun == "signing-key" }
            #expect(operations.map(\.path) == ["/signing-keys", "/signing-keys/rotate"])
            #expect(operations.map(\.roles) == [[.oauthAdmin, .auditor], [.oauthAdmin]])
            let refusal = try await desk.refusal("signing-key.rotate", "", ["algorithm": "HS256"])
            #expect(refusal.reason == "bad_field")
        }
    }
}
