import Core
import Foundation
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

struct OperationTests {
    @Test(
        "versions: a new one is kept beside the old, and a running execution keeps its own",
        arguments: TestStore.allCases)
    func versions(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let source = try example("offboard-leaver")
            try await house.add(source)
            try await house.leaver()
            _ = try await Starter(database: house.database, effects: house.effects.effects).takeMessages()
            let outside = FakeOutside()
            let flows = house.hub(outside: outside)
            let start = try #require(source.range(of: "  - suspend:")).lowerBound
            let end = try #require(source.range(of: "on_error:")).lowerBound
            let shorter = source.replacingCharacters(in: start..<end, with: "")
            let updated = try await flows.call(
                "flow.update", id: "offboard-leaver", ["source": .string(shorter)], house: house)
            #expect(updated["version"] == 2)
            #expect(updated["active"] == true)
            try await house.settle(flows)
            #expect(outside.happened == FakeOutside.offboarding)
            try await house.leaver(2)
            try await house.settle(flows)
            #expect(outside.happened.count == 2 * FakeOutside.offboarding.count - 1)
            let shown = try await flows.call("flow.get", id: "offboard-leaver", house: house)
            #expect(shown["source"] == .string(shorter))
            #expect(shown["versions"]?.array?.map { $0["version"] } == [2, 1])
            #expect(shown["uses"] == ["okta": "okta-prod"])
            #expect(shown["executions"]?.array?.map { $0["version"] } == [2, 1])
        }
    }

    @Test("what is wrong is refused and nothing changes", arguments: TestStore.allCases)
    func refusals(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let flows = house.hub()
            let source = try example("purge-user")
            let bad = await reason { try await flows.call("flow.create", ["source": "flow: x"], house: house) }
            #expect(bad == "bad_flow_file")
            try await house.add(source, active: false)
            let before = try await house.events().count
            let again = await reason { try await flows.call("flow.create", ["source": .string(source)], house: house) }
            #expect(again == "name_taken")
            let inactive = await reason {
                try await flows.call("flow.run", id: "purge-user", ["input": ["login": "a"]], house: house)
            }
            #expect(inactive == "flow_not_active")
            let other = await reason {
                try await flows.call(
                    "flow.update", id: "purge-user", ["source": .string(try example("offboard-leaver"))], house: house)
            }
            #expect(other == "flow_name_differs")
            let unknown = await reason { try await flows.call("flow.get", id: "nothing", house: house) }
            #expect(unknown == "no_such_flow")
            #expect(try await house.events().count == before)
            let check = try await flows.call("flow.check", ["source": .string(source)], house: house)
            #expect(check["flow"] == "purge-user")
            #expect(try await house.events().count == before)
        }
    }

    @Test("a manual flow answers at once, with its inputs checked", arguments: TestStore.allCases)
    func manual(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("purge-user"))
            try await house.add(try example("offboard-leaver"))
            let outside = FakeOutside(refuses: ["delete_user"])
            let flows = house.hub(outside: outside)
            let rows: [(JSONObject, String)] = [
                ([:], "missing_input"), (["input": ["login": 5]], "bad_input"),
                (["input": ["login": "a", "force": true]], "unknown_input"),
            ]
            for (input, expected) in rows {
                let found = await reason {
                    try await flows.call("flow.run", id: "purge-user", input, house: house)
                }
                #expect(found == expected)
            }
            let byHand = await reason { try await flows.call("flow.run", id: "offboard-leaver", house: house) }
            #expect(byHand == "flow_not_manual")
            #expect(try await house.executions().isEmpty)
            let started = try await flows.call("flow.run", id: "purge-user", ["input": ["login": "mara"]], house: house)
            let id = try #require(started["execution"]?.string)
            #expect(outside.happened.isEmpty)
            try await house.settle(flows)
            #expect(outside.happened == [#"lookup_user {"login":"mara"}"#])
            let shown = try await flows.call("execution.get", id: id, house: house)
            #expect(shown["state"] == "failed")
            #expect(shown["reason"] == "action_not_enabled")
            #expect(shown["correlation"] == started["correlation"])
            let sent = shown["steps"]?.array?.map { "\($0["state"]?.string ?? "") \($0["sent"]?.bool ?? true)" }
            #expect(sent == ["done true", "refused false"])
            #expect(outside.causes.map { JSON.string($0.correlation.text) } == [started["correlation"]])
            let failed = try await flows.call(
                "execution.list", ["state": "failed", "flow": "purge-user"], house: house)
            #expect(failed["items"]?.array?.count == 1)
            let done = try await flows.call("execution.list", ["state": "done"], house: house)
            #expect(done["items"] == [])
        }
    }

    @Test("the command line's texts become what the flow declares, or nothing starts", arguments: TestStore.allCases)
    func typedInputs(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(
                """
                flow: typed
                title: Typed
                trigger: { manual: { really: { type: bool }, days: { type: int }, name: { type: text } } }
                steps: [{ a: { record: update, table: t, id: x, set: { a: { from: trigger.input.days } } } }]
                """)
            let flows = house.hub()
            let good: [(JSON, JSON, JSON, JSON)] = [
                ("true", true, "-7", -7), ("false", false, "0", 0), (true, true, 3, 3),
            ]
            for (really, isReally, days, isDays) in good {
                let started = try await flows.call(
                    "flow.run", id: "typed", ["input": ["really": really, "days": days, "name": "true"]], house: house)
                let shown = try await flows.call("execution.get", id: started["execution"]?.string ?? "", house: house)
                #expect(shown["trigger"]?["input"] == ["really": isReally, "days": isDays, "name": "true"])
            }
            let bad: [(JSON, JSON)] = [
                ("True", 1), ("yes", 1), (1, 1), ("", 1), (true, "07"), (true, "+7"), (true, "-0"), (true, " 7"),
                (true, "9223372036854775808"), (true, true),
            ]
            for (really, days) in bad {
                let found = await reason {
                    try await flows.call(
                        "flow.run", id: "typed", ["input": ["really": really, "days": days, "name": "n"]], house: house)
                }
                #expect(found == "bad_input", "\(really) \(days)")
            }
            #expect(try await house.executions().count == good.count)
        }
    }

    @Test("only readers' operations are open to auditors", arguments: [TestStore.sqlite])
    func roles(_ store: TestStore) async throws {
        try await withHouse(store) { house in
            let operations = house.hub().operations
            #expect(operations.allSatisfy { $0.roles.contains(.connectionAdmin) })
            #expect(
                operations.filter { $0.roles.contains(.approver) }.map(\.name) == [
                    "approval.list", "approval.get", "approval.decide",
                ])
            #expect(
                operations.filter { $0.roles.contains(.auditor) }.map(\.name) == [
                    "flow.list", "flow.get", "flow.check", "execution.list", "execution.get",
                    "approval.list", "approval.get",
                ])
            #expect(Set(operations.map(\.name)).count == operations.count)
        }
    }
}
