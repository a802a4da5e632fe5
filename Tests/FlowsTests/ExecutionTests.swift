import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

struct ExecutionTests {
    @Test("one leaver, offboarded", arguments: TestStore.allCases)
    func offboard(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            let correlation = try await house.leaver()
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            try await house.settle(flows)
            #expect(outside.happened == FakeOutside.offboarding)
            #expect(
                try await house.journal() == [
                    "find#1 done", "sessions#1 done", "groups#1 done", "leave#1 done", "leave[1]#1 skipped",
                    "leave[0].remove#1 done", "leave[2].remove#1 done", "leave[3].remove#1 done", "suspend#1 done",
                ])
            let execution = try #require(try await house.executions().first)
            #expect(execution.state == "done")
            // One id leads from the request to the last step, and the flow is who acts.
            #expect(outside.causes.allSatisfy { $0.correlation == correlation && $0.actor.kind == .flow })
            #expect(outside.calls.map(\.alias).allSatisfy { $0 == "okta-prod" })
            #expect(outside.calls.last?.execution == "\(execution.id)/suspend")
            #expect(outside.calls.map(\.most) == [nil, nil, 500, nil, nil, nil, nil])
            let events = try await house.events("execution.")
            #expect(events.map { $0["action"] } == ["execution.started", "execution.ended"])
            #expect(events.allSatisfy { $0["correlation"] == .string(correlation.text) })
            let shown = try await flows.call("execution.get", id: execution.id, house: house)
            #expect(shown["steps"]?.array?.count == 9)
            #expect(shown.value(at: "/steps/3/output") == ["count": 3, "left_alone": 1])
            #expect(shown.value(at: "/steps/4/says") == "type is not OKTA_GROUP")
        }
    }

    @Test("a refusal sends nothing and enters the error branch once", arguments: TestStore.allCases)
    func refusal(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let outside = FakeOutside(refuses: ["suspend_user"])
            try await house.settle(house.hub(outside: outside))
            #expect(
                outside.happened == FakeOutside.offboarding.dropLast() + [
                    "update hr_leaver leaver-1 status=needs_attention"
                ])
            #expect(try await house.journal().suffix(2) == ["suspend#1 refused", "on_error.mark#1 done"])
            let execution = try #require(try await house.executions().first)
            #expect(execution.state == "failed")
            #expect(execution.reason == "action_not_enabled")
            let sent = try await house.database.read { reader in
                try reader.rows("SELECT sent_at FROM execution_step WHERE path = 'suspend' LIMIT 2", [])
            }
            #expect(sent.map(\.values) == [[.null]])
            let refused = try await house.events("action.refused")
            #expect(refused.count == 1)
            let ended = try await house.events("execution.ended")
            #expect(ended.first?["details"]?["outcome"] == "failed")
            #expect(ended.first?["details"]?["step"] == "suspend")
        }
    }

    @Test(
        "the outside is away for the better part of an hour: the shipped flow outlives it",
        arguments: TestStore.allCases)
    func outlives(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let outside = FakeOutside(script: { call, times in
                times <= 4 && call.action.key == "suspend_user"
                    ? .failed(reason: "unreachable", says: "nobody is there") : FakeOutside.okta(call, times)
            })
            let began = house.effects.now
            try await house.settle(house.hub(outside: outside))
            #expect(try await house.executions().map(\.state) == ["done"])
            #expect(try await house.journal().suffix(2) == ["suspend#4 failed", "suspend#5 done"])
            #expect(house.effects.now.epochSeconds - began.epochSeconds > 9 * 60)
        }
    }

    @Test("a failing error branch ends it, and does not run again", arguments: TestStore.allCases)
    func failingBranch(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let outside = FakeOutside(
                recordError: HubError(.notFound, "no_such_record", "There is no such record."),
                script: { call, _ in .failed(reason: "not_found", says: "no such user") })
            try await house.settle(house.hub(outside: outside))
            #expect(try await house.journal() == ["find#1 failed", "on_error.mark#1 failed"])
            #expect(try await house.executions().map(\.reason) == ["not_found"])
        }
    }

    @Test(
        "too many items, an answer that lacks a field, an answer that is too large", arguments: TestStore.allCases,
        [
            ("too_many_items", "leave"), ("missing_value", "sessions"), ("result_too_large", "find"),
            ("not_a_list", "leave"),
        ])
    func badAnswers(_ store: TestStore, _ row: (reason: String, step: String)) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let items = Array(repeating: JSON.object(["id": "g", "type": "OKTA_GROUP"]), count: 1_001)
            let outside = FakeOutside(script: { call, times in
                switch (call.action.key, row.reason) {
                case ("lookup_user", "missing_value"): .done([:])
                case ("lookup_user", "result_too_large"): .done(["id": .string(String(repeating: "x", count: 300_000))])
                case ("user_groups_stream", "too_many_items"): .done(["items": .array(items)])
                case ("user_groups_stream", "not_a_list"): .done(["items": "none"])
                default: FakeOutside.okta(call, times)
                }
            })
            try await house.settle(house.hub(outside: outside))
            #expect(try await house.executions().map(\.reason) == [row.reason])
            #expect(try await house.journal().contains("\(row.step)#1 failed"))
            #expect(!outside.happened.contains { $0.hasPrefix("remove") || $0.hasPrefix("suspend") })
        }
    }

    @Test("conditions, activity and other tables decide what starts", arguments: TestStore.allCases)
    func starts(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"), active: false)
            let flows = house.hub()
            try await house.leaver(1)
            try await house.settle(flows)
            #expect(try await house.executions().isEmpty)
            _ = try await flows.call("flow.activate", id: "offboard-leaver", house: house)
            try await house.leaver(2, status: "staying")
            try await house.settle(flows)
            #expect(try await house.executions().isEmpty)
            try await house.leaver(3)
            try await house.settle(flows)
            #expect(try await house.executions().count == 1)
            let left = try await house.database.read { try Outbox.waiting(.recordChange, most: 10, in: $0).count }
            #expect(left == 0)
        }
    }

    @Test("one change starts a flow once, however many ticks and hubs", arguments: TestStore.allCases)
    func once(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            let outside = FakeOutside()
            let (one, two) = (house.hub("hub-1", outside), house.hub("hub-2", outside))
            for number in 0..<5 {
                try await house.leaver(number)
                // The same change told twice.
                try await house.leaver(number)
            }
            async let a = one.tick()
            async let b = one.tick()
            async let c = two.tick()
            _ = try await (a, b, c)
            await one.drain()
            await two.drain()
            try await house.settle(one)
            try await house.settle(two)
            #expect(try await house.executions().map(\.state) == Array(repeating: "done", count: 5))
            #expect(outside.happened.count == 5 * FakeOutside.offboarding.count)
        }
    }

    @Test("a flow never starts from a chain that holds it", arguments: TestStore.allCases)
    func chain(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let other = """
                flow: other
                title: Other
                trigger: { record: hr_leaver, when: inserted, if: [{ field: status, is: other }] }
                steps: [{ a: { record: update, table: t, id: x, set: { a: b } } }]
                """
            try await house.add(try example("offboard-leaver"))
            try await house.add(other)
            let flows = house.hub()
            let correlation = try await house.leaver(1)
            try await house.settle(flows)
            // A change by offboard-leaver starts `other`; a change by `other` must not start offboard-leaver again.
            try await house.leaver(2, status: "other", chain: ["offboard-leaver"], correlation: correlation)
            try await house.settle(flows)
            #expect(try await house.executions().count == 2)
            try await house.leaver(3, chain: ["offboard-leaver"], correlation: correlation)
            try await house.leaver(4, chain: ["offboard-leaver", "other"], correlation: correlation)
            try await house.settle(flows)
            #expect(try await house.executions().count == 2)
            let refused = try await house.events("execution.refused")
            #expect(refused.count == 2)
            #expect(refused.allSatisfy { $0["details"]?["reason"] == "flow_in_chain" })
        }
    }

    @Test("a hub that lost its claim cannot write", arguments: TestStore.allCases)
    func lostClaim(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            _ = try await Starter(database: house.database, effects: house.effects.effects).takeMessages()
            let (one, two) = (
                ExecutionStore(database: house.database, effects: house.effects.effects, hub: "hub-1"),
                ExecutionStore(database: house.database, effects: house.effects.effects, hub: "hub-2")
            )
            let first = try #require(try await one.claim(1, at: house.effects.now).first)
            #expect(try await two.claim(1, at: house.effects.now).isEmpty)
            house.effects.advance(seconds: 40)
            #expect(try await one.renew(first, at: house.effects.now))
            house.effects.advance(seconds: 40)
            #expect(try await two.claim(1, at: house.effects.now).isEmpty)
            house.effects.advance(seconds: 40)
            let second = try #require(try await two.claim(1, at: house.effects.now).first)
            #expect(second.fence > first.fence)
            #expect(try await one.renew(first, at: house.effects.now) == false)
            let entry = JournalEntry(path: "find", attempt: 1, state: .planned)
            await #expect(throws: ClaimLost.self) { try await one.keep([entry], of: first, at: house.effects.now) }
            #expect(try await house.journal().isEmpty)
            _ = try await two.keep([entry], of: second, at: house.effects.now)
            // Nor does a row move from a state that it is not in.
            await #expect(throws: JournalMoved.self) {
                try await two.keep([entry], of: second, at: house.effects.now)
            }
            let stale = JournalEntry(path: "find", attempt: 1, state: .sent).becoming(.done)
            await #expect(throws: JournalMoved.self) {
                try await two.keep([stale], of: second, at: house.effects.now)
            }
            #expect(try await house.journal() == ["find#1 planned"])
        }
    }

    @Test("no more than the bound at once", arguments: TestStore.allCases)
    func bound(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            for number in 0..<(Limits.executionsAtOnce.value + 4) { try await house.leaver(number) }
            let starter = Starter(database: house.database, effects: house.effects.effects)
            _ = try await starter.takeMessages()
            let flows = house.hub()
            let taken = try await flows.tick()
            await flows.drain()
            #expect(taken >= Limits.executionsAtOnce.value)
            try await house.settle(flows)
            #expect(try await house.executions().allSatisfy { $0.state == "done" })
        }
    }
}
