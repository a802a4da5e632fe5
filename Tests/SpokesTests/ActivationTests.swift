import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Spokes

struct ActivationTests {
    private func ask(
        _ spokes: Spokes, _ effects: TestEffects, _ name: String, _ id: String = "", _ sent: JSONObject = [:]
    ) async throws -> JSON {
        let operation = try #require(spokes.operations.first { $0.name == name })
        let (input, secrets) = try operation.check(sent)
        return try await operation.run(
            OperationRequest(
                id: id, input: input, secrets: secrets, caller: .socket(uid: 0), cause: effects.cause()))
    }

    private func events(_ database: any Database) async throws -> [String] {
        try await database.read { reader in
            try reader.rows("SELECT event FROM audit_pending ORDER BY seq LIMIT 100", []).compactMap {
                try JSON.read(try $0.text("event"))["action"]?.string
            }
        }
    }

    @Test("a spoke's actions exist from its activation to its deactivation", arguments: TestStore.allCases)
    func activation(store: TestStore) async throws {
        let effects = TestEffects()
        try await withSpokes(store, active: [], outside: FakeOutside([]), effects: effects) { spokes, database in
            let wish = call("okta.suspend_user", ["user_id": "1"], effects)
            func gate() async throws -> String? {
                return try await spokes.gate(wish)?.summary.reason
            }
            let listed = try await ask(spokes, effects, "spoke.list")
            #expect(listed.value(at: "/items/0/active") == false)
            let none = try await ask(spokes, effects, "action.list")
            #expect(none["items"] == [])
            var reason = try await gate()
            #expect(reason == "spoke_inactive")
            let on = try await ask(spokes, effects, "spoke.activate", "okta")
            #expect(on["active"] == true)
            _ = try await ask(spokes, effects, "spoke.activate", "okta")
            reason = try await gate()
            #expect(reason == nil)
            let all = try await ask(spokes, effects, "action.list")
            #expect(all["items"]?.array?.count == 59)
            _ = try await ask(spokes, effects, "spoke.deactivate", "okta")
            reason = try await gate()
            #expect(reason == "spoke_inactive")
            let events = try await events(database)
            #expect(
                events == [
                    "configuration.created", "spoke.activated", "configuration.updated", "spoke.deactivated",
                ])
        }
    }

    @Test("an unknown spoke is not activated", arguments: ["nope", "", "OKTA", "okta "])
    func unknown(name: String) async throws {
        let effects = TestEffects()
        try await withSpokes(active: [], outside: FakeOutside([]), effects: effects) { spokes, database in
            await #expect(throws: HubError.self) { try await ask(spokes, effects, "spoke.activate", name) }
            let events = try await events(database)
            #expect(events.isEmpty)
        }
    }

    @Test("only what reads can be run by itself, through the same gate")
    func tryOut() async throws {
        let effects = TestEffects()
        let outside = FakeOutside([reply(200, #"{"id":"1","status":"ACTIVE","profile":{"login":"a"}}"#), reply(429)])
        try await withSpokes(outside: outside, effects: effects) { spokes, database in
            let looked: JSONObject = ["alias": "okta", "input": ["login": "a"]]
            let done = try await ask(spokes, effects, "action.run", "okta.lookup_user", looked)
            #expect(done["outcome"] == "done" && done.value(at: "/output/id") == "1")
            let later = try await ask(spokes, effects, "action.run", "okta.lookup_user", looked)
            #expect(later["outcome"] == "later" && later["until"] != nil)
            let refused = try await ask(
                spokes, effects, "action.run", "okta.lookup_user_profile", ["alias": "okta", "input": ["user_id": "1"]])
            #expect(refused["outcome"] == "refused" && refused["reason"] == "action_not_enabled")
            let bad = try await ask(spokes, effects, "action.run", "okta.lookup_user", ["alias": "okta"])
            #expect(bad["reason"] == "input_invalid")
            let changing: JSONObject = ["alias": "okta", "input": ["user_id": "1"]]
            for name in ["okta.suspend_user", "okta.delete_user", "okta.nope", "nope", ""] {
                await #expect(throws: HubError.self) {
                    try await ask(spokes, effects, "action.run", name, changing)
                }
            }
            #expect(outside.sent.map(\.method) == ["GET", "GET"])
            let events = try await events(database)
            #expect(events == ["action.refused", "action.refused"])
        }
    }
}
