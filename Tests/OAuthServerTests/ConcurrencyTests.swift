import Core
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import OAuthServer

@Suite("At once, and often") struct ConcurrencyTests {
    @Test("RFC 6749 §4.1.2: two hubs over one store give one success, and one successor")
    func twoHubs() async throws {
        try await TestStore.postgres.withPlace { place in
            let stores = [try await place.open(), try await place.open()]
            _ = try await Migrator.bring(
                stores[0], to: OAuthServer.migrations, at: Timestamp(epochSeconds: 1_790_000_000))
            let time = TestEffects()
            let here = try await GrantRig.make(OAuthDesk(stores[0], time: time))
            let rigs = [here, GrantRig(desk: OAuthDesk(stores[1], time: time), id: here.id, secret: here.secret)]
            let tokens = try await here.tokens()
            let next = await answers(200) { await rigs[$0 % 2].refresh(tokens.refresh ?? "") }
            #expect(Set(next.map { $0.body["refresh_token"]?.string }).count == 1)
            #expect(next.allSatisfy { $0.status == 200 })
            #expect(try await here.desk.count("SELECT generation AS n FROM refresh_family") == 2)
            let code = try await here.code()
            let redeemed = await answers(200) { await rigs[$0 % 2].redeem(code) }
            #expect(redeemed.count { $0.status == 200 } == 1)
            #expect(redeemed.allSatisfy { $0.status == 200 || $0.body["error"] == "invalid_grant" })
            for store in stores { await store.close() }
        }
    }

    private func answers(
        _ count: Int, _ ask: @escaping @Sendable (Int) async -> TokenResponse
    ) async -> [TokenResponse] {
        await withTaskGroup(of: TokenResponse.self) { group in
            for number in 0..<count { group.addTask { await ask(number) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test(
        "RFC 7009 §2.1: whatever begins after the answer to a revocation renews nothing", arguments: TestStore.allCases)
    func refreshAgainstRevoke(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            for round in 0..<12 {
                var tokens = try await rig.tokens()
                for _ in 0..<(round % 3) { tokens = try Tokens(await rig.refresh(tokens.refresh ?? "")) }
                let (first, isRevoked) = (tokens.refresh ?? "", Flag())
                async let course = renewing(rig, first, isRevoked)
                let revoked = await rig.revoke(first)
                isRevoked.raise()
                #expect(revoked.status == 200)
                let (given, late, last) = await course
                #expect(late == 0, "renewed after the revocation was answered")
                #expect(last == "refresh_token_ended")
                for access in given + [tokens.access] { #expect(try await !rig.counts(access)) }
            }
            #expect(try await rig.desk.actions().count { $0 == "token.revoked" } == 12)
            let issued = try await rig.desk.actions().count { $0 == "token.issued" }
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == Int64(issued))
        }
    }

    private final class Flag: Sendable {
        private let state = Mutex(false)
        var isUp: Bool { state.withLock { $0 } }
        func raise() { state.withLock { $0 = true } }
    }

    /// Renews until it is refused: the access tokens, how many of them came too late, and why it ended.
    private func renewing(
        _ rig: GrantRig, _ first: String, _ isRevoked: Flag
    ) async -> (given: [String], late: Int, last: String) {
        var (token, given, late) = (first, [String](), 0)
        while true {
            let isLate = isRevoked.isUp
            let answer = await rig.refresh(token)
            guard let access = answer.body["access_token"]?.string, let next = answer.body["refresh_token"]?.string
            else { return (given, late, answer.reason) }
            given.append(access)
            if isLate { late += 1 }
            token = next
        }
    }

    /// One way for a family to end.
    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let end: @Sendable (GrantRig, _ newest: RefreshToken) async throws -> Void

        static let all = [
            Ending(testDescription: "given back") { rig, newest in
                #expect(await rig.revoke(text(newest, rig)).status == 200)
            },
            Ending(testDescription: "the grandparent comes again") { rig, newest in
                let old = RefreshToken(family: newest.family, generation: newest.generation - 2)
                #expect(await rig.refresh(text(old, rig)).reason == "refresh_token_reused")
            },
            Ending(testDescription: "all of the client") { rig, _ in
                try await rig.desk.run("client.revoke-tokens", "app")
            },
            Ending(testDescription: "the yes is taken back") { rig, _ in
                try await rig.desk.run("consent.delete", try await rig.yes())
            },
        ]

        static func text(_ token: RefreshToken, _ rig: GrantRig) -> String {
            token.text(rig.desk.server.tokenEndpoint.refreshKey).reveal { String(decoding: $0, as: UTF8.self) }
        }
    }

    @Test("ending a family of 100,000 rotations costs what one of 10 does", arguments: TestStore.allCases, Ending.all)
    func cost(_ store: TestStore, _ row: Ending) async throws {
        var costs: [CountingDatabase.Cost] = []
        for more in [0, 99_990] {
            try await store.with(OAuthServer.migrations) { database in
                let counting = CountingDatabase(database, epochs: database.epochs)
                let rig = try await GrantRig.make(OAuthDesk(counting))
                var tokens = try await rig.tokens()
                for _ in 0..<10 { tokens = try Tokens(await rig.refresh(tokens.refresh ?? "")) }
                let family = try #require(try await rig.desk.find(tokens.access)?.family)
                try await grow(family, by: more, in: database)
                let newest = RefreshToken(family: family, generation: 11 + Int64(more))
                #expect(await rig.introspect(Ending.text(newest, rig)).body["active"] == true)
                let before = counting.cost
                try await row.end(rig, newest)
                costs.append(counting.cost.since(before))
                #expect(try await !rig.counts(tokens.access))
                #expect(await rig.refresh(Ending.text(newest, rig)).reason == "refresh_token_ended")
            }
        }
        #expect(costs[0] == costs[1])
        #expect(costs[0].writes > 0 && costs[0].statements > 0)
    }

    /// As many further rotations, each with its access token, as if they had been asked for.
    private func grow(_ family: String, by more: Int, in database: any Database) async throws {
        guard more > 0 else { return }
        try await database.write(.bookkeeping("a test's rotations")) { writer in
            try writer.run(
                """
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)
                INSERT INTO token (slot, hash, client_ref, user_id, scopes, epoch, issued_at, expires_at, family)
                SELECT t.slot + n.i, t.hash, t.client_ref, t.user_id, t.scopes, t.epoch, t.issued_at, t.expires_at,
                    t.family
                FROM n, (SELECT * FROM token WHERE family = $1 ORDER BY hash LIMIT 1) t
                """, [.text(family), .int(Int64(more))])
            try writer.run(
                "UPDATE refresh_family SET generation = generation + $2 WHERE id = $1",
                [.text(family), .int(Int64(more))])
        }
    }
}
