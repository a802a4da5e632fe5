import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

/// Bounds that must not be silent: lists go on, flows past a page start, a full hub says so.
struct PageTests {
    private static func flow(_ number: Int) -> String {
        """
        flow: f-\(number)
        title: F
        trigger: { record: hr_leaver, when: inserted }
        steps: [{ mark: { record: update, table: t, id: x, set: { a: b } } }]
        """
    }

    /// So many flows on one table, as `flow.create` and `flow.activate` leave them.
    private func add(_ count: Int, _ house: House) async throws {
        try await house.add(Self.flow(0))
        try await house.database.write(.bookkeeping("test")) { writer in
            for number in 1..<count {
                try writer.run(
                    """
                    INSERT INTO flow (id, name, title, application, active, current_version, trigger_table, trigger_when,
                    conditions, created_at, updated_at)
                    SELECT $1, $2, title, application, 1, 1, trigger_table, trigger_when, conditions, 1, 1 FROM flow
                    WHERE name = 'f-0'
                    """, [.text("id-\(number)"), .text("f-\(number)")])
                try writer.run(
                    """
                    INSERT INTO flow_version (flow_id, version, source, sha256, created_at, created_by)
                    VALUES ($1, 1, $2, '', 1, 'x')
                    """, [.text("id-\(number)"), .text(Self.flow(number))])
            }
        }
    }

    /// All rows of a list, page after page.
    private func all(
        _ list: String, _ input: JSONObject = [:], as caller: Principal = .socket(uid: 0), by flows: Flows,
        in house: House
    ) async throws -> [JSON] {
        var (items, sent): ([JSON], JSONObject) = ([], input)
        for _ in 0..<20 {
            let page = try await flows.call(list, sent, as: caller, house)
            items += page["items"]?.array ?? []
            guard let next = page["next"] else { return items }
            sent["after"] = next
        }
        Issue.record("\(list) never ends")
        return items
    }

    @Test("every flow of a table starts, and every list can be read to its end", arguments: TestStore.allCases)
    func beyond(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let most = Limits.pageRows.value
            try await add(most + 1, house)
            try await house.leaver()
            let flows = house.hub()
            #expect(try await Starter(database: house.database, effects: house.effects.effects).takeMessages() == 1)
            #expect(try await house.executions().count == most + 1)
            #expect(
                Set(try await all("flow.list", by: flows, in: house).compactMap { $0["name"]?.string }).count == most
                    + 1)
            for input: JSONObject in [[:], ["state": "waiting"]] {
                let found = try await all("execution.list", input, by: flows, in: house)
                #expect(Set(found.compactMap { $0["id"]?.string }).count == most + 1 && found.count == most + 1)
            }
            #expect(try await all("execution.list", ["flow": "f-7"], by: flows, in: house).count == 1)
            #expect(try await all("execution.list", ["flow": "f-7", "state": "done"], by: flows, in: house).isEmpty)
        }
    }

    @Test("approvals of others do not hide one's own", arguments: TestStore.allCases)
    func approvals(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let most = Limits.pageRows.value
            try await house.database.write(.bookkeeping("test")) { writer in
                for number in 0..<(3 * most) {
                    try writer.run(
                        """
                        INSERT INTO approval (id, execution_id, path, flow, says, show, role, origins, state,
                        requested_at, expires_at)
                        VALUES ($1, $1, 'a', 'f', 's', '{}', $2, '[]', 'pending', 1, $3)
                        """,
                        [.text("a\(number)"), .text(number % 2 == 0 ? "other" : "it_manager"), .int(Int64(number / 3))])
                }
            }
            let found = try await all("approval.list", as: ApprovalTests.person("bob"), by: house.hub(), in: house)
            #expect(found.count == 3 * most / 2)
            #expect(Set(found.compactMap { $0["id"]?.string }).count == 3 * most / 2)
        }
    }

    @Test("there are no more flows than the starts look at", arguments: TestStore.allCases)
    func full(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await add(Limits.flows.value, house)
            let found = await reason {
                try await house.hub().call("flow.create", ["source": .string(Self.flow(9_999))], house: house)
            }
            #expect(found == "too_many_flows")
        }
    }

    /// A hub that has run the first flow to its end.
    private func done(_ house: House) async throws -> Flows {
        try await house.add(Self.flow(0))
        try await house.leaver()
        let flows = house.hub()
        try await house.settle(flows)
        return flows
    }

    @Test("a long journal is shown page by page, and what ended badly on each", arguments: TestStore.allCases)
    func steps(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let flows = try await done(house)
            let id = try await house.executions()[0].id
            let most = Limits.executionStepPage.value
            try await house.database.write(.bookkeeping("test")) { writer in
                for number in 2...(most + 1) {
                    try writer.run(
                        """
                        INSERT INTO execution_step (execution_id, seq, path, attempt, state, input, output, reason, says,
                        planned_at) VALUES ($1, $2, $3, 1, $4, '{}', '{}', '', '', 1)
                        """,
                        [
                            .text(id), .int(Int64(number)), .text("p\(number)"),
                            .text(number == most + 1 ? "in_doubt" : "done"),
                        ])
                }
            }
            let first = try await flows.call("execution.get", id: id, house: house)
            #expect(first["steps"]?.array?.count == most)
            #expect(first["ended_badly"]?.array?.compactMap { $0["path"]?.string } == ["p\(most + 1)"])
            let next = try #require(first["next_step"])
            let rest = try await flows.call("execution.get", id: id, ["after_step": next], house: house)
            #expect(rest["steps"]?.array?.compactMap { $0["path"]?.string } == ["p\(most + 1)"])
            #expect(rest["next_step"] == .null)
        }
    }

    @Test("a step that was put off is shown as waiting, because it goes on by itself", arguments: TestStore.allCases)
    func putOff(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let flows = try await done(house)
            let id = try await house.executions()[0].id
            try await house.database.write(.bookkeeping("test")) { writer in
                for (number, due) in [(8, SQLValue.null), (9, .int(2))] {
                    try writer.run(
                        """
                        INSERT INTO execution_step (execution_id, seq, path, attempt, state, input, output, reason, says,
                        planned_at, due_at) VALUES ($1, $2, $3, 1, 'planned', '{}', '{}', '', '', 1, $4)
                        """, [.text(id), .int(Int64(number)), .text("p\(number)"), due])
                }
            }
            let steps = try await flows.call("execution.get", id: id, house: house)["steps"]?.array ?? []
            func state(_ path: String) -> JSON? { steps.first { $0["path"] == .string(path) }?["state"] }
            #expect(state("p8") == "planned" && state("p9") == "waiting")
        }
    }

    @Test("what a restore ends, it ends in bounded transactions; what left is in doubt", arguments: TestStore.allCases)
    func restored(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let most = Limits.pageRows.value
            try await house.database.write(.bookkeeping("test")) { writer in
                for number in 0...most {
                    try writer.run(
                        """
                        INSERT INTO execution (id, flow_id, flow, version, state, trigger, correlation, chain, started_by,
                        started_at, reason, says, claimed_by, claimed_until, fence)
                        VALUES ($1, 'f', 'f', 1, 'running', '{}', 'c', '[]', 'x', 1, '', '', 'h', 0, 1)
                        """, [.text("e\(number)")])
                }
                for (path, state, output) in [
                    ("a", "sent", "null"), ("b", "planned", "null"), ("c", "planned", #"{"may_have_happened":true}"#),
                    ("d", "done", "{}"),
                ] {
                    try writer.run(
                        """
                        INSERT INTO execution_step (execution_id, seq, path, attempt, state, input, output, reason, says,
                        planned_at) SELECT 'e0', COALESCE(MAX(seq), 0) + 1, $1, 1, $2, '{', $3, '', '', 1
                        FROM execution_step
                        """, [.text(path), .text(state), .text(output)])
                }
            }
            var ended: [Int] = []
            for _ in 0..<3 {
                ended.append(
                    try await house.database.write(.bookkeeping("test")) { writer in
                        try Flows.endWhatRan(by: house.effects.cause(), in: writer)
                    })
            }
            #expect(ended == [most, 1, 0])
            #expect(try await house.journal() == ["a#1 in_doubt", "b#1 planned", "c#1 in_doubt", "d#1 done"])
        }
    }

    @Test("old sources of a flow go, unless an execution has them", arguments: TestStore.allCases)
    func versions(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let flows = try await done(house)
            let most = Int64(Limits.flowVersions.value)
            try await house.database.write(.bookkeeping("test")) { writer in
                let id = try FlowStore.flow("f-0", in: writer).id
                for version in 2...(most + 4) {
                    try writer.run(
                        """
                        INSERT INTO flow_version (flow_id, version, source, sha256, created_at, created_by)
                        VALUES ($1, $2, $3, '', 1, 'x')
                        """, [.text(id), .int(version), .text(Self.flow(0))])
                }
                try writer.run("UPDATE flow SET current_version = $1", [.int(most + 4)])
            }
            _ = try await flows.call("flow.update", id: "f-0", ["source": .string(Self.flow(0))], house: house)
            let left = try await house.database.read { reader in
                try reader.rows("SELECT version FROM flow_version ORDER BY version LIMIT 1000", []).map {
                    try $0.int("version")
                }
            }
            #expect(left == [1] + Array(6...(most + 5)))
        }
    }

    @Test("a journal that holds too much takes no further step")
    func bytes() throws {
        let flow = try FlowReader.read(Self.flow(0), file: "f.yaml")
        let now = Timestamp(epochSeconds: 1_790_000_000)
        let machine = ExecutionMachine(flow: flow, trigger: [:], startedAt: now, repeats: { _ in .ask })
        let text = JSON.string(String(repeating: "x", count: Limits.journalValueBytes.value - 2))
        let count = Limits.journalBytes.value / Limits.journalValueBytes.value
        for (held, reason) in [(count, "journal_full"), (count - 1, "")] {
            let journal = Journal(
                (0..<held).map { JournalEntry(path: "p\($0)", attempt: 1, state: .done, output: text) })
            #expect(machine.next(journal, .init(now: now)).keep.map(\.reason) == [reason])
        }
    }
}
