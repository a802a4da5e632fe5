import Access
import Core
import OAuthServer
import Records
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Hub

/// What a hub remembers between requests, and when it must not.
@Suite("Remembered facts") struct RememberedTests {
    private let now = Timestamp(epochSeconds: 1_790_000_000)
    private let user = EpochSubject.row("user", id: "u1")

    private func facts(_ restsOn: [EpochSubject]?, until: Timestamp? = nil) -> Facts {
        Facts(
            token: .init(value: .unknown, restsOn: restsOn, until: until),
            rights: .init(value: nil, restsOn: nil), rules: .init(value: [], restsOn: []))
    }

    /// A feed that was just read.
    private func feed() async throws -> EpochFeed {
        let feed = EpochFeed()
        try await TestStore.sqlite.with([]) { try await feed.follow($0, at: 0) }
        return feed
    }

    @Test("a fact that was read before a change and kept after it does not count")
    func race() async throws {
        let feed = try await feed()
        let remembered = Remembered(feed)
        let keys = Remembered.Keys(token: [1], table: nil)
        let early = feed.mark()
        feed.changed([user])
        remembered.keep(facts([user]), keys, early, at: now)
        #expect(remembered.facts(keys, at: now, monotonic: 0) == nil)
        remembered.keep(facts([user]), keys, feed.mark(), at: now)
        #expect(remembered.facts(keys, at: now, monotonic: 0) != nil)
        feed.changed([.row("user", id: "u2")])
        #expect(remembered.facts(keys, at: now, monotonic: 0) != nil, "another user's change is not this one's")
        feed.changed([.everything])
        #expect(remembered.facts(keys, at: now, monotonic: 0) == nil)
    }

    @Test("what was not there counts until anything changes")
    func absent() async throws {
        let feed = try await feed()
        let remembered = Remembered(feed)
        let keys = Remembered.Keys(token: [1], table: "nowhere")
        remembered.keep(facts(nil), keys, feed.mark(), at: now)
        #expect(remembered.facts(keys, at: now, monotonic: 0) != nil)
        feed.changed([.row("client", id: "new")])
        #expect(remembered.facts(keys, at: now, monotonic: 0) == nil)
    }

    @Test("a fact ends at its own end, after a minute, when the clock is set back, and when the feed is silent")
    func ends() async throws {
        let feed = try await feed()
        let remembered = Remembered(feed)
        let keys = Remembered.Keys(token: [1], table: nil)
        remembered.keep(facts([user], until: now.adding(seconds: 30)), keys, feed.mark(), at: now)
        #expect(remembered.facts(keys, at: now.adding(milliseconds: 29_999), monotonic: 0) != nil)
        #expect(remembered.facts(keys, at: now.adding(seconds: 30), monotonic: 0) == nil)
        remembered.keep(facts([user]), keys, feed.mark(), at: now)
        let minute = Int64(Limits.rememberedSeconds.value)
        #expect(remembered.facts(keys, at: now.adding(milliseconds: minute * 1_000 - 1), monotonic: 0) != nil)
        #expect(remembered.facts(keys, at: now.adding(seconds: minute), monotonic: 0) == nil)
        #expect(remembered.facts(keys, at: now.adding(milliseconds: -1), monotonic: 0) == nil)
        #expect(remembered.facts(keys, at: now, monotonic: 1_000_000_000) != nil)
        #expect(remembered.facts(keys, at: now, monotonic: 1_000_000_001) == nil)
    }

    @Test("a fact is found under its own keys only, and only when all that the request needs is there")
    func keys() async throws {
        let feed = try await feed()
        let remembered = Remembered(feed)
        remembered.keep(facts([user]), .init(token: [1], table: nil), feed.mark(), at: now)
        #expect(remembered.facts(.init(token: [1], table: "incident"), at: now, monotonic: 0) == nil)
        #expect(remembered.facts(.init(token: [2], table: nil), at: now, monotonic: 0) == nil)
        #expect(remembered.facts(.init(token: nil, table: nil), at: now, monotonic: 0)?.token == nil)
    }

    @Test("a flood of made-up tokens pushes out no known one")
    func flood() async throws {
        let feed = try await feed()
        let remembered = Remembered(feed)
        let known = Remembered.Keys(token: [0], table: nil)
        remembered.keep(facts([user]), known, feed.mark(), at: now)
        for number in 1...(Limits.rememberedTokens.value * 2) {
            let key = withUnsafeBytes(of: number) { Array($0) }
            remembered.keep(facts(nil), .init(token: key, table: nil), feed.mark(), at: now)
        }
        #expect(remembered.facts(known, at: now, monotonic: 0) != nil)
    }

    @Test("a cache holds what was asked for lately, and no more than its bound")
    func bounded() {
        var cache = BoundedCache<Int, Int>(most: 10)
        for number in 0..<100 {
            cache.put(number, for: number)
            #expect(cache.count <= 10)
            #expect(cache.find(0) == 0, "asked for each time, it stays")
        }
        #expect(cache.find(99) == 99)
        #expect(cache.find(50) == nil)
        cache.put(1, for: 0)
        #expect(cache.find(0) == 1)
    }

    @Test("a request that meets known facts again reads nothing; a first one reads once", arguments: TestStore.allCases)
    func reads(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_reader"], scopes: [.tables])
            let database = CountingDatabase(test.hub.parts.database)
            // Its clocks stand still: however long this takes, the feed counts as just read.
            let still = TestEffects(at: test.clock.now)
            let gatekeeper = Gatekeeper(
                database: database, effects: still.effects, nonces: DPoPNonces(key: Secret([1])))
            let ask = { (token: String, path: String) in
                _ = try await gatekeeper.decide(
                    "GET", try RequestTarget(path),
                    need: .table(name: path.split(separator: "/").last.map(String.init) ?? "", action: .read),
                    presented: .bearer(Secret(token)), at: still.now)
                return database.reads
            }
            try await database.epochs.follow(database, at: still.effects.monotonicNanoseconds())
            let start = database.reads
            for _ in 0..<5 { #expect(try await ask(caller.token, "/api/now/table/hr_leaver") == start + 1) }
            for _ in 0..<5 { #expect(try await ask("nonsense", "/api/now/table/hr_leaver") == start + 2) }
            for _ in 0..<5 { #expect(try await ask(caller.token, "/api/now/table/nowhere") == start + 3) }
        }
    }
}
