import Core
import Ports
import TestSupport
import Testing

@testable import Flows

/// When flows start by the clock.
struct ScheduleTests {
    private func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    private static func at(_ minutes: [Int], _ days: Schedule.Days = .all) -> Schedule {
        Schedule(ticks: .at(minutes: minutes, days), missed: .once)
    }

    @Test(
        "the next tick",
        arguments: [
            (Schedule(ticks: .every(seconds: 900), missed: .once), "2026-11-22T10:07:30Z", "2026-11-22T10:15:00.000Z"),
            (Schedule(ticks: .every(seconds: 900), missed: .once), "2026-11-22T10:15:00Z", "2026-11-22T10:30:00.000Z"),
            (at([150]), "2026-11-22T02:29:59Z", "2026-11-22T02:30:00.000Z"),
            (at([150]), "2026-11-22T02:30:00Z", "2026-11-23T02:30:00.000Z"),
            (at([1_020, 540]), "2026-11-22T10:00:00Z", "2026-11-22T17:00:00.000Z"),
            // 22 November 2026 is a Sunday.
            (at([0], .weekdays([.mon])), "2026-11-22T00:00:00Z", "2026-11-23T00:00:00.000Z"),
            (at([0], .weekdays([.sun])), "2026-11-22T00:00:00Z", "2026-11-29T00:00:00.000Z"),
            (at([0], .dates([31])), "2026-11-01T00:00:00Z", "2026-12-31T00:00:00.000Z"),
            (at([0], .dates([29])), "2027-02-01T00:00:00Z", "2027-03-29T00:00:00.000Z"),
            (at([0], .dates([29])), "2028-02-01T00:00:00Z", "2028-02-29T00:00:00.000Z"),
        ])
    func next(_ schedule: Schedule, _ from: String, _ expected: String) throws {
        #expect(schedule.next(after: try moment(from))?.rfc3339 == expected)
        #expect(Schedule(schedule.json) == schedule)
    }

    @Test(
        "a kept schedule that is not understood in every part is none",
        arguments: [
            #"{"missed":"once","at":["02:30"],"days":["mon","funday"]}"#,
            #"{"missed":"once","at":["02:30"],"days":[]}"#, #"{"missed":"once","at":["02:30"],"days":"mon"}"#,
            #"{"missed":"once","at":["02:30"],"dates":[1,"2"]}"#, #"{"missed":"once","at":["02:30"],"dates":[32]}"#,
            #"{"missed":"once","at":["02:30"],"days":["mon"],"dates":[1]}"#,
            #"{"missed":"once","at":["02:30"],"months":["may"]}"#, #"{"missed":"twice","every":60}"#,
        ])
    func unknown(_ kept: String) throws { #expect(Schedule(try JSON.read(kept)) == nil) }

    @Test(
        "what is due after a pause: the latest, and how many came before it",
        arguments: [
            (Schedule(ticks: .every(seconds: 3_600), missed: .once), "2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z", 0),
            (Schedule(ticks: .every(seconds: 3_600), missed: .once), "2026-11-22T10:00:00Z", "2026-11-22T12:59:00Z", 2),
            (at([0, 720]), "2026-11-22T00:00:00Z", "2026-11-24T00:00:00Z", 4),
        ])
    func due(_ schedule: Schedule, _ first: String, _ now: String, _ earlier: Int) throws {
        let due = try #require(schedule.due(from: try moment(first), to: try moment(now)))
        #expect(due.earlier == earlier)
        #expect(due.latest <= (try moment(now)))
        #expect(try #require(schedule.next(after: due.latest)) > (try moment(now)))
    }

    @Test(
        "to activate an active flow changes nothing: no tick is lost, nothing is audited", arguments: TestStore.allCases
    )
    func activeAlready(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(flow())
            let flows = house.hub()
            // A tick is due and no hub has taken it up.
            house.effects.advance(seconds: 3_600)
            let before = try await house.events().count
            _ = try await flows.call("flow.activate", id: "nightly", house: house)
            #expect(try await house.events().count == before)
            try await house.settle(flows)
            #expect(try await house.executions().count == 1)
            _ = try await flows.call("flow.deactivate", id: "nightly", house: house)
            _ = try await flows.call("flow.deactivate", id: "nightly", house: house)
            #expect(try await house.events("flow.deactivated").count == 1)
        }
    }

    private func flow(_ missed: String = "once") -> String {
        """
        flow: nightly
        title: Nightly
        trigger: { schedule: { every: 1h, missed: \(missed) } }
        steps: [{ mark: { record: update, table: t, id: x, set: { at: { from: trigger.tick.at } } } }]
        """
    }

    @Test("each tick starts once, whoever ticks; none before it is activated", arguments: TestStore.allCases)
    func ticks(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(flow(), active: false)
            let outside = FakeOutside()
            let (one, two) = (house.hub("hub-1", outside), house.hub("hub-2", outside))
            house.effects.advance(seconds: 7_200)
            try await house.settle(one)
            #expect(try await house.executions().isEmpty)
            _ = try await one.call("flow.activate", id: "nightly", house: house)
            for _ in 0..<3 {
                house.effects.advance(seconds: 3_600)
                async let a = one.tick()
                async let b = two.tick()
                async let c = one.tick()
                _ = try await (a, b, c)
                await one.drain()
                await two.drain()
            }
            try await house.settle(one)
            #expect(try await house.executions().map(\.state) == ["done", "done", "done"])
            #expect(Set(outside.happened).count == 3)
            #expect(try await house.events("execution.refused").isEmpty)
            _ = try await one.call("flow.deactivate", id: "nightly", house: house)
            house.effects.advance(seconds: 7_200)
            try await house.settle(one)
            #expect(try await house.executions().count == 3)
        }
    }

    @Test("ticks that nobody took: the latest starts once, or none that is old", arguments: TestStore.allCases)
    func missed(_ store: TestStore) async throws {
        for (missed, seconds, starts, event) in [
            ("once", 36_000, 1, "9"), ("skip", 36_000 + 1_800, 0, "10"), ("skip", 3_600, 1, nil),
        ] as [(String, Int, Int, String?)] {
            try await withHouse(store) { house in
                try await house.add(flow(missed))
                let into = house.effects.now.epochSeconds % 3_600
                house.effects.advance(seconds: Int64(seconds) - into + 30)
                try await house.settle(house.hub())
                #expect(try await house.executions().count == starts, "\(missed) \(seconds)")
                let events = try await house.events("execution.refused")
                #expect(events.first?["details"]?["outcome"]?.string == event, "\(missed) \(seconds)")
                #expect(events.allSatisfy { $0["details"]?["reason"] == "missed_ticks" })
            }
        }
    }

    /// Where the clock is set by so many seconds, and how many executions there are then.
    struct Jumps: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let moves: [(seconds: Int64, starts: Int)]
        /// What is said to be missed, in order.
        var missed: [String] = []
    }

    private static let tenYears: Int64 = 87_600 * 3_600

    @Test(
        "the clock jumps: no tick starts twice, none of those to come is lost, and there is no storm",
        arguments: [
            Jumps(testDescription: "hour by hour", moves: [(3_600, 1), (3_600, 2), (3_600, 3)]),
            Jumps(testDescription: "forward a day", moves: [(86_400, 1), (3_600, 2)], missed: ["23"]),
            Jumps(
                testDescription: "back two hours, and through them again",
                moves: [(3_600, 1), (3_600, 2), (3_600, 3), (-7_200, 3), (3_600, 3), (3_600, 3), (3_600, 4)]),
            Jumps(
                testDescription: "back five hours, and forward at once",
                moves: [(3_600, 1), (-5 * 3_600, 1), (7 * 3_600, 2)], missed: ["5"]),
            Jumps(
                testDescription: "forward ten years, and back",
                moves: [(3_600, 1), (tenYears, 2), (-tenYears, 2), (3_600, 3), (3_600, 4)], missed: ["1000"]),
        ], [false, true])
    func jumps(_ row: Jumps, _ isRestarted: Bool) async throws {
        try await withHouse(.sqlite) { house in
            house.effects.advance(seconds: 3_630 - house.effects.now.epochSeconds % 3_600)
            try await house.add(flow())
            let outside = FakeOutside()
            var hub = house.hub(outside: outside)
            try await house.turn(hub)
            for (index, move) in row.moves.enumerated() {
                house.effects.advance(seconds: move.seconds)
                if isRestarted { hub = house.hub(outside: outside) }
                try await house.turn(hub)
                #expect(try await house.executions().count == move.starts, "move \(index)")
            }
            #expect(Set(outside.happened).count == row.moves.last?.starts)
            let events = try await house.events("execution.refused")
            #expect(events.compactMap { $0["details"]?["outcome"]?.string } == row.missed)
        }
    }

    @Test("what rested while the clock was ahead goes on when it is back", arguments: [false, true])
    func rests(_ isRestarted: Bool) async throws {
        try await withHouse(.sqlite) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let outside = FakeOutside(script: { call, times in
                switch (call.action.key, times) {
                case ("lookup_user", 1): .failed(reason: "unreachable", says: "nobody is there")
                case ("suspend_user", 1): .unknown(reason: "timed_out", says: "no answer in time")
                default: FakeOutside.okta(call, times)
                }
            })
            let hub = house.hub(outside: outside)
            house.effects.advance(seconds: Self.tenYears)
            try await house.turn(hub)
            #expect(outside.happened.count == 1)
            house.effects.advance(seconds: -Self.tenYears)
            try await house.settle(isRestarted ? house.hub(outside: outside) : hub)
            #expect(try await house.executions().map(\.state) == ["done"])
        }
    }

    @Test("a new version keeps the next tick where the schedule is the same", arguments: TestStore.allCases)
    func versions(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(flow())
            let flows = house.hub()
            let before = try await flows.call("flow.get", id: "nightly", house: house)["next_at"]
            house.effects.advance(seconds: 7_200)
            _ = try await flows.call(
                "flow.update", id: "nightly", ["source": .string(flow().replacing("Nightly", with: "Night"))],
                house: house)
            #expect(try await flows.call("flow.get", id: "nightly", house: house)["next_at"] == before)
            _ = try await flows.call(
                "flow.update", id: "nightly", ["source": .string(flow("skip"))], house: house)
            let after = try await flows.call("flow.get", id: "nightly", house: house)["next_at"]?.string
            #expect(try #require(Timestamp(rfc3339: after ?? "")) > house.effects.now)
        }
    }

    @Test(
        "lengths of time, and what is none",
        arguments: [
            ("90s", 90), ("15m", 900), ("2h", 7_200), ("3d", 259_200), ("0s", 0), ("", nil), ("s", nil), ("1", nil),
            ("01h", nil), ("-1h", nil), ("1.5h", nil), ("1w", nil), ("99999999999999999999d", nil), ("1 h", nil),
        ] as [(String, Int64?)])
    func lengths(_ text: String, _ seconds: Int64?) {
        #expect(Seconds.read(text) == seconds)
        if let seconds { #expect(Seconds.read(Seconds.text(seconds)) == seconds) }
    }

    @Test(
        "moments, and what is none",
        arguments: [
            ("2026-11-22T10:00:00Z", true), ("2026-11-22 10:00:00", true), ("2026-11-22", true), ("2026-02-30", false),
            ("2026-11-22T10:00:00", false), ("tomorrow", false), ("", false), ("2026-11-22 10:00", false),
        ])
    func moments(_ text: String, _ isOne: Bool) { #expect((Moment.read(text) != nil) == isOne) }
}
