import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

/// Flows that start from events through hooks: each once for each event, in the order in which they happened.
struct HookTriggerTests {
    static let flow = """
        flow: joiner
        title: Joiner
        trigger: { hook: feed, if: [{ field: event_type, is: user.lifecycle.create }] }
        uses: { okta: okta-prod }
        steps:
          - clear: { action: okta.clear_user_session, with: { user_id: { from: trigger.event.target_id } } }
          - each:
              for_each: { from: trigger.event.targets, as: target, if: [{ field: type, is: User }] }
              do:
                - suspend:
                    action: okta.suspend_user
                    with: { user_id: { from: target.id }, note: { from: trigger.hook.via } }
        """

    static func event(_ id: String, type: String = "user.lifecycle.create") -> JSON {
        [
            "uuid": .string(id), "event_type": .string(type), "target_id": .string("user-\(id)"),
            "targets": [["id": .string("user-\(id)"), "type": "User"], ["id": "g", "type": "UserGroup"]],
        ]
    }

    static func message(
        _ id: String, published: String = "2026-11-21T09:00:00.000Z", type: String = "user.lifecycle.create"
    ) -> JSONObject {
        [
            "hook": "feed", "hook_id": "h1", "event_id": .string(id), "published": .string(published),
            "type": .string(type), "event": event(id, type: type), "late": false, "via": "delivery",
            "correlation": "c-0000000000000",
        ]
    }

    private func leave(_ house: House, _ messages: [JSONObject]) async throws {
        try await house.database.write(.bookkeeping("test")) { writer in
            for message in messages { try Outbox.publish(.hookEvent, .object(message), in: writer) }
        }
    }

    @Test("an event starts what fits it, once, with who is behind it", arguments: TestStore.allCases)
    func starts(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            try await leave(
                house, [Self.message("a"), Self.message("b", type: "user.lifecycle.suspend"), Self.message("a")])
            try await house.settle(flows)
            #expect(
                outside.happened == [
                    #"clear_user_session {"user_id":"user-a"}"#,
                    #"suspend_user {"user_id":"user-a","note":"delivery"}"#,
                ])
            let started = try await house.events("execution.started")
            #expect(started.map { $0["details"]?["hook"]?.string } == ["feed"])
            #expect(started.map { $0["details"]?["event"]?.string } == ["a"])
            #expect(started.map { $0["correlation"]?.string } == ["c-0000000000000"])
            let row = try await house.database.read { reader in
                try reader.row("SELECT origins, started_by FROM execution ORDER BY id LIMIT 1", [])
            }
            #expect(try row?.text("origins") == #"["hook:h1"]"#)
            #expect(try row?.text("started_by") == "hook feed")
        }
    }

    @Test("events that wait together start in the order in which they happened", arguments: TestStore.allCases)
    func order(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let moments = ["09:00:03.000", "09:00:01.500", "09:00:02.000", "09:00:01.000"]
            try await leave(
                house,
                moments.enumerated().map { Self.message("e\($0.offset)", published: "2026-11-21T\($0.element)Z") })
            _ = try await house.hub().tick()
            let started = try await house.events("execution.started").map { $0["details"]?["event"]?.string ?? "" }
            #expect(started == ["e3", "e1", "e2", "e0"])
        }
    }

    @Test("a flow that is off, or on another hook, does not start", arguments: TestStore.allCases)
    func others(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow, active: false)
            try await house.add(
                Self.flow.replacing("flow: joiner", with: "flow: other").replacing("hook: feed", with: "hook: feed2"))
            let flows = house.hub()
            try await leave(house, [Self.message("a")])
            try await house.settle(flows)
            #expect(try await house.executions().isEmpty)
        }
    }

    @Test("killed anywhere between receipt and end: each event has its one execution", arguments: TestStore.allCases)
    func killed(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let points = try await die(house, at: nil, number: 1_000)
            #expect(points > 10)
            for point in 0..<points {
                _ = try await die(house, at: point, number: point)
                try await house.settle(house.hub())
            }
            let executions = try await house.executions()
            #expect(executions.count == points + 1)
            #expect(executions.allSatisfy { $0.state == "done" })
            let left = try await house.database.read { try Outbox.waiting(.hookEvent, most: 10, in: $0).count }
            #expect(left == 0)
        }
    }

    /// Leaves one event for a hub that dies at a point; returns how many points it saw.
    private func die(_ house: House, at point: Int?, number: Int) async throws -> Int {
        try await leave(house, [Self.message("n\(number)")])
        let death = Death(at: point)
        let flows = house.hub("hub-1", FakeOutside(death: death), death: death)
        do {
            for _ in 0..<3 {
                _ = try await flows.tick()
                await flows.drain()
            }
        } catch is Killed {}
        await flows.drain()
        return death.seen
    }

    @Test("a message that says too little starts nothing, and holds up no other", arguments: TestStore.allCases)
    func malformed(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let names = ["hook", "hook_id", "event_id", "event", "late", "via", "correlation"]
            let cut = names.map { name in
                var message = Self.message("x")
                message[name] = nil
                return message
            }
            try await leave(house, cut + [Self.message("whole")])
            try await house.settle(house.hub())
            #expect(try await house.executions().count == 1)
            let refused = try await house.events("execution.refused").compactMap { $0["details"]?["reason"]?.string }
            #expect(refused == names.map { _ in "bad_message" })
        }
    }

    @Test("a test run starts from an event that is given", arguments: TestStore.allCases)
    func trial(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow, active: false)
            let (outside, sandbox) = (FakeOutside(), FakeOutside())
            let flows = house.hub("hub-1", outside, sandbox: sandbox)
            for (input, wanted) in [
                ([:], "missing_event"), (["record": [:]], "unfit_field"),
                (["event": ["event_type": "x"]], "condition_unmet"),
            ] as [(JSONObject, String)] {
                let found = await reason { try await flows.call("flow.test", id: "joiner", input, house: house) }
                #expect(found == wanted)
            }
            _ = try await flows.call("flow.test", id: "joiner", ["event": Self.event("t")], house: house)
            try await house.settle(flows)
            #expect(outside.happened.isEmpty && sandbox.happened.count == 2)
        }
    }

    @Test(
        "mistakes in a file",
        arguments: [
            ("hook: feed", "hook: Feed", "f.yaml:3: the trigger's hook must be a name"),
            ("hook: feed", "hook: feed, when: inserted", "f.yaml:3: the trigger has no key \"when\""),
            ("trigger.event.target_id", "trigger.event", "trigger.event is unknown; expected trigger.event.<output>"),
            ("trigger.event.target_id", "trigger.record.id", "trigger.record.id is unknown; expected trigger.event"),
            (
                "trigger.hook.via", "trigger.hook.secret",
                "one of: trigger.hook.name, trigger.hook.late, trigger.hook.via"
            ),
            ("from: trigger.event.targets", "from: trigger.hook.name", "trigger.hook.name is no list"),
        ])
    func mistakes(_ part: String, _ instead: String, _ wanted: String) {
        let problem = FlowFileTests().problem(Self.flow.replacing(part, with: instead))
        #expect(problem.contains(wanted), "\(problem)")
    }

    @Test("what stands in lists says the hook", arguments: TestStore.allCases)
    func shown(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let flows = house.hub()
            let row = try await flows.call("flow.get", id: "joiner", house: house)
            #expect(row["trigger"]?["hook"] == "feed")
            #expect(row["graph"]?["nodes"]?.array?.first?["title"] == "event through feed")
            let other = Self.flow.replacing("hook: feed", with: "hook: other")
            let changed = try await flows.call(
                "flow.update", id: "joiner", ["source": .string(other)], house: house)
            #expect(changed["trigger"]?["hook"] == "other")
            #expect(await reason { try await flows.call("flow.run", id: "joiner", house: house) } != "")
            let found = try await house.database.read { reader in
                try (Flows.activeFlow(fromHook: "other", in: reader), Flows.activeFlow(fromHook: "feed", in: reader))
            }
            #expect(found.0 == "joiner" && found.1 == nil)
        }
    }
}
