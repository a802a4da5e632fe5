import Core
import Ports
import TestSupport
import Testing

@testable import Flows

/// Sub-flows, cancelling, going on after an end, test runs, and what is deleted in time.
struct EndingTests {
    private static let parent = """
        flow: parent
        title: Parent
        trigger: manual
        uses: { okta: okta-prod }
        steps:
          - first: { action: okta.clear_user_session, with: { user_id: u } }
          - sub: { flow: child, input: { login: mara } }
          - last: { action: okta.suspend_user, with: { user_id: u } }
        """
    private static let child = """
        flow: child
        title: Child
        trigger: { manual: { login: { type: text } } }
        uses: { okta: okta-prod }
        steps:
          - find: { action: okta.lookup_user, with: { login: { from: trigger.input.login } } }
          - delete: { action: okta.delete_user, with: { user_id: { from: find.id } } }
        """

    private func start(_ house: House, _ flows: Flows, _ flow: String = "parent") async throws -> String {
        try #require(try await flows.call("flow.run", id: flow, house: house)["execution"]?.string)
    }

    @Test("a sub-flow is an execution of its own, and the parent waits", arguments: TestStore.allCases)
    func subflow(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.parent)
            try await house.add(Self.child)
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            let id = try await start(house, flows)
            try await house.settle(flows)
            #expect(
                outside.calls.map(\.action.key) == ["clear_user_session", "lookup_user", "delete_user", "suspend_user"])
            let executions = try await house.executions()
            #expect(executions.map(\.state) == ["done", "done"])
            let own = try #require(executions.first { $0.id != id })
            let shown = try await flows.call("execution.get", id: own.id, house: house)
            #expect(shown["parent"]?.string == id)
            let whole = try await flows.call("execution.get", id: id, house: house)
            #expect(whole["correlation"] == shown["correlation"])
            #expect(whole.value(at: "/steps/1/output/execution")?.string == own.id)
        }
    }

    @Test("what cannot start fails the step, and nothing starts", arguments: TestStore.allCases)
    func cannotStart(_ store: TestStore) async throws {
        let rows: [(child: String?, reason: String)] = [
            (nil, "no_such_flow"),
            (
                Self.child.replacing("login: { type: text }", with: "name: { type: text }")
                    .replacing("trigger.input.login", with: "trigger.input.name"), "unknown_input"
            ),
            (
                Self.child.replacing(
                    "trigger: { manual: { login: { type: text } } }", with: "trigger: { record: t, when: inserted }"
                )
                .replacing("trigger.input.login", with: "trigger.record.login"), "flow_not_manual"
            ),
            (Self.child.replacing("  - find", with: "  - back: { flow: parent }\n  - find"), "subflow_failed"),
        ]
        for row in rows {
            try await withHouse(store) { house in
                try await house.add(Self.parent)
                if let child = row.child { try await house.add(child) }
                let outside = FakeOutside()
                let flows = house.hub(outside: outside)
                let id = try await start(house, flows)
                try await house.settle(flows)
                #expect(try await house.executions().first { $0.id == id }?.reason == row.reason)
                #expect(outside.happened.count == 1, "\(row.reason)")
            }
        }
    }

    @Test("a cancel goes down, and what is under way is still journaled", arguments: TestStore.allCases)
    func cancelGoesDown(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.parent)
            try await house.add(Self.child)
            let flows = Shared<Flows>()
            let id = Shared<String>()
            let outside = FakeOutside(script: { call, times in FakeOutside.okta(call, times) }) { call in
                guard call.action.key == "lookup_user", let flows = flows.value, let id = id.value else { return }
                _ = try await flows.call("execution.cancel", id: id, house: house)
            }
            flows.value = house.hub(outside: outside)
            let hub = try #require(flows.value)
            id.value = try await start(house, hub)
            try await house.settle(hub)
            #expect(outside.calls.map(\.action.key) == ["clear_user_session", "lookup_user"])
            #expect(try await house.executions().map(\.state) == ["cancelled", "cancelled"])
            #expect(try await house.journal().contains("find#1 done"))
            #expect(try await house.journal().contains { ["sub#1 cancelled", "sub#1 failed"].contains($0) })
            #expect(try await house.events("execution.cancel_asked").count == 2)
        }
    }

    @Test("a re-run goes on where it stopped; nothing that was done is done again", arguments: TestStore.allCases)
    func rerun(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.parent)
            try await house.add(Self.child)
            let outside = FakeOutside(script: { call, times in
                call.action.key == "delete_user" && times == 1
                    ? .failed(reason: "provider_refused", says: "no") : FakeOutside.okta(call, times)
            })
            let flows = house.hub(outside: outside)
            let id = try await start(house, flows)
            try await house.settle(flows)
            #expect(Set(try await house.executions().map(\.state)) == ["failed"])
            let child = try #require(try await house.executions().first { $0.id != id }).id
            let ofChild = await reason { try await flows.call("execution.rerun", id: child, house: house) }
            #expect(ofChild == "execution_is_subflow")
            let done = await reason { try await flows.call("execution.rerun", id: id, ["step": "first"], house: house) }
            #expect(done == "step_done")
            let none = await reason { try await flows.call("execution.rerun", id: id, ["step": "zzz"], house: house) }
            #expect(none == "no_such_step")
            let new = try await flows.call("execution.rerun", id: id, ["step": "sub"], house: house)
            let again = await reason { try await flows.call("execution.rerun", id: id, house: house) }
            #expect(again == "already_rerun")
            try await house.settle(flows)
            #expect(
                outside.calls.map(\.action.key) == [
                    "clear_user_session", "lookup_user", "delete_user", "delete_user", "suspend_user",
                ])
            let shown = try await flows.call("execution.get", id: new["execution"]?.string ?? "", house: house)
            #expect(shown["state"] == "done")
            #expect(shown["rerun_of"]?.string == id)
            #expect(shown["steps"]?.array?.count == 3)
        }
    }

    @Test("loops and branches that failed go on where they stopped", arguments: TestStore.allCases)
    func rerunOfLoop(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let outside = FakeOutside(script: { call, times in
                call.input["group_id"] == "g2" && times == 1
                    ? .failed(reason: "provider_refused", says: "no") : FakeOutside.okta(call, times)
            })
            let flows = house.hub(outside: outside)
            try await house.settle(flows)
            let id = try #require(try await house.executions().first).id
            _ = try await flows.call("execution.rerun", id: id, ["step": "leave[2].remove"], house: house)
            try await house.settle(flows)
            #expect(try await house.executions().map(\.state).sorted() == ["done", "failed"])
            let twice = outside.happened.filter { what in outside.happened.count { $0 == what } > 1 }
            #expect(Set(twice) == [#"remove_user_from_group {"user_id":"00u1","group_id":"g2"}"#])
        }
    }

    @Test("a test run reaches the sandbox alone, changes no record and waits for nobody", arguments: TestStore.allCases)
    func testRun(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let source = Self.parent.replacing(
                "steps:",
                with: """
                    steps:
                      - agree: { approval: { says: Sure?, role: it_manager, expires: 1d } }
                      - pause: { wait: 30d }
                      - mark: { record: update, table: t, id: x, set: { a: b } }
                    """)
            try await house.add(source, active: false)
            try await house.add(Self.child)
            let (outside, sandbox) = (FakeOutside(), FakeOutside())
            let flows = house.hub("hub-1", outside, sandbox: sandbox)
            let started = try await flows.call("flow.test", id: "parent", house: house)
            try await house.settle(flows)
            #expect(outside.happened.isEmpty)
            #expect(sandbox.calls.count == 4)
            #expect(sandbox.causes.allSatisfy { $0.actor.name.hasSuffix("(test run)") })
            let shown = try await flows.call("execution.get", id: started["execution"]?.string ?? "", house: house)
            #expect(shown["state"] == "done")
            #expect(shown["test"] == true)
            let listed = try await flows.call("execution.list", house: house)
            #expect(listed["items"]?.array?.allSatisfy { $0["test"] == true } == true)
            #expect(try await house.events("approval.").isEmpty)
            let events = try await house.events("execution.")
            #expect(events.allSatisfy { $0["details"]?["mode"] == "test" })
        }
    }

    @Test("a test run of a flow on records needs a record that would start it", arguments: TestStore.allCases)
    func testRecord(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"), active: false)
            let flows = house.hub()
            let rows: [(JSONObject, String)] = [
                ([:], "missing_record"), (["record": ["status": "staying"]], "condition_unmet"),
                (["input": ["a": "b"]], "unfit_field"), (["record": ["status": "leaving", "email": "a"]], ""),
            ]
            for (input, expected) in rows {
                let found = await reason {
                    try await flows.call("flow.test", id: "offboard-leaver", input, house: house)
                }
                #expect(found == expected)
            }
            #expect(try await house.executions().count == 1)
        }
    }

    @Test("what ended long ago goes, in bounded batches; what did not, stays", arguments: TestStore.allCases)
    func sweep(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(ApprovalTests.flow)
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let flows = house.hub()
            try await house.settle(flows)
            #expect(try await flows.sweep(at: house.effects.now) == 0)
            house.effects.advance(seconds: Int64(Limits.executionDays.value) * 86_400)
            _ = try await flows.call("flow.run", id: "careful", ["input": ["login": "a"]], house: house)
            _ = try await flows.tick()
            await flows.drain()
            house.effects.advance(seconds: 60)
            #expect(try await flows.sweep(at: house.effects.now) == 11, "nine steps, the execution, its start")
            #expect(try await flows.sweep(at: house.effects.now) == 0)
            #expect(try await house.executions().map(\.state) == ["running"])
            #expect(try await house.journal() == ["agree#1 waiting"])
        }
    }
}
