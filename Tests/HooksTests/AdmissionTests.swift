import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Hooks

@Suite("Who may send") struct AdmissionTests {
    /// What is sent where, after what was done; and why it is refused.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var first: @Sendable (HookHouse) async throws -> Void = { _ in }
        var values: @Sendable (_ secret: String) -> [String] = { [$0] }
        var spoke = "toy"
        var hook = "feed"
        let refused: String?
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "the secret", refused: nil),
        Row(name: "none", values: { _ in [] }, refused: "hook_secret_missing"),
        Row(name: "an empty one", values: { _ in [""] }, refused: "hook_secret_wrong"),
        Row(name: "another", values: { _ in ["lphs_guess"] }, refused: "hook_secret_wrong"),
        Row(name: "one character more", values: { [$0 + "a"] }, refused: "hook_secret_wrong"),
        Row(name: "twice", values: { [$0, $0] }, refused: "hook_secret_wrong"),
        Row(name: "another hook", hook: "feeds", refused: "hook_unknown"),
        Row(name: "another spoke", spoke: "okta", refused: "hook_unknown"),
        Row(
            name: "the former secret, a day long",
            first: { house in
                _ = try await house.rotate()
                house.effects.advance(seconds: Int64(Limits.hookOldSecretSeconds.value) - 1)
            }, refused: nil),
        Row(
            name: "the former secret, after its day",
            first: { house in
                _ = try await house.rotate()
                house.effects.advance(seconds: Int64(Limits.hookOldSecretSeconds.value))
            }, refused: "hook_secret_wrong"),
        Row(
            name: "the one before the former",
            first: { house in for _ in 0..<2 { _ = try await house.rotate() } }, refused: "hook_secret_wrong"),
        Row(
            name: "a hook that is off",
            first: { try await $0.call("hook.update", id: "feed", ["active": false]) }, refused: "hook_inactive"),
        Row(
            name: "a deleted hook", first: { try await $0.call("hook.delete", id: "feed") }, refused: "hook_unknown"),
        Row(name: "a spoke that is off", first: { $0.provider.deactivate("toy") }, refused: "spoke_inactive"),
        Row(
            name: "in another header than the hook's",
            first: { try await $0.call("hook.update", id: "feed", ["header": "X-Toy-Proof"]) },
            refused: "hook_secret_missing"),
    ]

    @Test("only the hook's secret, in its header, once", arguments: TestStore.allCases, rows)
    func admission(_ store: TestStore, _ row: Row) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            try await row.first(house)
            switch try await house.admit(row.values(secret), spoke: row.spoke, hook: row.hook) {
            case .proved(let proved): #expect(row.refused == nil && proved.name == "feed")
            case .refused(let reason): #expect(reason == row.refused)
            }
        }
    }

    @Test("an id is no address, and a hook without a secret lets nobody in", arguments: TestStore.allCases)
    func without(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let made = try await house.call("hook.create", ["name": "feed", "spoke": "toy"])
            let id = try #require(made["id"]?.string)
            for hook in ["feed", id] {
                for values in [["anything"], [""], [String(repeating: "\0", count: 32)]] {
                    guard case .refused = try await house.admit(values, hook: hook) else {
                        Issue.record("\(hook) let in \(values)")
                        continue
                    }
                }
            }
            #expect(try await house.findings() == ["no_secret"])
        }
    }

    @Test("a secret is shown once and kept nowhere", arguments: TestStore.allCases)
    func shownOnce(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            let secret = try await house.feed()
            #expect(secret.hasPrefix("lphs_"))
            let shown = try await house.call("hook.get", id: "feed").text() + house.call("hook.list").text()
            #expect(!shown.contains(secret))
            let rows = try await house.database.read { reader in
                try reader.rows("SELECT * FROM hook ORDER BY id LIMIT 10", []).map { "\($0)" }
                    + reader.rows("SELECT * FROM config_history ORDER BY seq LIMIT 100", []).map { "\($0)" }
                    + reader.rows("SELECT * FROM audit_pending ORDER BY seq LIMIT 100", []).map { "\($0)" }
            }
            #expect(!rows.joined().contains(secret))
            #expect(
                try await house.events("hook.").map { $0["action"]?.string } == ["hook.secret_made", "hook.verified"])
        }
    }

    @Test(
        "what cannot be chosen",
        arguments: [
            (["name": "Feed", "spoke": "toy"], "bad_name"), (["name": "a/b", "spoke": "toy"], "bad_name"),
            (["name": "feed", "spoke": "okta"], "no_hooks"),
            (["name": "feed", "spoke": "toy", "header": "Authorization"], "bad_header"),
            (["name": "feed", "spoke": "toy", "header": "x y"], "bad_header"),
            (["name": "feed", "spoke": "toy", "types": ["a\" or id pr"]], "bad_type"),
            (["name": "feed", "spoke": "toy", "types": [""]], "bad_field"),
        ] as [(JSONObject, String)])
    func choices(_ input: JSONObject, _ wanted: String) async throws {
        try await HookHouse.with(.sqlite) { house in
            #expect(await reason { try await house.call("hook.create", input) } == wanted)
        }
    }

    @Test("a name is taken once", arguments: TestStore.allCases)
    func taken(_ store: TestStore) async throws {
        try await HookHouse.with(store) { house in
            try await house.feed()
            let found = await reason { try await house.call("hook.create", ["name": "feed", "spoke": "toy"]) }
            #expect(found == "name_taken")
        }
    }
}
