import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Hooks

@Suite("What is taken in") struct ReceivingTests {
    @Test("each event once, in the order of published, late ones marked", arguments: TestStore.allCases)
    func order(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            let first = [house.event("c", at: 30), house.event("a", at: 10), house.event("a", at: 10)]
            #expect(try await house.deliver(secret, first) == 2)
            #expect(try await house.deliver(secret, first) == 0, "the same delivery again")
            #expect(try await house.deliver(secret, [house.event("b", at: 20), house.event("d", at: 40)]) == 2)
            #expect(try await house.messages() == ["a", "c", "b~", "d"])
            let hook = try await house.call("hook.get", id: "feed")
            #expect(hook["latest"]?.array?.count == 4)
            #expect(hook["received_at"]?.string == house.effects.now.rfc3339)
        }
    }

    @Test("of the same delivery at the same moment, each event once", arguments: TestStore.allCases)
    func atOnce(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            let events = (0..<5).map { house.event("e\($0)", at: Int64($0)) }
            let new = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<6 { group.addTask { try await house.deliver(secret, events) } }
                return try await group.reduce(0, +)
            }
            #expect(new == 5)
            #expect(try await house.messages() == ["e0", "e1", "e2", "e3", "e4"])
        }
    }

    @Test(
        "of what cannot be read nothing is kept",
        arguments: [
            ("{", "malformed_json"), ("[]", "not_a_delivery"), (#"{"list":{}}"#, "not_a_delivery"),
            (
                #"{"list":[{"id":"a","at":"2026-11-21T09:00:00Z","kind":"made"},{"id":"b","at":"soon","kind":"made"}]}"#,
                "not_a_delivery"
            ), (#"{"list":[1]}"#, "not_a_delivery"),
        ])
    func unreadable(_ body: String, _ wanted: String) async throws {
        try await HookHouse.with(.sqlite) { house in
            let proved = try await house.proved(try await house.feed())
            let found = await reason {
                try await house.hooks.receive(
                    proved, body: Array(body.utf8), at: house.effects.now, .new(house.effects.effects))
            }
            #expect(found == wanted)
            #expect(try await house.messages().isEmpty)
        }
    }

    @Test("a delivery has its bound")
    func bound() async throws {
        try await HookHouse.with(.sqlite) { house in
            let secret = try await house.feed()
            let most = Limits.hookEvents.value
            let events = (0...most).map { house.event("e\($0)", at: 0) }
            #expect(await reason { try await house.deliver(secret, events) } == "too_many_events")
            #expect(try await house.deliver(secret, Array(events.dropLast())) == most)
        }
    }

    @Test("a question is answered with itself, and only a question", arguments: TestStore.allCases)
    func verification(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.call("hook.create", ["name": "feed", "spoke": "toy"])
            let proved = try await house.proved(try await house.rotate())
            #expect(try await house.findings() == ["not_verified"])
            for values in [[], [""], ["a", "b"], [String(repeating: "a", count: 1_001)]] {
                let found = await reason {
                    try await house.hooks.verify(proved, at: house.effects.now, .new(house.effects.effects)) { _ in
                        values
                    }
                }
                #expect(found == "no_challenge")
            }
            let answer = try await house.hooks.verify(proved, at: house.effects.now, .new(house.effects.effects)) {
                $0 == "x-toy-question" ? ["why?"] : []
            }
            #expect(answer == ["answer": "why?"])
            #expect(try await house.call("hook.get", id: "feed")["verified_at"]?.string == house.effects.now.rfc3339)
            #expect(try await house.findings() == ["no_alias"], "nothing says whether all arrives")
        }
    }

    @Test("what was sent to a hook that is deleted meanwhile starts nothing", arguments: TestStore.allCases)
    func deleted(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let proved = try await house.proved(try await house.feed())
            try await house.call("hook.delete", id: "feed")
            let body: JSON = ["list": [house.event("a", at: 0)]]
            let new = try await house.hooks.receive(
                proved, body: body.bytes, at: house.effects.now, .new(house.effects.effects))
            #expect(new == 0)
            #expect(try await house.messages().isEmpty)
        }
    }

    @Test("that an event came is forgotten after its days, and not before", arguments: TestStore.allCases)
    func sweep(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            try await house.deliver(secret, [house.event("a", at: 0)])
            house.effects.advance(seconds: Int64(Limits.hookEventDays.value) * 86_400)
            #expect(try await house.hooks.sweep(at: house.effects.now) == 0)
            house.effects.advance(seconds: 1)
            #expect(try await house.hooks.sweep(at: house.effects.now) == 1)
            #expect(try await house.hooks.sweep(at: house.effects.now) == 0)
        }
    }
}
