import Core
import Ports
import TestSupport
import Testing

@testable import Flows

/// A hub that is killed anywhere in a flow with branches, a wait, an approval and a sub-flow.
struct BranchCrashTests {
    private static let flow = """
        flow: wide
        title: Wide
        trigger: { record: hr_leaver, when: inserted }
        uses: { okta: okta-prod }
        steps:
          - both:
              parallel:
                a: [{ a1: { action: okta.suspend_user, with: { user_id: a1 } } }, { a2: { wait: 1m } }]
                b: [{ sub: { flow: narrow } }]
                c: [{ agree: { approval: { says: Sure?, role: it_manager, expires: 300d } } }]
          - last: { action: okta.delete_user, with: { user_id: u } }
        """
    private static let narrow = """
        flow: narrow
        title: Narrow
        trigger: manual
        uses: { okta: okta-prod }
        steps: [{ n1: { action: okta.clear_user_session, with: { user_id: n1 } } }]
        """

    private func turn(_ house: House, _ flows: Flows) async throws {
        for _ in 0..<4 {
            _ = try await flows.tick()
            await flows.drain()
            for item in try await flows.call("approval.list", house: house)["items"]?.array ?? [] {
                _ = try await flows.call(
                    "approval.decide", id: item["id"]?.string ?? "", ["outcome": "approve"],
                    as: ApprovalTests.person("bob"), house)
            }
            house.effects.advance(seconds: 61)
        }
    }

    @Test(
        "nothing happens twice, one question, one sub-flow, every doubt shown", arguments: TestStore.allCases,
        [Repeat.ask, .safe])
    func anywhere(_ store: TestStore, _ repeats: Repeat) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.flow)
            try await house.add(Self.narrow)
            let catalogue = FakeCatalogue(repeats: repeats)
            var point = 0
            var isKilled = true
            while isKilled, point < 200 {
                try await house.leaver(point)
                let death = Death(at: point)
                let first = FakeOutside(death: death)
                let dying = house.hub("hub-1", first, catalogue: catalogue, death: death)
                do { try await turn(house, dying) } catch is Killed {}
                await dying.drain()
                isKilled = death.seen > point
                house.effects.advance(seconds: 61)
                let second = FakeOutside()
                let heir = house.hub("hub-2", second, catalogue: catalogue)
                try await turn(house, heir)
                for _ in 0..<2 {
                    try await decideDoubts(house, heir, first.happened + second.happened)
                    try await turn(house, heir)
                }
                let happened = first.happened + second.happened
                #expect(Set(happened).count == 3, "killed at \(point)")
                if repeats == .ask { #expect(happened.count == 3, "killed at \(point)") }
                point += 1
            }
            #expect(!isKilled && point > 15)
            let executions = try await house.executions()
            #expect(executions.count == 2 * point)
            #expect(executions.allSatisfy { $0.state == "done" })
            #expect(try await house.events("approval.requested").count == point)
            #expect(try await house.events("approval.decided").count == point)
        }
    }

    /// A person looks outside: what happened is done, what did not is sent again.
    private func decideDoubts(_ house: House, _ flows: Flows, _ happened: [String]) async throws {
        for execution in try await house.executions() where execution.state == "in_doubt" {
            let shown = try await flows.call("execution.get", id: execution.id, house: house)
            for step in shown["steps"]?.array ?? [] where step["state"] == "in_doubt" {
                let user = step.value(at: "/input/user_id")?.string ?? ""
                let outcome = happened.contains { $0.contains("\"\(user)\"") } ? "done" : "repeat"
                _ = try await flows.call(
                    "execution.decide", id: execution.id,
                    ["step": try #require(step["path"]), "outcome": .string(outcome)], house: house)
                // One doubt is decided at a time; what else is in doubt stops it again.
                break
            }
        }
    }
}
