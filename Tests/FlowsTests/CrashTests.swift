import Core
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Flows

/// Killed anywhere: before and after each commit, before and after each effect.
struct CrashTests {
    /// Runs offboarding on a hub that dies at a point; returns how many points it saw.
    private func die(_ house: House, at point: Int?, number: Int, _ catalogue: FakeCatalogue) async throws
        -> (seen: Int, happened: [String])
    {
        try await house.leaver(number)
        let death = Death(at: point)
        let outside = FakeOutside(death: death)
        let flows = house.hub("hub-1", outside, catalogue: catalogue, death: death)
        do {
            for _ in 0..<3 {
                _ = try await flows.tick()
                await flows.drain()
            }
        } catch is Killed {}
        await flows.drain()
        return (death.seen, outside.happened)
    }

    @Test(
        "safe actions: all happened, the flow is done, no step twice", arguments: TestStore.allCases,
        ["hub-1", "hub-2"])
    func safe(_ store: TestStore, _ heir: String) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            let catalogue = FakeCatalogue(repeats: .safe)
            let points = try await die(house, at: nil, number: 10_000, catalogue).seen
            #expect(points > 40)
            for point in 0..<points {
                let first = try await die(house, at: point, number: point, catalogue)
                if heir != "hub-1" { house.effects.advance(seconds: 61) }
                let outside = FakeOutside()
                try await house.settle(house.hub(heir, outside, catalogue: catalogue))
                #expect(Set(first.happened + outside.happened) == Set(FakeOutside.offboarding), "died at \(point)")
            }
            let executions = try await house.executions()
            #expect(executions.count == points + 1)
            #expect(executions.allSatisfy { $0.state == "done" })
            for execution in executions {
                let done = try await house.journal(execution.id).filter { $0.hasSuffix(" done") }.map {
                    $0.prefix { $0 != "#" }
                }
                #expect(done.count == 8)
                #expect(Set(done).count == 8)
            }
            let ended = try await house.events("execution.ended").count
            #expect(ended == points + 1)
        }
    }

    @Test("actions that can be looked up: all happened, each once, and no doubt is left", arguments: TestStore.allCases)
    func lookUp(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            let catalogue = FakeCatalogue(repeats: .lookUp)
            let points = try await die(house, at: nil, number: 10_000, catalogue).seen
            var looked = 0
            for point in 0..<points {
                let first = try await die(house, at: point, number: point, catalogue)
                let outside = FakeOutside(remembers: first.happened)
                try await house.settle(house.hub("hub-1", outside, catalogue: catalogue))
                let happened = (first.happened + outside.happened).filter {
                    !$0.hasPrefix("lookup_user") && !$0.hasPrefix("user_groups") && !$0.hasPrefix("update")
                }
                #expect(happened.sorted() == Self.changes.sorted(), "died at \(point)")
                looked += outside.looked.count
            }
            // Inside each of five steps: `sent` kept, not sent; happened, not answered; answered, not kept.
            #expect(looked >= 10)
            let executions = try await house.executions()
            #expect(executions.allSatisfy { $0.state == "done" })
            for execution in executions {
                let done = try await house.journal(execution.id).filter { $0.hasSuffix(" done") }.map {
                    $0.prefix { $0 != "#" }
                }
                #expect(done.count == Set(done).count && done.count == 8)
            }
        }
    }

    @Test("changes of records: each once, wherever the hub dies, and never in doubt", arguments: TestStore.allCases)
    func records(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let names = ["a", "b", "c"]
            try await house.add(
                """
                flow: marks
                title: Marks
                trigger: { record: hr_leaver, when: inserted }
                steps:
                  - a: { record: update, table: t, id: x, set: { mark: a } }
                  - both:
                      parallel:
                        left: [{ b: { record: update, table: t, id: x, set: { mark: b } } }]
                        right: [{ c: { record: update, table: t, id: x, set: { mark: c } } }]
                """)
            let points = try await die(house, at: nil, number: 10_000, FakeCatalogue()).seen
            #expect(points > 10)
            for point in 0..<points {
                let first = try await die(house, at: point, number: point, FakeCatalogue())
                let outside = FakeOutside()
                try await house.settle(house.hub("hub-1", outside))
                let happened = (first.happened + outside.happened).sorted()
                #expect(happened == names.map { "update t x mark=\($0)" }, "died at \(point)")
            }
            let executions = try await house.executions()
            #expect(executions.allSatisfy { $0.state == "done" } && executions.count == points + 1)
            for execution in executions {
                let steps = try await house.journal(execution.id)
                #expect(steps.allSatisfy { $0.hasSuffix("#1 done") }, "\(steps)")
            }
        }
    }

    private static let changes = FakeOutside.offboarding.filter {
        !$0.hasPrefix("lookup_user") && !$0.hasPrefix("user_groups")
    }

    @Test(
        "a step without an answer: each row of looks ends as it should", arguments: TestStore.allCases,
        [
            (["unknown", "unknown", "done"], 3, 1, "done"), (["unknown", "did_not_happen"], 2, 2, "done"),
            (["nil"], 1, 1, "in_doubt"), (["unknown", "nil"], 2, 1, "in_doubt"),
            (Array(repeating: "unknown", count: 9), 5, 1, "in_doubt"),
        ])
    func looks(_ store: TestStore, _ row: (finds: [String], looks: Int, sent: Int, state: String)) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let outside = FakeOutside(
                looking: { times in
                    switch row.finds[times - 1] {
                    case "done": .some(.done([:]))
                    case "unknown": .some(.unknown(reason: "no_answer", says: "no answer in time"))
                    case "did_not_happen": .some(.failed(reason: "did_not_happen", says: "not so"))
                    default: .some(nil)
                    }
                },
                script: { call, times in
                    call.action.key == "suspend_user" && times == 1
                        ? .unknown(reason: "no_answer", says: "no answer in time") : FakeOutside.okta(call, times)
                })
            let flows = house.hub("hub-1", outside, catalogue: FakeCatalogue(repeats: .lookUp))
            _ = try await flows.tick()
            await flows.drain()
            #expect(outside.looked.isEmpty, "it rests before it looks: the call may still be on its way")
            try await house.settle(flows)
            #expect(outside.looked.count == row.looks)
            #expect(outside.happened.count { $0.hasPrefix("suspend_user") } == row.sent)
            #expect(try await house.executions().map(\.state) == [row.state])
        }
    }

    @Test(
        "a hub that pauses ends its step, lets go and takes nothing up; the next goes on at once",
        arguments: TestStore.allCases)
    func pauses(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let pausing = Mutex<Flows?>(nil)
            let outside = FakeOutside(script: { call, times in
                if call.action.key == "clear_user_session" { pausing.withLock { $0?.beginPause() } }
                return FakeOutside.okta(call, times)
            })
            let flows = house.hub("hub-1", outside)
            pausing.withLock { $0 = flows }
            _ = try await flows.tick()
            await flows.drain()
            #expect(outside.calls.map(\.action.key) == ["lookup_user", "clear_user_session"])
            #expect(try await flows.tick() == 0)
            let next = FakeOutside()
            house.effects.advance(seconds: 1)
            try await house.settle(house.hub("hub-2", next))
            #expect(next.calls.first?.action.key == "user_groups_stream")
            #expect(try await house.executions().map(\.state) == ["done"])
        }
    }

    @Test("actions that must not be repeated: never twice, and the doubt is shown", arguments: TestStore.allCases)
    func ask(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            let catalogue = FakeCatalogue(repeats: .ask)
            let points = try await die(house, at: nil, number: 10_000, catalogue).seen
            var doubts = 0
            for point in 0..<points {
                let first = try await die(house, at: point, number: point, catalogue)
                let outside = FakeOutside()
                let heir = house.hub("hub-1", outside, catalogue: catalogue)
                try await house.settle(heir)
                let happened = first.happened + outside.happened
                #expect(Set(happened).count == happened.count, "died at \(point)")
                guard let open = try await house.executions().first(where: { $0.state == "in_doubt" }) else {
                    #expect(Set(happened) == Set(FakeOutside.offboarding), "died at \(point)")
                    continue
                }
                doubts += 1
                let shown = try await heir.call("execution.get", id: open.id, house: house)
                let step = try #require(shown["steps"]?.array?.first { $0["state"] == "in_doubt" })
                _ = try await heir.call(
                    "execution.decide", id: open.id,
                    ["step": try #require(step["path"]), "outcome": "failed"], house: house)
                try await house.settle(heir)
            }
            // Inside each of seven steps: `sent` kept, not sent; happened, not answered; answered, not kept.
            #expect(doubts >= 14)
            let inDoubt = try await house.events("execution.in_doubt").count
            let decided = try await house.events("execution.doubt_decided").count
            #expect(inDoubt == doubts)
            #expect(decided == doubts)
        }
    }

    @Test("a person's decision lets it go on", arguments: TestStore.allCases, ["done", "failed", "repeat"])
    func decide(_ store: TestStore, _ outcome: String) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let outside = FakeOutside(script: { call, times in
                call.action.key == "suspend_user" && times == 1
                    ? .unknown(reason: "no_answer", says: "no answer in time") : FakeOutside.okta(call, times)
            })
            let flows = house.hub("hub-1", outside, catalogue: FakeCatalogue(repeats: .ask))
            try await house.settle(flows)
            let id = try #require(try await house.executions().first).id
            #expect(try await house.executions().map(\.state) == ["in_doubt"])
            let wrong = await reason {
                try await flows.call("execution.decide", id: id, ["step": "find", "outcome": "done"], house: house)
            }
            #expect(wrong == "step_not_in_doubt")
            #expect(try await house.executions().map(\.state) == ["in_doubt"])
            _ = try await flows.call(
                "execution.decide", id: id, ["step": "suspend", "outcome": .string(outcome)], house: house)
            try await house.settle(flows)
            #expect(try await house.executions().map(\.state) == [outcome == "failed" ? "failed" : "done"])
            #expect(outside.happened.count { $0.hasPrefix("suspend_user") } == (outcome == "repeat" ? 2 : 1))
            #expect(outside.happened.contains { $0.hasPrefix("update hr_leaver") } == (outcome == "failed"))
            let twice = await reason {
                try await flows.call("execution.decide", id: id, ["step": "suspend", "outcome": "done"], house: house)
            }
            #expect(twice == "step_not_in_doubt")
        }
    }

    @Test("a safe step that never answers ends in doubt, not in a loop", arguments: TestStore.allCases)
    func neverAnswers(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver", retries: false))
            try await house.leaver()
            let outside = FakeOutside(script: { _, _ in .unknown(reason: "no_answer", says: "no answer in time") })
            let flows = house.hub("hub-1", outside)
            _ = try await flows.tick()
            await flows.drain()
            // It rests: nobody sends again before its time.
            #expect(try await flows.tick() == 0)
            #expect(outside.calls.count == 1)
            try await house.settle(flows)
            #expect(outside.calls.count == Limits.stepAttempts.value)
            #expect(try await house.executions().map(\.state) == ["in_doubt"])
        }
    }
}
