import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Flows

private let canary = "Canary-Passw0rd-never-kept"

private let flow = """
    flow: passwords
    title: Hands passwords on
    trigger:
      manual:
        first: { type: text, sensitive: true }
    uses: { okta: okta }
    steps:
      - set: { action: okta.set_password, with: { user_id: one, password: { from: trigger.input.first } } }
      - make: { action: okta.make_password, with: { user_id: one } }
      - wait: { wait: 1h }
      - pass: { action: okta.set_password, with: { user_id: two, password: { from: make.password } } }
    """

private let catalogue = FakeCatalogue(more: [
    ActionDescription(
        action: ActionName(spoke: "okta", key: "set_password"), title: "Set", repeat: .safe, isStream: false,
        required: ["user_id", "password"], inputs: ["user_id", "password"], outputs: [],
        sensitiveInputs: ["password"]),
    ActionDescription(
        action: ActionName(spoke: "okta", key: "make_password"), title: "Make", repeat: .safe, isStream: false,
        required: ["user_id"], inputs: ["user_id"], outputs: ["password"], sensitiveOutputs: ["password"]),
])

@Suite("Sensitive values") struct SensitiveTests {
    @Test("reach the call that needs them, over a rest too, and stand nowhere", arguments: TestStore.allCases)
    func stayOut(store: TestStore) async throws {
        try await withHouse(store) { house in
            let outside = FakeOutside(script: { call, _ in
                call.action.key == "make_password" ? .done(["password": .string(canary + " made")]) : .done([:])
            })
            let flows = house.hub("hub-1", outside, catalogue: catalogue)
            _ = try await flows.call("flow.create", ["source": .string(flow)], house: house)
            _ = try await flows.call("flow.activate", id: "passwords", house: house)
            let started = try await flows.call(
                "flow.run", id: "passwords", ["input": ["first": .string(canary)]], house: house)
            let id = try #require(started["execution"]?.string)
            _ = try await flows.tick()
            await flows.drain()
            house.effects.advance(seconds: 3_700)
            // Another hub goes on from the journal alone.
            try await house.settle(house.hub("hub-2", outside, catalogue: catalogue))
            #expect(
                outside.calls.map { $0.input["password"] } == [.string(canary), nil, .string(canary + " made")])
            let shown = try await flows.call("execution.get", id: id, house: house)
            #expect(shown["state"] == "done" && !shown.text().contains("Canary"))
            #expect(shown.value(at: "/trigger/input/first") == .string(Sensitive.shown))
            #expect(shown.text().components(of: Sensitive.shown) == 4)
            let kept = try await house.database.read { reader in
                let steps = try reader.rows("SELECT input, output, says FROM execution_step ORDER BY seq LIMIT 100", [])
                let rows = try reader.rows("SELECT trigger FROM execution ORDER BY id LIMIT 100", [])
                let events = try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 1000", [])
                return "\(steps) \(rows) \(events)"
            }
            #expect(!kept.contains("Canary") && kept.contains("sealed:v1:"))
        }
    }

    @Test(
        "go from what is sealed into what is sensitive, and nowhere else",
        arguments: [
            ("password: { from: trigger.input.first }", "password: letmein", "is written out"),
            (
                "password: { from: trigger.input.first }", "password: { from: make.password }",
                "leads to no earlier step"
            ),
            (
                "password: { from: make.password }", "password: { from: trigger.input.open }",
                "it takes a sensitive output"
            ),
            (
                "{ action: okta.make_password, with: { user_id: one } }",
                "{ action: okta.make_password, with: { user_id: { from: trigger.input.first } } }",
                "only an input that an action takes as sensitive"
            ),
            ("{ wait: 1h }", "{ wait: { until: { from: make.password } } }", "only an input that an action takes"),
        ])
    func files(_ from: String, _ to: String, _ says: String) async throws {
        let source = flow.replacing(from, with: to).replacing(
            "first: { type: text, sensitive: true }",
            with: "first: { type: text, sensitive: true }\n    open: { type: text, required: false }")
        try #require(source != flow)
        let problem = #expect(throws: HubError.self) {
            _ = try FlowChecker.load(source, file: "f.yaml", catalogue)
        }
        #expect(problem?.message.contains(says) == true, "\(problem?.message ?? "")")
    }

    @Test("a value under another key does not open")
    func otherKey() throws {
        let effects = TestEffects().effects
        let one = ValueSeal(key: Secret([UInt8](repeating: 1, count: 32)), effects: effects)
        let two = ValueSeal(key: Secret([UInt8](repeating: 2, count: 32)), effects: effects)
        let sealed = try one.seal(["a"], in: ["a": "x", "b": "y"])
        #expect(sealed["b"] == "y" && ValueSeal.isSealed(sealed["a"] ?? .null))
        #expect(try one.open(["a"], in: sealed) == ["a": "x", "b": "y"])
        #expect(throws: HubError.self) { try two.open(["a"], in: sealed) }
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        split(separator: part, omittingEmptySubsequences: false).count - 1
    }
}

@Suite("What became of a step") struct FlowJournalTests {
    @Test("is told by its latest attempt", arguments: TestStore.allCases)
    func standing(store: TestStore) async throws {
        try await withHouse(store) { house in
            try await house.add(try example("offboard-leaver"))
            try await house.leaver()
            try await house.settle(house.hub(outside: FakeOutside()))
            let id = try #require(try await house.executions().first?.id)
            let journal = FlowJournal(database: house.database)
            let steps = try await house.database.read { reader in
                try reader.rows("SELECT path, output FROM execution_step ORDER BY seq LIMIT 100", []).map {
                    (path: try $0.text("path"), hasItems: try $0.text("output").contains("\"items\""))
                }
            }
            #expect(steps.contains { $0.hasItems } && steps.contains { !$0.hasItems })
            for step in steps {
                #expect(try await journal.standing(of: "\(id)/\(step.path)") == (step.hasItems ? .taken : .lost))
            }
            let listing = try #require(steps.first { $0.hasItems }?.path)
            for (state, output, execution, expected) in [
                ("sent", "null", "running", StepStanding.open), ("sent", "null", "cancelled", .lost),
                ("in_doubt", "null", "in_doubt", .open), ("failed", "null", "failed", .lost),
            ] {
                try await house.database.write(.bookkeeping("test")) { writer in
                    try writer.run(
                        "UPDATE execution_step SET state = $1, output = $2 WHERE path = $3",
                        [.text(state), .text(output), .text(listing)])
                    try writer.run("UPDATE execution SET state = $1", [.text(execution)])
                }
                #expect(try await journal.standing(of: "\(id)/\(listing)") == expected, "\(state) in \(execution)")
            }
            #expect(try await journal.standing(of: "nobody/x") == .lost)
            #expect(try await journal.standing(of: "") == .lost)
        }
    }
}
