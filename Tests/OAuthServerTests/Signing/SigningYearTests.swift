import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// A year of two hubs: they turn when the dice say so, sleep for weeks, and somebody rotates by hand.
@Suite("A year of signing keys") struct SigningYearTests {
    private static let algorithms: [JWSAlgorithm] = [.es256, .edDSA]
    private static let longest = Int64(Limits.clientTokenSeconds.value)

    private struct Signed {
        let text: String
        let end: Timestamp
    }

    @Test(
        "one key signs, no token outlives its key, and a kept key set knows every token",
        arguments: TestStore.allCases)
    func year(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let hubs = [desk, OAuthDesk(desk.database, time: desk.time)]
            let start = desk.time.now
            var (dice, tokens): (SeededDice, [Signed]) = (SeededDice(seed: 7), [])
            while desk.time.now.milliseconds(since: start) < 400 * 86_400_000 {
                let hub = hubs[Int(dice.next() % 2)]
                try await desk.database.epochs.follow(
                    desk.database, at: desk.time.effects.monotonicNanoseconds())
                if dice.next() % 4 > 0 { try await hub.server.signing.tend(at: desk.time.now) }
                if dice.next() % 40 == 0 { try await hub.run("signing-key.rotate", "", ["algorithm": "ES256"]) }
                for algorithm in Self.algorithms { tokens.append(try await sign(hub, algorithm)) }
                try await holds(desk)
                try await verify(&tokens, hub)
                // A resource server fetches the keys now and keeps them as long as it may.
                let kept = try await published(desk)
                desk.time.advance(seconds: Int64(dice.next() % UInt64(Limits.keySetSeconds.value + 1)))
                for algorithm in Self.algorithms {
                    let token = try await sign(hubs[Int(dice.next() % 2)], algorithm)
                    let id = try #require(try JWS.read(token.text).keyID)
                    #expect(kept.contains(id))
                    tokens.append(token)
                }
                let isAsleep = dice.next() % 50 == 0
                desk.time.advance(seconds: Int64(dice.next() % (isAsleep ? 40 * 86_400 : 43_200)))
            }
            let made = try await desk.count("SELECT MAX(number) AS n FROM signing_key WHERE algorithm = 'EdDSA'")
            #expect((4...6).contains(made), "one each 90 days: \(made)")
        }
    }

    /// A token that lives as long as any may.
    private func sign(_ hub: OAuthDesk, _ algorithm: JWSAlgorithm) async throws -> Signed {
        let now = hub.time.now
        let text = try await hub.server.signing.sign(["jti": "x"], type: "at+jwt", algorithm, at: now)
        return Signed(text: text, end: now.adding(seconds: Self.longest))
    }

    private func published(_ desk: OAuthDesk) async throws -> Set<String> {
        let keys = try await desk.server.signing.keys()
        return Set(keys.filter { $0.state(at: desk.time.now) != .removed }.map(\.id))
    }

    private func holds(_ desk: OAuthDesk) async throws {
        let (keys, now) = (try await desk.server.signing.keys(), desk.time.now)
        for algorithm in Self.algorithms {
            let own = keys.filter { $0.algorithm == algorithm }
            #expect(own.count { $0.state(at: now) == .active } == 1)
            #expect(own.count { $0.state(at: now) == .published } <= 1)
        }
    }

    /// Those whose end has not come are good; those that ended are forgotten.
    private func verify(_ tokens: inout [Signed], _ hub: OAuthDesk) async throws {
        tokens.removeAll { $0.end < hub.time.now }
        for token in tokens {
            let claims = try await hub.server.signing.verify(token.text, type: "at+jwt", at: hub.time.now)
            #expect(claims != nil)
        }
    }
}
