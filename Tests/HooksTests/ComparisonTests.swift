import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Hooks

@Suite("What never arrived") struct ComparisonTests {
    @Test("is found in the log, once, audited and told", arguments: TestStore.allCases)
    func lost(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            house.effects.advance(seconds: 300)
            try await house.deliver(secret, [house.event("a", at: 10), house.event("c", at: 30)])
            house.provider.logs([
                house.event("a", at: 10), house.event("b", at: 20, kind: "gone"), house.event("c", at: 30),
                house.event("fresh", at: 290), house.event("other", at: 40, kind: "else"),
            ])
            #expect(try await house.hooks.compareNext())
            #expect(try await house.messages() == ["a", "c", "b~"], "what may still be under way is left alone")
            #expect(try await house.findings() == ["deliveries_lost"])
            let events = try await house.events("hook.deliveries_lost")
            #expect(events.map { $0["details"]?["outcome"]?.string } == ["1"])
            #expect(try await !house.hooks.compareNext(), "not again before its time")
            house.effects.advance(seconds: Int64(Limits.hookCompareSeconds.value))
            #expect(try await house.hooks.compareNext())
            #expect(try await house.messages() == ["a", "c", "b~", "fresh"])
            #expect(try await house.call("hook.get", id: "feed")["lost"] == 2)
            house.effects.advance(seconds: Int64(Limits.hookLossSeconds.value))
            #expect(try await house.hooks.compareNext())
            #expect(try await house.findings() == [])
        }
    }

    @Test("and a delivery that comes after all is known", arguments: TestStore.allCases)
    func afterAll(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            house.effects.advance(seconds: 300)
            house.provider.logs([house.event("a", at: 10)])
            #expect(try await house.hooks.compareNext())
            #expect(try await house.deliver(secret, [house.event("a", at: 10)]) == 0)
            #expect(try await house.messages() == ["a"])
        }
    }

    @Test("the log is asked for the hook's types, from the last place less the overlap", arguments: TestStore.allCases)
    func window(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            let start = house.effects.now
            house.effects.advance(seconds: 7_200)
            #expect(try await house.hooks.compareNext())
            house.effects.advance(seconds: 600)
            #expect(try await house.hooks.compareNext())
            let asked = house.provider.calls.map { [$0.input["kind"], $0.input["since"], $0.input["until"]] }
            let (grace, overlap) = (Int64(Limits.hookGraceSeconds.value), Int64(Limits.hookOverlapSeconds.value))
            let first = [start, start.adding(seconds: 7_200 - grace)]
            let second = [first[1].adding(seconds: -overlap), start.adding(seconds: 7_800 - grace)]
            let wanted = [first, second].flatMap { window in
                ["made", "gone"].map { kind in [.string(kind)] + window.map { JSON.string($0.rfc3339) } }
            }
            #expect(asked == wanted.map { $0.map(Optional.some) })
            #expect(house.provider.calls.allSatisfy { $0.alias == "toy-prod" && $0.action.description == "toy.log" })
        }
    }

    @Test(
        "a log that is longer than one read is read on, and one that is longer still later",
        arguments: TestStore.allCases)
    func cut(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            let count = Limits.hookCompareReads.value + 10
            let events = (1...count).map { house.event("e\($0)", at: Int64($0) * 3_600) }
            house.provider.logs(events, most: 2)
            house.effects.advance(seconds: Int64(count + 1) * 3_600)
            #expect(try await house.hooks.compareNext())
            #expect(try await house.messages().count == Limits.hookCompareReads.value + 1)
            house.effects.advance(seconds: Int64(Limits.hookCompareSeconds.value))
            #expect(try await house.hooks.compareNext())
            #expect(try await house.messages() == (1...count).map { "e\($0)" })
        }
    }

    @Test("a log that cannot be read on is no comparison", arguments: TestStore.allCases)
    func tooFull(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            house.effects.advance(seconds: 7_200)
            house.provider.logs((1...6).map { house.event("s\($0)", at: 10) }, most: 4)
            let told = try await house.call("hook.compare", id: "feed")
            #expect(told["found"] == 0 && told["not_compared"]?.string?.contains("events of one moment") == true)
            house.provider.logs((1...60).map { house.event("q\($0)", at: Int64($0)) }, most: 2)
            let full = try await house.call("hook.compare", id: "feed")
            #expect(full["found"] == 0 && full["not_compared"]?.string?.contains("than can be compared") == true)
        }
    }

    /// How the read of the log ends, and what the hook says.
    static let problems: [(ActionOutcome, String)] = [
        (.refused(reason: "action_not_enabled", says: "connection toy does not enable \"log\"."), "action_not_enabled"),
        (.failed(reason: "not_permitted", says: "the log may not be read."), "not_permitted"),
        (.unknown(reason: "timed_out", says: "no answer."), "timed_out"),
        (.later(reason: "rate_limited", says: "later.", until: Timestamp(epochSeconds: 0)), "rate_limited"),
        (.done(["items": [["id": 1]]]), "log_unreadable"),
    ]

    @Test("what cannot be compared is never well", arguments: TestStore.allCases, problems)
    func problem(_ store: TestStore, _ row: (ActionOutcome, String)) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            house.effects.advance(seconds: 1_000)
            if case .refused = row.0 { house.provider.refuses(row.0) } else { house.provider.answers(row.0) }
            for _ in 0..<3 {
                #expect(try await house.hooks.compareNext())
                house.effects.advance(seconds: Int64(Limits.hookCompareSeconds.value))
            }
            #expect(try await house.findings() == [row.1])
            let told = try await house.events("hook.not_compared").map { $0["details"]?["reason"]?.string }
            #expect(told == [row.1], "news once")
            house.provider.refuses(nil)
            house.provider.answers(nil)
            #expect(try await house.hooks.compareNext())
            #expect(try await house.findings() == [])
        }
    }

    @Test("a hook that no hub compares says so", arguments: TestStore.allCases)
    func behind(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            let patience = Limits.hookGraceSeconds.value + Limits.hookBehindSeconds.value
            house.effects.advance(seconds: Int64(patience))
            #expect(try await house.findings() == [])
            house.effects.advance(seconds: 1)
            #expect(try await house.findings() == ["behind"])
        }
    }

    @Test("of two hubs one compares, and a clock that was ahead holds nothing up", arguments: TestStore.allCases)
    func turns(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            house.effects.advance(seconds: 1_000_000)
            let took = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<4 { group.addTask { try await house.hooks.compareNext() } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(took == 1)
            house.effects.advance(seconds: -900_000)
            #expect(try await house.hooks.compareNext())
        }
    }

    @Test("a clock that was ahead leaves no end that lies ahead", arguments: TestStore.allCases)
    func ahead(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            house.effects.advance(seconds: 1_000_000)
            #expect(try await house.hooks.compareNext())
            house.effects.advance(seconds: -999_000)
            #expect(try await house.findings() == ["behind"])
            house.provider.logs([house.event("a", at: 500)])
            #expect(try await house.hooks.compareNext())
            #expect(try await house.messages() == ["a"])
            #expect(try await house.findings() == ["deliveries_lost"])
        }
    }

    @Test("where it is forgotten which events came, nothing is compared", arguments: TestStore.allCases)
    func forgotten(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            try await house.deliver(secret, [house.event("a", at: 10)])
            let days = Int64(Limits.hookEventDays.value)
            house.effects.advance(seconds: days * 86_400 + 1)
            #expect(try await house.hooks.sweep(at: house.effects.now) == 1)
            house.provider.logs([house.event("a", at: 10), house.event("b", at: 2 * 86_400)])
            #expect(try await house.hooks.compareNext())
            #expect(try await house.messages() == ["a", "b"], "the first is no second one")
        }
    }

    /// What changes what is to be expected; nothing before it was lost.
    static let changes: [[JSONObject]] = [
        [["alias": "toy-other"]], [["types": ["made"]]], [["active": false], ["active": true]],
    ]

    @Test("what happened before a hook expected it was not lost", arguments: TestStore.allCases, changes)
    func before(_ store: TestStore, _ changes: [JSONObject]) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            house.provider.logs([house.event("early", at: -5), house.event("between", at: 500)])
            house.effects.advance(seconds: 1_000)
            for change in changes { try await house.call("hook.update", id: "feed", change) }
            house.effects.advance(seconds: 1_000)
            #expect(try await house.call("hook.compare", id: "feed")["found"] == 0)
        }
    }

    @Test("a store that was brought back expects from then on", arguments: TestStore.allCases)
    func restored(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            house.effects.advance(seconds: 1_000)
            let now = house.effects.now
            try await house.database.write(.bookkeeping("test")) { try Hooks.passOver(at: now, in: $0) }
            house.provider.logs([house.event("since", at: 500), house.event("after", at: 1_100)])
            house.effects.advance(seconds: 1_000)
            #expect(try await house.call("hook.compare", id: "feed")["found"] == 1)
            #expect(try await house.messages() == ["after"])
        }
    }

    @Test(
        "without a way to compare it says why",
        arguments: [([:], "no_alias"), (["alias": "toy"], "no_types")] as [(JSONObject, String)])
    func cannot(_ more: JSONObject, _ wanted: String) async throws {
        try await HookHouse.with(.sqlite) { house in
            try await house.feed(more)
            house.effects.advance(seconds: 1_000)
            #expect(try await !house.hooks.compareNext())
            #expect(try await house.findings() == [wanted])
            let told = try await house.call("hook.compare", id: "feed")
            #expect(told["not_compared"]?.string?.hasPrefix("Hook feed is not compared") == true)
        }
    }
}
