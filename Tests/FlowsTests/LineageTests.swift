import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

/// Who and what led to an execution: it goes along with each change, and is never guessed.
struct LineageTests {
    private static let writer = """
        flow: writer
        title: Writer
        trigger: { record: hr_leaver, when: inserted }
        steps: [{ mark: { record: update, table: t, id: x, set: { a: b } } }]
        """

    @Test("a flow's change carries every flow and everybody behind it", arguments: TestStore.allCases)
    func carried(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.writer)
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            let chain = (0..<250).map { "flow-\($0)" }
            try await house.leaver(chain: chain, by: ["client:c1", "user:ann"])
            try await house.settle(flows)
            #expect(outside.led == [Lineage(chain: chain + ["writer"], origins: ["client:c1", "user:ann"])])
        }
    }

    @Test("people behind an approval that cannot be read are not nobody", arguments: TestStore.allCases)
    func corrupt(_ store: TestStore) async throws {
        for origins in ["null", #"{"user:id-ann":1}"#, #"["user:id-ann",1]"#, "[", ""] {
            try await withHouse(store) { house in
                try await house.add(ApprovalTests.flow)
                let flows = house.hub()
                _ = try await flows.call("flow.run", id: "careful", ["input": ["login": "mara"]], house: house)
                _ = try await flows.tick()
                await flows.drain()
                let id = try await house.database.write(.bookkeeping("test")) { writer in
                    try writer.returning("UPDATE approval SET origins = $1 RETURNING id", [.text(origins)])[0].text(
                        "id")
                }
                let found = await reason {
                    try await flows.call(
                        "approval.decide", id: id, ["outcome": "approve"], as: ApprovalTests.person("bob"), house)
                }
                #expect(found == "bad_row", "\(origins)")
            }
        }
    }

    /// A whole message without one member, or with another value of it.
    private static let messages: [String] = {
        let whole: JSONObject = [
            "change": "c1", "table": "hr_leaver", "sys_id": "s1", "kind": "inserted", "record": ["sys_id": "s1"],
            "correlation": "c-0000000000000", "chain": [], "by": ["user:ann"],
        ]
        let without = whole.members.map { member in
            var message = whole
            message[member.name] = nil
            return JSON.object(message).text()
        }
        let wrong: [(String, JSON)] = [
            ("by", ["flow:writer"]), ("by", [1]), ("by", "user:ann"), ("chain", ["a", nil]), ("correlation", "x"),
            ("record", []), ("change", ""),
        ]
        return without
            + wrong.map { name, value in
                var message = whole
                message[name] = value
                return JSON.object(message).text()
            } + ["{", "[]", ""]
    }()

    @Test(
        "a message that says too little starts nothing, is audited, and holds up no other",
        arguments: TestStore.allCases)
    func malformed(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(Self.writer)
            let flows = house.hub()
            try await house.database.write(.bookkeeping("test")) { writer in
                for message in Self.messages {
                    try writer.run("INSERT INTO outbox (topic, payload) VALUES ('record_change', $1)", [.text(message)])
                }
            }
            try await house.leaver(2)
            try await house.settle(flows)
            #expect(try await house.executions().count == 1)
            let refused = try await house.events("execution.refused").compactMap { $0["details"]?["reason"]?.string }
            #expect(refused == Array(repeating: "bad_message", count: Self.messages.count))
            let left = try await house.database.read { try Outbox.waiting(.recordChange, most: 10, in: $0).count }
            #expect(left == 0)
        }
    }
}
