import Core
import Ports
import TestSupport
import Testing

@testable import Flows

/// Questions to people: asked once, decided once, by somebody else, in time.
struct ApprovalTests {
    static let flow = """
        flow: careful
        title: Careful
        trigger: { manual: { login: { type: text } } }
        uses: { okta: okta-prod }
        steps:
          - agree:
              approval: { says: Delete the user?, role: it_manager, expires: 1d, show: { login: { from: trigger.input.login } } }
          - delete: { action: okta.delete_user, with: { user_id: u1 } }
        on_error:
          - mark: { record: update, table: t, id: x, set: { state: stopped } }
        """

    static func person(_ name: String, roles: Set<String> = ["it_manager"], client: String? = nil) -> Principal {
        Principal(
            user: UserID("id-\(name)"), userName: name, client: client.map { ClientID($0) }, clientName: client ?? "-",
            roles: roles, scopes: nil, method: .bearer)
    }

    /// Runs the flow up to its question; answers the execution and the approval.
    private func asked(_ house: House, _ flows: Flows, by starter: Principal = person("ann")) async throws
        -> (execution: String, approval: String)
    {
        let started = try await flows.call("flow.run", id: "careful", ["input": ["login": "mara"]], as: starter, house)
        _ = try await flows.tick()
        await flows.drain()
        let list = try await flows.call("approval.list", as: Self.person("bob"), house)
        let item = try #require(list["items"]?.array?.first)
        return (try #require(started["execution"]?.string), try #require(item["id"]?.string))
    }

    @Test("approved by somebody else, it goes on; refused or expired, it ends", arguments: TestStore.allCases)
    func decided(_ store: TestStore) async throws {
        for (outcome, happened) in [("approve", ["delete_user"]), ("refuse", ["update t"]), ("", ["update t"])] {
            try await withHouse(store) { house in
                try await house.add(Self.flow)
                let outside = FakeOutside()
                let flows = house.hub(outside: outside)
                let (execution, approval) = try await asked(house, flows)
                #expect(outside.happened.isEmpty)
                #expect(try await flows.tick() == 0, "it waits without being held")
                let shown = try await flows.call("approval.get", id: approval, as: Self.person("bob"), house)
                #expect(shown["show"] == ["login": "mara"])
                if outcome.isEmpty {
                    house.effects.advance(seconds: 86_401)
                } else {
                    _ = try await flows.call(
                        "approval.decide", id: approval, ["outcome": .string(outcome), "note": "because"],
                        as: Self.person("bob"), house)
                }
                try await house.settle(flows)
                #expect(outside.happened.count == 1 && outside.happened[0].hasPrefix(happened[0]), "\(outcome)")
                let after = try await flows.call("execution.get", id: execution, house: house)
                #expect(after["state"]?.string == (outcome == "approve" ? "done" : "failed"))
                #expect(after.value(at: "/steps/0/state")?.string == (outcome == "approve" ? "done" : "refused"))
                let late = await reason {
                    try await flows.call(
                        "approval.decide", id: approval, ["outcome": "approve"], as: Self.person("bob"), house)
                }
                #expect(late == "approval_not_pending")
                #expect(outside.happened.count == 1)
                let events = try await house.events("approval.").map { $0["action"]?.string }
                #expect(events == ["approval.requested", outcome.isEmpty ? "approval.expired" : "approval.decided"])
            }
        }
    }

    @Test(
        "who may not decide",
        arguments: TestStore.allCases,
        [
            (person("ann"), "approval_own"), (person("ann", client: "c2"), "approval_own"),
            (person("eve", client: "c1"), "approval_own"), (person("eve", roles: ["other"]), "no_such_approval"),
            (person("eve", roles: ["connection_admin"]), "approval_not_yours"), (person("bob"), ""),
        ])
    func who(_ store: TestStore, _ row: (caller: Principal, reason: String)) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let flows = house.hub()
            // Ann starts it through a client that acts as her.
            let (_, approval) = try await asked(house, flows, by: Self.person("ann", client: "c1"))
            let before = try await house.events().count
            let found = await reason {
                try await flows.call("approval.decide", id: approval, ["outcome": "approve"], as: row.caller, house)
            }
            #expect(found == row.reason)
            #expect(try await house.events().count == before + (row.reason.isEmpty ? 1 : 0))
        }
    }

    @Test("whoever made the change that started it may not decide either", arguments: TestStore.allCases)
    func change(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(
                Self.flow.replacing(
                    "trigger: { manual: { login: { type: text } } }",
                    with: "trigger: { record: hr_leaver, when: inserted }"
                )
                .replacing("trigger.input.login", with: "trigger.record.email"))
            try await house.leaver(by: ["client:c1", "user:id-ann"])
            let flows = house.hub()
            _ = try await flows.tick()
            await flows.drain()
            let list = try await flows.call("approval.list", as: Self.person("ann"), house)
            let id = try #require(list["items"]?.array?.first?["id"]?.string)
            let own = await reason {
                try await flows.call("approval.decide", id: id, ["outcome": "approve"], as: Self.person("ann"), house)
            }
            #expect(own == "approval_own")
            _ = try await flows.call("approval.decide", id: id, ["outcome": "approve"], as: Self.person("bob"), house)
        }
    }

    @Test("of many decisions at once one counts", arguments: TestStore.allCases)
    func once(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            let (_, approval) = try await asked(house, flows)
            let won = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        await reason {
                            try await flows.call(
                                "approval.decide", id: approval, ["outcome": number % 2 == 0 ? "approve" : "refuse"],
                                as: Self.person("bob\(number)"), house)
                        } == ""
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(won == 1)
            #expect(try await house.events("approval.decided").count == 1)
            try await house.settle(flows)
            #expect(outside.happened.count == 1)
        }
    }

    @Test("a cancelled execution asks no more", arguments: TestStore.allCases)
    func cancelled(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            let (execution, approval) = try await asked(house, flows)
            _ = try await flows.call("execution.cancel", id: execution, house: house)
            try await house.settle(flows)
            #expect(try await house.executions().map(\.state) == ["cancelled"])
            let shown = try await flows.call("approval.get", id: approval, as: Self.person("bob"), house)
            #expect(shown["state"] == "cancelled")
            #expect(outside.happened.isEmpty, "the error branch is for failures")
            let twice = await reason { try await flows.call("execution.cancel", id: execution, house: house) }
            #expect(twice == "execution_ended")
        }
    }
}
