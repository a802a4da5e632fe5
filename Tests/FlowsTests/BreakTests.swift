import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

/// Executions that something in the hub stops: told, hiding no other, and ended after a while.
struct BreakTests {
    private func play(_ house: House, _ flows: Flows) async throws {
        for _ in 0..<(Limits.executionBreaks.value + 2) {
            _ = try await flows.tick()
            await flows.drain()
            house.effects.advance(seconds: Int64(Limits.executionClaimSeconds.value) + 1)
        }
    }

    @Test("a journal that cannot be read ends its execution, each one told by itself", arguments: TestStore.allCases)
    func poisoned(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(
                """
                flow: slow
                title: Slow
                trigger: { record: hr_leaver, when: inserted }
                uses: { okta: okta-prod }
                steps: [{ a: { wait: 1h } }, { b: { action: okta.delete_user, with: { user_id: u } } }]
                """)
            for number in 1...3 { try await house.leaver(number) }
            let (told, outside) = (Told(), FakeOutside())
            let flows = house.hub("hub-1", outside, broke: told)
            _ = try await flows.tick()
            await flows.drain()
            let ids = try await house.executions().map(\.id)
            try await house.database.write(.bookkeeping("test")) { writer in
                for id in ids.dropLast() {
                    try writer.run("UPDATE execution_step SET input = '{' WHERE execution_id = $1", [.text(id)])
                }
            }
            house.effects.advance(seconds: 3_601)
            try await play(house, flows)
            let ended = try await house.executions().sorted { $0.id < $1.id }
            let broken = Set(ids.dropLast())
            #expect(
                ended.filter { $0.reason == "execution_broken" && $0.state == "failed" }.map(\.id) == broken.sorted())
            #expect(ended.count { $0.state == "done" } == 1)
            #expect(told.all.sorted() == ["slow false", "slow false", "slow true", "slow true"])
            #expect(told.executions == broken)
            let events = try await house.events("execution.ended").filter {
                $0["details"]?["reason"] == "execution_broken"
            }
            #expect(events.count == 2)
        }
    }

    @Test("an execution that cannot be read stands in no other's way", arguments: TestStore.allCases)
    func unreadable(_ store: TestStore) async throws {
        for damage: SQL in [
            "UPDATE execution SET chain = '{}' WHERE id = $1", "UPDATE execution SET origins = '[1]' WHERE id = $1",
            "UPDATE execution SET trigger = '{' WHERE id = $1", "UPDATE execution SET correlation = '' WHERE id = $1",
        ] {
            try await withHouse(store) { house in
                try await house.add(try example("offboard-leaver"))
                for number in 1...2 { try await house.leaver(number) }
                _ = try await Starter(database: house.database, effects: house.effects.effects).takeMessages()
                let first = try await house.executions()[0].id
                try await house.database.write(.bookkeeping("test")) { try $0.run(damage, [.text(first)]) }
                let told = Told()
                let flows = house.hub("hub-1", FakeOutside(), broke: told)
                try await house.settle(flows)
                let ended = try await house.executions()
                #expect(ended.first { $0.id == first }?.reason == "execution_broken", "\(damage.text)")
                #expect(ended.count { $0.state == "done" } == 1, "\(damage.text)")
                #expect(told.all == ["offboard-leaver true"] && told.executions == [first])
            }
        }
    }

    @Test("a change that cannot be acted on holds up none that came before it", arguments: TestStore.allCases)
    func unstartable(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.add(
                """
                flow: other
                title: Other
                trigger: { record: incident, when: inserted }
                steps: [{ a: { record: update, table: t, id: x, set: { a: b } } }]
                """)
            for number in 1...2 { try await house.leaver(number) }
            try await house.database.write(.bookkeeping("test")) { writer in
                let row = try #require(
                    try writer.rows("SELECT payload FROM outbox ORDER BY seq LIMIT 1", []).first)
                let payload = try row.text("payload").replacing("hr_leaver", with: "incident")
                try Outbox.publish(.recordChange, JSON.read(payload), in: writer)
                try writer.run("UPDATE flow SET conditions = '{' WHERE name = 'other'", [])
            }
            let starter = Starter(database: house.database, effects: house.effects.effects)
            await #expect(throws: (any Error).self) { _ = try await starter.takeMessages() }
            #expect(try await house.executions().count == 2)
        }
    }

    @Test("what left before it broke stays in doubt, for a re-run too", arguments: TestStore.allCases)
    func doubt(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(
                """
                flow: purge
                title: Purge
                trigger: { manual: { login: { type: text } } }
                uses: { okta: okta-prod }
                steps: [{ b: { action: okta.delete_user, with: { user_id: u } } }]
                """)
            // The port breaks while the call is under way.
            let outside = FakeOutside(during: { _ in throw Broken() })
            let flows = house.hub("hub-1", outside, catalogue: FakeCatalogue(repeats: .lookUp), broke: nil)
            let started = try await flows.call("flow.run", id: "purge", ["input": ["login": "m"]], house: house)
            let id = try #require(started["execution"]?.string)
            _ = try await flows.tick()
            await flows.drain()
            try await house.database.write(.bookkeeping("test")) { writer in
                try writer.run("UPDATE execution_step SET input = '{' WHERE execution_id = $1", [.text(id)])
            }
            try await play(house, flows)
            #expect(try await house.executions().map(\.reason) == ["execution_broken"])
            #expect(try await house.journal() == ["b#1 in_doubt"])
            try await house.database.write(.bookkeeping("test")) { writer in
                try writer.run("UPDATE execution_step SET input = '{}' WHERE execution_id = $1", [.text(id)])
            }
            _ = try await flows.call("execution.rerun", id: id, house: house)
            _ = try await flows.tick()
            await flows.drain()
            #expect(outside.happened.count == 1, "a re-run sends nothing again by itself")
            #expect(try await house.executions().map(\.state).sorted() == ["failed", "in_doubt"])
        }
    }

    private struct Broken: Error {}

    @Test("a store that is not there for a while is no fault of the execution", arguments: TestStore.allCases)
    func unavailable(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            let away = HubError(.unavailable, "store_unreachable", "Away.")
            let (told, outside) = (Told(), FakeOutside(during: { _ in throw away }))
            let flows = house.hub("hub-1", outside, broke: told)
            for _ in 0..<3 {
                _ = try await flows.tick()
                await flows.drain()
                await #expect(throws: HubError.self) { try await flows.tick() }
                house.effects.advance(seconds: Int64(Limits.executionClaimSeconds.value) + 1)
            }
            #expect(told.all.isEmpty)
            let breaks = try await house.database.read { reader in
                try reader.row("SELECT breaks FROM execution ORDER BY id LIMIT 1", [])?.int("breaks")
            }
            #expect(breaks == 0)
        }
    }

    @Test(
        "a stored flow that cannot be read is one error everywhere, and a sub-flow's step fails with it",
        arguments: TestStore.allCases)
    func badStoredFlow(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(
                """
                flow: child
                title: Child
                trigger: manual
                steps: [{ a: { record: update, table: t, id: x, set: { a: b } } }]
                """)
            try await house.add(
                """
                flow: parent
                title: Parent
                trigger: manual
                steps: [{ sub: { flow: child } }]
                """)
            let flows = house.hub()
            let old = try await flows.call("flow.run", id: "child", house: house)
            try await house.settle(flows)
            try await house.database.write(.bookkeeping("test")) { writer in
                try writer.run(
                    """
                    UPDATE flow_version SET source = 'nonsense' WHERE flow_id IN
                    (SELECT id FROM flow WHERE name = 'child')
                    """, [])
            }
            let id = try #require(old["execution"]?.string)
            for (operation, row) in [
                ("flow.get", "child"), ("flow.run", "child"), ("flow.test", "child"), ("execution.get", id),
                ("execution.rerun", id),
            ] {
                let found = await reason { try await flows.call(operation, id: row, house: house) }
                #expect(found == "bad_stored_flow", "\(operation)")
            }
            let asked = await reason {
                try await house.database.read { try Flows.activeFlow(using: ["a"], in: $0) ?? "" }
            }
            #expect(asked == "bad_stored_flow")
            _ = try await flows.call("flow.run", id: "parent", house: house)
            try await house.settle(flows)
            #expect(try await house.executions().contains { $0.reason == "bad_stored_flow" && $0.state == "failed" })
        }
    }

    /// An answer of a provider and whether the journal takes it.
    private static let answers: [(answer: JSON, isKept: Bool)] = [
        (["items": .array((0..<6_000).map { ["id": .string("g\($0)"), "type": "BUILT_IN"] })], true),
        (["items": .array((0..<9_000).map { ["id": .string("g\($0)"), "type": "BUILT_IN"] })], false),
        (["items": (0..<40).reduce(JSON.array([])) { inner, _ in .array([inner]) }], false),
    ]

    @Test("what is journaled can be read back; what cannot is said at once", arguments: TestStore.allCases, 0..<3)
    func readBack(_ store: TestStore, _ row: Int) async throws {
        try await withHouse(store) { house in
            try await house.add(
                """
                flow: slow
                title: Slow
                trigger: manual
                uses: { okta: okta-prod }
                steps:
                  - groups: { action: okta.user_groups_stream, with: { user_id: u } }
                  - pause: { wait: 1m }
                """)
            let told = Told()
            let (answer, isKept) = Self.answers[row]
            let flows = house.hub("hub-1", FakeOutside(script: { _, _ in .done(answer) }), broke: told)
            _ = try await flows.call("flow.run", id: "slow", house: house)
            try await house.settle(flows)
            #expect(try await house.executions().map(\.reason) == [isKept ? "" : "result_too_large"])
            #expect(told.all.isEmpty)
        }
    }
}
