import Core
import Ports
import Storage
import TestSupport
import Testing
import Vault

struct ConnectionTests {
    @Test("shows where it leads, with what, for which actions, and who uses it", arguments: TestStore.allCases)
    func get(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let shown = try await rig.run("connection.get", "prod")
            #expect(shown["url"] == "https://prod.okta.com")
            #expect(shown["spoke"] == "okta")
            #expect(shown.value(at: "/credentials/0/name") == "key")
            #expect(shown.value(at: "/credentials/0/kind") == "api_key")
            #expect(shown["actions"] == ["suspend_user"])
            #expect(shown["aliases"]?.array?.compactMap { $0["name"]?.string } == ["okta"])
            #expect(shown["aliases"]?.array?.first?["active"] == true)
            #expect(shown["findings"] == [])
            let listed = try await rig.run("connection.list")
            #expect(listed["items"] == [shown])
        }
    }

    @Test("a bound of calls is set, kept by other changes, resolved, and taken away", arguments: TestStore.allCases)
    func callsPerMinute(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            #expect(try await rig.run("connection.get", "prod")["calls_per_minute"] == .null)
            let set = try await rig.run("connection.update", "prod", ["calls_per_minute": 30])
            #expect(set["calls_per_minute"] == 30 && set["findings"] == [])
            try await rig.run("connection.update", "prod", ["needs_approval": true])
            #expect(try await rig.vault.resolve(alias: "okta").callsPerMinute == 30)
            try await rig.run("connection.update", "prod", ["calls_per_minute": 0])
            #expect(try await rig.vault.resolve(alias: "okta").callsPerMinute == nil)
            let created = try await rig.run(
                "connection.create", "",
                [
                    "name": "slow", "spoke": "okta", "url": "https://slow.okta.com", "credential": "key",
                    "calls_per_minute": 5,
                ])
            #expect(created["calls_per_minute"] == 5)
        }
    }

    @Test("enabling and disabling are acts of their own, recorded once", arguments: TestStore.allCases)
    func actions(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let before = try await rig.events()
            let on = try await rig.run("connection.enable-action", "prod", ["action": "okta.delete_user"])
            #expect(on["actions"] == ["delete_user", "suspend_user"])
            try await rig.run("connection.enable-action", "prod", ["action": "delete_user"])
            let off = try await rig.run("connection.disable-action", "prod", ["action": "delete_user"])
            #expect(off["actions"] == ["suspend_user"])
            try await rig.run("connection.disable-action", "prod", ["action": "delete_user"])
            let events = try await rig.events()
            #expect(
                Array(events.dropFirst(before.count)) == [
                    "configuration.updated", "connection.action_enabled", "configuration.updated",
                    "connection.action_disabled",
                ])
        }
    }

    @Test("a new list of actions enables and disables exactly the difference", arguments: TestStore.allCases)
    func list(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let before = try await rig.events()
            let shown = try await rig.run(
                "connection.update", "prod", ["actions": ["lookup_user", "okta.lookup_user", "delete_user"]])
            #expect(shown["actions"] == ["delete_user", "lookup_user"])
            let events = try await rig.events()
            #expect(
                Array(events.dropFirst(before.count)) == [
                    "configuration.updated", "connection.action_enabled", "connection.action_enabled",
                    "connection.action_disabled",
                ])
            let resolved = try await rig.vault.resolve(alias: "okta")
            #expect(resolved.actions == ["delete_user", "lookup_user"])
        }
    }

    @Test("plain http to this machine is a finding", arguments: TestStore.allCases)
    func findings(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let shown = try await rig.run(
                "connection.update", "prod", ["url": "http://127.0.0.1:9001/", "allow_loopback_http": true])
            #expect(shown["url"] == "http://127.0.0.1:9001")
            #expect(shown["findings"]?.array?.compactMap { $0["reason"]?.string } == ["plain_http"])
            let resolved = try await rig.vault.resolve(alias: "okta")
            #expect(resolved.allowsLoopbackHTTP)
            let error = await rig.refusal("connection.update", "prod", ["allow_loopback_http": false])
            #expect(error?.reason == "plain_http")
            try await rig.run("credential.update", "key", ["active": false])
            let later = try await rig.run("connection.get", "prod")
            #expect(
                later["findings"]?.array?.compactMap { $0["reason"]?.string } == ["plain_http", "credential_inactive"])
        }
    }

    private static func create(_ changed: JSONObject) -> JSONObject {
        var sent: JSONObject = ["name": "new", "spoke": "okta", "url": "https://a.test", "credential": "key"]
        for member in changed.members { sent[member.name] = member.value }
        return sent
    }

    @Test(
        "what is refused changes nothing and records nothing",
        arguments: [
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["name": "prod"]), reason: "name_taken"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["name": "a/b"]), reason: "bad_name"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["spoke": "nope"]), reason: "unknown_spoke"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["spoke": "mail"]), reason: "credential_kind_refused"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["credential": "nope"]), reason: "unknown_credential"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["url": "https://a@b.test"]), reason: "bad_url"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["url": "http://a.test", "allow_loopback_http": true]),
                reason: "plain_http"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["url": "http://127.0.0.1"]), reason: "plain_http"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["actions": ["suspend_user", "fly"]]),
                reason: "unknown_action"),
            CredentialTests.Refusal(
                operation: "connection.create", sent: create(["actions": ["mail.send"]]), reason: "unknown_action"),
            CredentialTests.Refusal(
                operation: "connection.update", id: "prod", sent: ["spoke": "mail"], reason: "unknown_field"),
            CredentialTests.Refusal(
                operation: "connection.update", id: "prod", sent: ["actions": ["fly"]], reason: "unknown_action"),
            CredentialTests.Refusal(
                operation: "connection.enable-action", id: "prod", sent: ["action": "fly"], reason: "unknown_action"),
            CredentialTests.Refusal(
                operation: "connection.disable-action", id: "prod", sent: ["action": "fly"], reason: "unknown_action"),
            CredentialTests.Refusal(operation: "connection.get", id: "nope", reason: "unknown_connection"),
            CredentialTests.Refusal(operation: "connection.delete", id: "prod", reason: "connection_in_use"),
        ], TestStore.allCases)
    func refused(row: CredentialTests.Refusal, store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let events = try await rig.events()
            let list = try await rig.run("connection.list")
            let error = await rig.refusal(row.operation, row.id, row.sent)
            #expect(error?.reason == row.reason)
            let eventsAfter = try await rig.events()
            let listAfter = try await rig.run("connection.list")
            #expect(eventsAfter == events)
            #expect(listAfter == list)
        }
    }

    @Test("unknown actions are all named", arguments: TestStore.allCases)
    func named(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let error = await rig.refusal("connection.update", "prod", ["actions": ["fly", "suspend_user", "swim"]])
            #expect(error?.message.hasPrefix("Spoke okta has no action \"fly\", \"swim\".") == true)
        }
    }

    @Test("delete takes the actions along", arguments: TestStore.allCases)
    func delete(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("alias.delete", "okta")
            try await rig.run("connection.delete", "prod")
            try await rig.run("credential.delete", "key")
            let left = try await rig.database.read {
                try $0.rows("SELECT action FROM connection_action ORDER BY action LIMIT 9", [])
            }
            #expect(left.isEmpty)
        }
    }
}
