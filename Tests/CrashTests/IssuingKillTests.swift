import Core
import Foundation
import Hub
import Ports
import Storage
import TestSupport
import Testing

/// Hubs that are killed between two steps of issuing tokens: at some of them, which dice choose, and at each one when
/// `LINCHPIN_KILLS` asks for a thousand kills.
@Suite(.serialized) struct IssuingKillTests {
    @Test(
        "killed between two steps of issuing: no answer without its row, no code twice, and a refresh can be repeated",
        arguments: TestStore.allCases)
    func killed(_ store: TestStore) async throws {
        let variables = ProcessInfo.processInfo.environment
        let seed = variables["LINCHPIN_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
        let pace = variables["LINCHPIN_KILLS"].flatMap { Int($0) } ?? 50 >= 1_000 ? 1 : 5
        var dice = Dice(state: seed)
        try await IssuingScene.run(on: store) { scene in
            var left: IssuingScene.Left?
            for issuing in Issuing.allCases {
                var (number, kills) = (1 + dice.roll(pace), 0)
                repeat {
                    let step: IssuingScene.Step = dice.roll(2) == 0 ? .before(number) : .after(number)
                    left = try await next(scene, issuing, step, after: left, "LINCHPIN_SEED=\(seed)")
                    kills += left?.answer == nil ? 1 : 0
                    number += pace
                    try #require(number < 1_000)
                } while left?.answer == nil
                #expect(kills >= 1, "\(issuing), LINCHPIN_SEED=\(seed): a request has more steps than that")
                guard store == .sqlite else { continue }
                left = try await next(scene, issuing, .answer, after: left, "LINCHPIN_SEED=\(seed)")
                #expect(left?.answer == nil, "\(issuing)")
            }
            try await RunningHub.run(scene.place) { hub in
                if let left { try await check(left, scene, hub) }
                try await KillCheck.chain(hub, "at the end, LINCHPIN_SEED=\(seed)")
            }
        }
    }

    /// A hub looks at what the one before it left, and is killed itself.
    private func next(
        _ scene: IssuingScene, _ issuing: Issuing, _ step: IssuingScene.Step, after left: IssuingScene.Left?,
        _ seed: String
    ) async throws -> IssuingScene.Left {
        try await RunningHub.run(scene.place) { hub in
            try await hub.ready(scene.caller)
            if let left { try await check(left, scene, hub) }
            return try await scene.ask(issuing, at: hub, killed: step, "\(issuing) killed \(step), \(seed)")
        }
    }

    private func check(_ left: IssuingScene.Left, _ scene: IssuingScene, _ hub: RunningHub) async throws {
        try await rows(scene, left.when)
        if let answer = left.answer {
            #expect(try await scene.counts(answer["access_token"], at: hub), "answered and lost, \(left.when)")
        }
        let again = try await scene.ask(left.issuing, left.sent, at: hub)
        switch left.issuing {
        case .code:
            let isFirst = again.status == 200
            #expect(left.answer == nil || !isFirst, "redeemed twice, \(left.when)")
            let third = try await scene.ask(.code, left.sent, at: hub)
            for refused in [third] + (isFirst ? [] : [again]) {
                #expect(refused.status == 400 && refused.json["error"] == "invalid_grant", left.when)
            }
            // RFC 6749 §4.1.2 (SHOULD): what the code gave has ended.
            for token in [left.answer, again.json] {
                #expect(try await !scene.counts(token?["access_token"], at: hub), left.when)
            }
        case .refresh:
            #expect(again.status == 200, "a refresh cannot be repeated: \(again.json), \(left.when)")
            if let known = left.answer?["refresh_token"] { #expect(again.json["refresh_token"] == known, left.when) }
            let next = try await scene.ask(.refresh, again.json["refresh_token"]?.string ?? "", at: hub)
            #expect(next.status == 200, "the successor does not live, \(left.when)")
        case .clientCredentials: #expect(again.status == 200, left.when)
        }
        try await rows(scene, left.when)
    }

    /// Each token has its event and each event its token, and each used code its family.
    private func rows(_ scene: IssuingScene, _ when: Comment) async throws {
        let database = try await scene.store.open()
        let counts = try await database.read { reader in
            func count(_ sql: SQL) throws -> Int64 { try reader.row(sql, [])?.int("n") ?? -1 }
            let pending = try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 100000", []).count {
                try JSON.read(try $0.text("event"))["action"] == "token.issued"
            }
            return (
                tokens: try count("SELECT COUNT(*) AS n FROM token"),
                events: try count("SELECT COUNT(*) AS n FROM audit_chain WHERE action = 'token.issued'")
                    + Int64(pending),
                used: try count("SELECT COUNT(*) AS n FROM authorization_code WHERE family IS NOT NULL"),
                families: try count("SELECT COUNT(*) AS n FROM refresh_family"),
                orphans: try count(
                    """
                    SELECT COUNT(*) AS n FROM token
                    WHERE family IS NOT NULL AND family NOT IN (SELECT id FROM refresh_family)
                    """)
            )
        }
        await database.close()
        #expect(counts.tokens == counts.events, "tokens and events, \(when)")
        #expect(counts.used == counts.families, "used codes and families, \(when)")
        #expect(counts.orphans == 0, when)
    }
}
