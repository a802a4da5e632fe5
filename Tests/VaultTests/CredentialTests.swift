import Core
import Ports
import Storage
import TestSupport
import Testing
import Vault

struct CredentialTests {
    private let key: JSONObject = ["name": "key", "kind": "api_key", "secret": "s3cret-1"]

    @Test("created, shown without its secret, changed, deleted: each with its events", arguments: TestStore.allCases)
    func life(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            let made = try await rig.run("credential.create", "", key)
            #expect(made["secret"] == "sealed, version 1")
            #expect(made["active"] == true)
            #expect(made["application"] == "global")
            let id = try #require(made["id"]?.string)
            let byID = try await rig.run("credential.get", id)
            let byName = try await rig.run("credential.get", "key")
            #expect(byID == byName)
            #expect(byName["used_by"] == [])
            let renamed = try await rig.run(
                "credential.update", "key", ["name": "key-2", "secret": "s3cret-2", "order": 5])
            #expect(renamed["id"] == made["id"])
            #expect(renamed["secret"] == "sealed, version 2")
            #expect(renamed["order"] == 5)
            let gone = try await rig.run("credential.delete", "key-2")
            #expect(gone == .null)
            let left = try await rig.database.read { try $0.rows("SELECT id FROM secret ORDER BY id LIMIT 9", []) }
            #expect(left.isEmpty)
            let events = try await rig.events()
            #expect(
                events == [
                    "vault.master_key_created", "configuration.created", "credential.sealed", "configuration.updated",
                    "credential.sealed", "configuration.deleted",
                ])
        }
    }

    @Test("a new secret supersedes the old one; other changes leave it", arguments: TestStore.allCases)
    func versions(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("credential.update", "key", ["order": 1])
            let first = try await rig.resolved()
            #expect(first == "s3cret-1")
            try await rig.run("credential.update", "key", ["secret": "s3cret-2"])
            let second = try await rig.resolved()
            #expect(second == "s3cret-2")
            let rows = try await rig.database.read { try $0.rows("SELECT version FROM secret ORDER BY id LIMIT 9", []) }
            let versions = try rows.map { try $0.int("version") }
            #expect(versions == [2])
        }
    }

    @Test("an update that changes nothing records nothing", arguments: TestStore.allCases)
    func nothing(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.run("credential.create", "", key)
            let before = try await rig.events()
            try await rig.run("credential.update", "key", ["active": true])
            try await rig.run("credential.update", "key")
            let after = try await rig.events()
            #expect(after == before)
        }
    }

    @Test("lists by order, then by name", arguments: TestStore.allCases)
    func order(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            for (name, order) in [("c", JSON.null), ("b", 2), ("a", .null), ("d", 1)] {
                var sent = key
                sent["name"] = .string(name)
                sent["order"] = order
                try await rig.run("credential.create", "", sent)
            }
            let names = try await rig.run("credential.list")["items"]?.array?.map { $0["name"]?.string }
            #expect(names == ["d", "b", "a", "c"])
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let operation: String
        var id = ""
        var sent: JSONObject = [:]
        let reason: String
        var testDescription: String { "\(operation) \(id) -> \(reason)" }
    }

    @Test(
        "what is refused changes nothing and records nothing",
        arguments: [
            Refusal(
                operation: "credential.create", sent: ["name": "key", "kind": "api_key", "secret": "x"],
                reason: "name_taken"),
            Refusal(
                operation: "credential.create", sent: ["name": "a b", "kind": "api_key", "secret": "x"],
                reason: "bad_name"),
            Refusal(
                operation: "credential.create", sent: ["name": "-a", "kind": "api_key", "secret": "x"],
                reason: "bad_name"),
            Refusal(
                operation: "credential.create",
                sent: ["name": "0123456789abcdef0123456789abcdef", "kind": "api_key", "secret": "x"],
                reason: "bad_name"),
            Refusal(
                operation: "credential.create", sent: ["name": "b", "kind": "password", "secret": "x"],
                reason: "bad_field"),
            Refusal(
                operation: "credential.create", sent: ["name": "b", "kind": "basic", "secret": "x"],
                reason: "missing_field"),
            Refusal(
                operation: "credential.create", sent: ["name": "b", "kind": "api_key"], reason: "missing_field"),
            Refusal(
                operation: "credential.create", sent: ["name": "b", "kind": "api_key", "secret": "x\r\nHost: evil"],
                reason: "bad_secret"),
            Refusal(
                operation: "credential.create", sent: ["name": "b", "kind": "api_key", "secret": "x\n"],
                reason: "bad_secret"),
            Refusal(operation: "credential.update", id: "key", sent: ["secret": "sécret"], reason: "bad_secret"),
            Refusal(operation: "credential.update", id: "key", sent: ["name": "other"], reason: "name_taken"),
            Refusal(operation: "credential.update", id: "key", sent: ["kind": "api_key"], reason: "unknown_field"),
            Refusal(operation: "credential.update", id: "nope", reason: "unknown_credential"),
            Refusal(operation: "credential.get", id: "nope", reason: "unknown_credential"),
            Refusal(operation: "credential.delete", id: "nope", reason: "unknown_credential"),
            Refusal(operation: "credential.delete", id: "key", reason: "credential_in_use"),
        ], TestStore.allCases)
    func refused(row: Refusal, store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("credential.create", "", ["name": "other", "kind": "api_key", "secret": "s3cret-9"])
            let events = try await rig.events()
            let list = try await rig.run("credential.list")
            let error = await rig.refusal(row.operation, row.id, row.sent)
            #expect(error?.reason == row.reason)
            let eventsAfter = try await rig.events()
            let listAfter = try await rig.run("credential.list")
            #expect(eventsAfter == events)
            #expect(listAfter == list)
        }
    }

    @Test("deleting one in use names its user", arguments: TestStore.allCases)
    func inUse(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let error = await rig.refusal("credential.delete", "key")
            #expect(error?.kind == .conflict)
            #expect(error?.message.hasPrefix("Credential key is used by connection prod.") == true)
        }
    }

    @Test("two new secrets at once: one becomes the next version, and it opens", arguments: TestStore.allCases)
    func concurrent(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let outcomes = await withTaskGroup(of: String?.self) { group in
                for secret in ["s3cret-a", "s3cret-b"] {
                    group.addTask {
                        do {
                            try await rig.run("credential.update", "key", ["secret": .string(secret)])
                            return secret
                        } catch {
                            #expect((error as? HubError)?.reason == "changed_meanwhile")
                            return nil
                        }
                    }
                }
                return await group.reduce(into: [String]()) { if let secret = $1 { $0.append(secret) } }
            }
            let now = try await rig.resolved()
            #expect(outcomes.contains(now))
        }
    }
}
