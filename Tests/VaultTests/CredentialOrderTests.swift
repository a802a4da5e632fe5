import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

struct CredentialOrderTests {
    /// A second and a third key beside the rig's `key`, all at connection `prod`.
    private func furnish(_ rig: VaultRig, orders: [Int64?]) async throws {
        try await rig.furnish()
        for (index, name) in ["key", "key-b", "key-c"].enumerated() {
            if index > 0 {
                try await rig.run(
                    "credential.create", "",
                    ["name": .string(name), "kind": "api_key", "secret": .string("s3cret-\(index + 1)")])
                try await rig.run("connection.add-credential", "prod", ["credential": .string(name)])
            }
            if let order = orders[index] { try await rig.run("credential.update", name, ["order": .int(order)]) }
        }
    }

    private func names(_ rig: VaultRig) async throws -> [String] { try await rig.resolvedAll().map(\.name) }

    struct Row: Sendable, CustomTestStringConvertible {
        let orders: [Int64?]
        let expected: [String]
        var testDescription: String { "\(orders) -> \(expected)" }
    }

    @Test(
        "the lowest order first, none last",
        arguments: [
            Row(orders: [100, 200, 300], expected: ["key", "key-b", "key-c"]),
            Row(orders: [3, 2, 1], expected: ["key-c", "key-b", "key"]),
            Row(orders: [nil, 1, 0], expected: ["key-c", "key-b", "key"]),
            Row(orders: [1_000_000, nil, 999_999], expected: ["key-c", "key", "key-b"]),
        ], TestStore.allCases)
    func order(row: Row, store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await furnish(rig, orders: row.orders)
            for _ in 0..<5 {
                let found = try await names(rig)
                #expect(found == row.expected)
            }
        }
    }

    @Test(
        "equal or missing orders fall as the dice do", arguments: [[Int64?](repeating: 7, count: 3), [nil, nil, nil]])
    func shuffled(orders: [Int64?]) async throws {
        try await VaultRig.with(.sqlite) { rig in
            try await furnish(rig, orders: orders)
            var seen: Set<[String]> = []
            for _ in 0..<100 { seen.insert(try await names(rig)) }
            #expect(seen.count == 6)
        }
    }

    @Test("the same dice give the same order")
    func dice() throws {
        let now = Timestamp(epochSeconds: 1)
        let standings = ["a", "b", "c"].map { name in
            Standing(
                Credential(
                    id: name, name: name, application: "global", kind: "api_key", isActive: true, secretID: "s",
                    secretVersion: 1, expiresAt: nil, order: name == "c" ? 1 : nil, appliesTo: [], createdAt: now,
                    updatedAt: now), restsUntil: nil, on: "h", at: now)
        }
        #expect(Standing.inTurn(standings, dice: [5, 3, 9]).map(\.name) == ["c", "b", "a"])
        #expect(Standing.inTurn(standings, dice: [3, 5, 0]).map(\.name) == ["c", "a", "b"])
    }

    @Test("inactive, expired, resting and other hubs' keys are passed over", arguments: TestStore.allCases)
    func skipped(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await furnish(rig, orders: [1, 2, 3])
            try await rig.run("credential.update", "key", ["active": false])
            let end = rig.clock.now.adding(seconds: 10)
            try await rig.run("credential.update", "key-b", ["expires_at": .string(end.rfc3339)])
            var found = try await names(rig)
            #expect(found == ["key-b", "key-c"])
            rig.clock.advance(seconds: 10)
            found = try await names(rig)
            #expect(found == ["key-c"])
            let other: JSON = ["ffffffffffffffffffffffffffffffff"]
            try await rig.run("credential.update", "key-c", ["applies_to": other])
            let none = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(none?.reason == "no_usable_credential")
            for part in ["key (credential_inactive)", "key-b (credential_expired)", "key-c (credential_elsewhere)"] {
                #expect(none?.message.contains(part) == true)
            }
            let shown = try await rig.run("connection.get", "prod")
            #expect(shown["findings"]?.array?.count == 3)
            try await rig.run("credential.update", "key-c", ["applies_to": [.string(VaultRig.hub)]])
            found = try await names(rig)
            #expect(found == ["key-c"])
            try await rig.run("credential.update", "key", ["active": true, "applies_to": []])
            found = try await names(rig)
            #expect(found == ["key", "key-c"])
        }
    }

    @Test("a key is sealed with or without its scheme", arguments: ["00abc", "SSWS 00abc"])
    func scheme(secret: String) async throws {
        try await VaultRig.with(.sqlite) { rig in
            try await rig.furnish()
            try await rig.run("credential.update", "key", ["secret": .string(secret)])
            let found = try await rig.resolved()
            #expect(found == secret)
        }
    }

    @Test(
        "what could break out of its header is not sealed",
        arguments: ["SSWS ", "SSWS a b", "Bearer a", "ssws a", "SSWS SSWS a"])
    func unfit(secret: String) async throws {
        try await VaultRig.with(.sqlite) { rig in
            try await rig.furnish()
            let error = await rig.refusal("credential.update", "key", ["secret": .string(secret)])
            #expect(error?.reason == "bad_secret" && error?.description.contains("a b") == false)
        }
    }

    @Test("an alias leads its connection to the key", arguments: TestStore.allCases)
    func alias(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let second: JSONObject = [
                "name": "second", "kind": "api_key", "secret": "s3cret-2", "order": 1, "alias": "okta",
            ]
            try await rig.run("credential.create", "", second, as: ["credential_admin"])
            let found = try await names(rig)
            #expect(found == ["second", "key"])
            let shown = try await rig.run("credential.get", "second")
            #expect(shown["aliases"] == ["okta"] && shown["used_by"] == ["prod"])
            try await rig.run("alias.create", "", ["name": "empty", "spoke": "okta"])
            let events = try await rig.events()
            for (alias, reason) in [("empty", "no_active_connection"), ("nope", "unknown_alias")] {
                let third: JSONObject = [
                    "name": "third", "kind": "api_key", "secret": "s3cret-3", "alias": .string(alias),
                ]
                let error = await rig.refusal("credential.create", "", third)
                #expect(error?.reason == reason)
            }
            let none = await rig.refusal("credential.get", "third")
            #expect(none?.reason == "unknown_credential")
            let after = try await rig.events()
            #expect(after == events)
        }
    }

    @Test("a connection keeps one key at least, and takes no further host's by the way", arguments: TestStore.allCases)
    func use(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("credential.create", "", ["name": "other", "kind": "api_key", "secret": "s3cret-2"])
            let rows: [(String, String, JSONObject, Set<String>?, String)] = [
                ("connection.remove-credential", "prod", ["credential": "key"], nil, "last_credential"),
                ("connection.remove-credential", "prod", ["credential": "other"], nil, "credential_not_of_connection"),
                ("connection.add-credential", "prod", ["credential": "nope"], nil, "unknown_credential"),
                (
                    "connection.add-credential", "prod", ["credential": "other"], ["connection_admin"],
                    "credential_new_host"
                ),
                ("connection.update", "prod", ["credentials": []], nil, "missing_field"),
            ]
            let before = try await rig.run("connection.get", "prod")
            for (name, id, sent, roles, reason) in rows {
                let error = await rig.refusal(name, id, sent, as: roles)
                #expect(error?.reason == reason, "\(name)")
            }
            let after = try await rig.run("connection.get", "prod")
            #expect(after == before)
            try await rig.run("connection.add-credential", "prod", ["credential": "other"])
            let events = try await rig.events()
            try await rig.run("connection.add-credential", "prod", ["credential": "other"])
            let same = try await rig.events()
            #expect(same == events)
            try await rig.run("connection.remove-credential", "prod", ["credential": "key"])
            let found = try await names(rig)
            #expect(found == ["other"])
            try await rig.run("credential.delete", "key")
        }
    }
}
