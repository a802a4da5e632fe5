import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

/// Approvals that name calls: what the person sees is what may leave, once somebody else agreed.
struct ApprovedCallTests {
    private static let ann = ApprovalTests.person("ann")
    private static let bob = ApprovalTests.person("bob")
    private static let zoe = ApprovalTests.person("zoe")

    private static func flow(_ steps: String, name: String = "careful") -> String {
        """
        flow: \(name)
        title: Careful
        trigger: { manual: { login: { type: text } } }
        uses: { okta: okta-prod }
        steps:
          - find: { action: okta.lookup_user, with: { login: { from: trigger.input.login } } }
        \(steps)
        """
    }

    private static let delete = flow(
        """
          - agree:
              approval: { says: Delete the user?, role: it_manager, expires: 1d, approves: [delete], good_for: 2h }
          - delete: { action: okta.delete_user, with: { user_id: { from: find.id } } }
        """)

    /// Zoe writes the flow, Ann starts it; answers the execution once it asks.
    private func begin(_ source: String, _ house: House, _ flows: Flows) async throws -> String {
        try await store(source, house, flows)
        return try await start(house, flows)
    }

    private func store(_ source: String, as author: Principal = zoe, _ house: House, _ flows: Flows) async throws {
        let made = try await flows.call("flow.create", ["source": .string(source)], as: author, house)
        let name = try #require(made["name"]?.string)
        _ = try await flows.call("flow.activate", id: name, as: author, house)
    }

    private func start(_ house: House, _ flows: Flows) async throws -> String {
        let started = try await flows.call("flow.run", id: "careful", ["input": ["login": "m"]], as: Self.ann, house)
        try await house.turn(flows)
        return try #require(started["execution"]?.string)
    }

    private func pending(_ house: House, _ flows: Flows) async throws -> [String] {
        let list = try await flows.call("approval.list", as: Self.bob, house)
        return (list["items"]?.array ?? []).compactMap { $0["id"]?.string }
    }

    private func approve(_ id: String, as person: Principal = bob, _ house: House, _ flows: Flows) async throws {
        _ = try await flows.call("approval.decide", id: id, ["outcome": "approve"], as: person, house)
    }

    @Test("the person sees the calls, and each carries the approval", arguments: TestStore.allCases)
    func carried(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            _ = try await begin(Self.delete, house, flows)
            let id = try #require(try await pending(house, flows).first)
            let shown = try await flows.call("approval.get", id: id, as: Self.bob, house)
            #expect(
                shown["approves"] == [
                    [
                        "step": "delete", "title": "delete_user", "action": "okta.delete_user", "alias": "okta-prod",
                        "connection": "okta-prod", "address": "https://acme.example", "with": ["user_id": "00u1"],
                    ]
                ])
            try await approve(id, house, flows)
            let at = house.effects.now
            try await house.settle(flows)
            #expect(outside.calls.map(\.approval?.by) == [nil, ["user:id-bob"]])
            let approval = try #require(outside.calls.last?.approval)
            #expect(approval.behind == ["user:id-ann", "user:id-zoe"] && approval.defect == nil)
            #expect(approval.until == at.adding(seconds: 7_200) && approval.target == FakeOutside.place)
        }
    }

    @Test(
        "whoever approved must still be one who is asked when the call leaves", arguments: TestStore.allCases,
        [
            FakeUsers.facts("bob", isActive: false), FakeUsers.facts("bob", isLocked: true),
            FakeUsers.facts("bob", roles: ["it_manager"]), FakeUsers.facts("bob", roles: ["approver"]),
        ])
    func lapsed(_ store: TestStore, _ facts: UserFacts) async throws {
        try await withHouse(store) { house in
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            _ = try await begin(Self.delete, house, flows)
            try await approve(try #require(try await pending(house, flows).first), house, flows)
            house.users.set(facts)
            try await house.settle(flows)
            #expect(outside.calls.last?.approval?.defect?.reason == "approval_lapsed")
        }
    }

    @Test("who wrote what a re-run took over is behind it too", arguments: TestStore.allCases)
    func takenOver(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let flows = house.hub(
                outside: FakeOutside(script: { call, times in
                    call.action.key == "delete_user"
                        ? .failed(reason: "provider_refused", says: "no") : FakeOutside.okta(call, times)
                }))
            let first = try await begin(Self.delete, house, flows)
            try await approve(try #require(try await pending(house, flows).first), house, flows)
            try await house.settle(flows)
            _ = try await flows.call("execution.rerun", id: first, as: Self.ann, house)
            try await house.turn(flows)
            try await house.database.write(.bookkeeping("a test")) { writer in
                try writer.run(
                    """
                    INSERT INTO flow_version (flow_id, version, source, sha256, created_at, created_by, author)
                    SELECT flow_id, 9, source, sha256, created_at, created_by, '["user:id-eve"]' FROM flow_version
                    """, [])
                try writer.run("UPDATE execution SET version = 9 WHERE id = $1", [.text(first)])
            }
            let id = try #require(try await pending(house, flows).first)
            let eve = ApprovalTests.person("eve")
            #expect(await reason { try await approve(id, as: eve, house, flows) } == "approval_own")
            #expect(await reason { try await approve(id, house, flows) } == "")
        }
    }

    @Test("an approval in the error branch would name what is behind it there")
    func errorBranch() throws {
        let flow = try FlowReader.read(
            Self.flow(
                """
                on_error:
                  - agree: { approval: { says: Sure?, role: r, expires: 1d, approves: [undo] } }
                  - undo: { action: okta.suspend_user, with: { user_id: u1 } }
                """), file: "f.yaml")
        #expect(flow.steps(behind: "agree").map(\.name) == ["undo"])
    }

    @Test(
        "who may not approve calls", arguments: TestStore.allCases,
        [
            (ann, "approval_own"), (zoe, "approval_own"),
            (ApprovalTests.person("bob", client: "c9"), "approval_no_person"),
            (ApprovalTests.person("eve", roles: ["connection_admin"]), "approval_not_yours"), (bob, ""),
        ])
    func who(_ store: TestStore, _ row: (caller: Principal, reason: String)) async throws {
        try await withHouse(store) { house in
            let flows = house.hub()
            _ = try await begin(Self.delete, house, flows)
            let id = try #require(try await pending(house, flows).first)
            #expect(await reason { try await approve(id, as: row.caller, house, flows) } == row.reason)
        }
    }

    @Test("who wrote a version before there was that note is not known, so nobody may approve")
    func unknownAuthor() async throws {
        try await withHouse(.sqlite) { house in
            let flows = house.hub()
            _ = try await begin(Self.delete, house, flows)
            try await house.database.write(.bookkeeping("a test")) { writer in
                try writer.run("UPDATE flow_version SET author = NULL", [])
            }
            let id = try #require(try await pending(house, flows).first)
            #expect(await reason { try await approve(id, house, flows) } == "approval_author_unknown")
        }
    }

    @Test("one before a loop covers each item, one inside its own item alone", arguments: TestStore.allCases)
    func loops(_ store: TestStore) async throws {
        let ask = "approval: { says: Sure?, role: it_manager, expires: 1d, approves: [remove] }"
        let remove = "action: okta.remove_user_from_group"
        for (before, inside, count) in [("  - agree: { \(ask) }", "", 1), ("", "        - agree: { \(ask) }", 3)] {
            try await withHouse(store) { house in
                let outside = FakeOutside()
                let flows = house.hub(outside: outside)
                _ = try await begin(
                    Self.flow(
                        """
                          - groups: { action: okta.user_groups_stream, with: { user_id: { from: find.id } } }
                        \(before)
                          - leave:
                              for_each: { from: groups.items, as: group, if: [{ field: type, is: OKTA_GROUP }] }
                              do:
                        \(inside)
                                - remove:
                                    \(remove)
                                    with: { user_id: { from: find.id }, group_id: { from: group.id } }
                        """), house, flows)
                var asked = 0
                while let id = try await pending(house, flows).first {
                    let shown = try await flows.call("approval.get", id: id, as: Self.bob, house)
                    #expect(shown["approves"]?.array?.count == 4 - count)
                    try await approve(id, house, flows)
                    try await house.turn(flows)
                    asked += 1
                }
                #expect(asked == count)
                let calls = outside.calls.filter { $0.action.key == "remove_user_from_group" }
                #expect(calls.count == 3 && calls.allSatisfy { $0.approval?.by == ["user:id-bob"] })
            }
        }
    }

    @Test("of a branch beside it, of another item and of a sub-flow no approval counts")
    func elsewhere() {
        #expect(StepPath.lists(around: "leave[2].remove") == ["", "leave[2]."])
        #expect(
            StepPath.lists(around: "both.left.leave[0].remove") == ["", "both.", "both.left.", "both.left.leave[0]."])
        #expect(StepPath.lists(around: "delete") == [""])
    }

    @Test("a sub-flow asks for itself, and who wrote the parent is behind it too", arguments: TestStore.allCases)
    func subflow(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            try await self.store(
                Self.delete.replacing("flow: careful", with: "flow: child"), as: ApprovalTests.person("kim"), house,
                flows)
            _ = try await begin(
                Self.flow("  - sub: { flow: child, input: { login: { from: trigger.input.login } } }"), house, flows)
            try await house.turn(flows)
            let id = try #require(try await pending(house, flows).first)
            for person in ["ann", "zoe", "kim"] {
                let own = await reason { try await approve(id, as: ApprovalTests.person(person), house, flows) }
                #expect(own == "approval_own", "\(person)")
            }
            try await approve(id, house, flows)
            try await house.settle(flows)
            #expect(outside.calls.last?.approval?.behind == ["user:id-ann", "user:id-kim", "user:id-zoe"])
        }
    }

    @Test("a re-run asks anew for what is left, and who re-runs is behind it", arguments: TestStore.allCases)
    func rerun(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let outside = FakeOutside(script: { call, times in
                call.action.key == "delete_user" && times == 1
                    ? .failed(reason: "provider_refused", says: "no") : FakeOutside.okta(call, times)
            })
            let flows = house.hub(outside: outside)
            let first = try await begin(Self.delete, house, flows)
            try await approve(try #require(try await pending(house, flows).first), house, flows)
            try await house.settle(flows)
            let again = try await flows.call("execution.rerun", id: first, as: Self.bob, house)
            try await house.turn(flows)
            #expect(outside.calls.count == 2, "nothing leaves before somebody is asked again")
            let id = try #require(try await pending(house, flows).first)
            #expect(await reason { try await approve(id, house, flows) } == "approval_own")
            try await approve(id, as: ApprovalTests.person("eve"), house, flows)
            try await house.settle(flows)
            #expect(outside.calls.last?.approval?.by == ["user:id-eve"])
            let shown = try await flows.call("execution.get", id: again["execution"]?.string ?? "", house: house)
            #expect(shown["state"] == "done")
        }
    }

    @Test("a re-run behind what was approved and done asks nobody", arguments: TestStore.allCases)
    func settled(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let outside = FakeOutside(script: { call, times in
                call.action.key == "suspend_user" && times == 1
                    ? .failed(reason: "provider_refused", says: "no") : FakeOutside.okta(call, times)
            })
            let flows = house.hub(outside: outside)
            let first = try await begin(
                Self.delete + "\n  - suspend: { action: okta.suspend_user, with: { user_id: { from: find.id } } }",
                house,
                flows)
            try await approve(try #require(try await pending(house, flows).first), house, flows)
            try await house.settle(flows)
            _ = try await flows.call("execution.rerun", id: first, as: Self.ann, house)
            try await house.settle(flows)
            #expect(outside.calls.map(\.action.key) == ["lookup_user", "delete_user", "suspend_user", "suspend_user"])
        }
    }

    @Test("other inputs than those that were shown are not approved", arguments: TestStore.allCases)
    func otherInputs(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            let execution = try await begin(Self.delete, house, flows)
            try await approve(try #require(try await pending(house, flows).first), house, flows)
            try await house.database.write(.bookkeeping("a test")) { writer in
                try writer.run(
                    "UPDATE execution_step SET output = '{\"id\":\"00u2\"}' WHERE execution_id = $1 AND path = 'find'",
                    [.text(execution)])
            }
            try await house.settle(flows)
            #expect(outside.calls.last?.input == ["user_id": "00u2"])
            #expect(outside.calls.last?.approval == nil)
        }
    }

    private static let wrong: [(steps: String, says: String)] = [
        (
            """
              - agree: { approval: { says: Sure?, role: r, expires: 1d, approves: [nope] } }
            """, "f.yaml:7: step agree approves \"nope\", which is no action behind it"
        ),
        (
            """
              - delete: { action: okta.delete_user, with: { user_id: { from: find.id } } }
              - agree: { approval: { says: Sure?, role: r, expires: 1d, approves: [delete] } }
            """, "approves \"delete\", which is no action behind it"
        ),
        (
            """
              - both:
                  parallel:
                    left:
                      - agree: { approval: { says: Sure?, role: r, expires: 1d, approves: [delete] } }
                    right:
                      - delete: { action: okta.delete_user, with: { user_id: { from: find.id } } }
            """, "approves \"delete\", which is no action behind it"
        ),
        (
            """
              - agree: { approval: { says: Sure?, role: r, expires: 1d, approves: [delete] } }
              - again: { action: okta.lookup_user, with: { login: x } }
              - delete: { action: okta.delete_user, with: { user_id: { from: again.id } } }
            """,
            "f.yaml:9: step agree approves delete, and again.id is known only behind it; put the approval behind step again"
        ),
        (
            """
              - agree: { approval: { says: Sure?, role: r, expires: 1d, approves: [remove] } }
              - groups: { action: okta.user_groups_stream, with: { user_id: { from: find.id } } }
              - leave:
                  for_each: { from: groups.items, as: group }
                  do:
                    - remove: { action: okta.remove_user_from_group, with: { user_id: a, group_id: { from: group.id } } }
            """, "put the approval behind step groups"
        ),
        (
            """
              - agree: { approval: { says: Sure?, role: r, expires: 1d, good_for: 1h } }
            """, "stands beside \"approves\" only"
        ),
        (
            """
              - agree:
                  approval: { says: Sure?, role: r, expires: 1d, approves: [delete], good_for: 8d }
              - delete: { action: okta.delete_user, with: { user_id: { from: find.id } } }
            """, "f.yaml:8: \"good_for\""
        ),
    ]

    @Test("an approval names what comes behind it and is known by then", arguments: wrong)
    func files(_ row: (steps: String, says: String)) async {
        do {
            _ = try FlowChecker.load(Self.flow(row.steps), file: "f.yaml", FakeCatalogue())
            Issue.record("it was taken")
        } catch {
            #expect((error as? HubError)?.message.contains(row.says) == true, "\(error)")
        }
    }
}
