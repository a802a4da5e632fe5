import Core
import Ports
import Storage
import TestSupport
import Testing
import Vault

struct AliasTests {
    private func addSecond(_ rig: VaultRig) async throws {
        try await rig.furnish()
        try await rig.run(
            "connection.create", "",
            ["name": "test", "spoke": "okta", "url": "https://test.okta.com", "credential": "key"])
    }

    private func active(_ rig: VaultRig) async throws -> [String] {
        let shown = try await rig.run("alias.get", "okta")
        return shown["connections"]?.array?.filter { $0["active"] == true }.compactMap { $0["name"]?.string } ?? []
    }

    @Test("switches in one audited act, and the next resolve follows", arguments: TestStore.allCases)
    func activate(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await addSecond(rig)
            let added = try await rig.run("alias.add-connection", "okta", ["connection": "test"])
            #expect(added["connection"] == "prod")
            let before = try await rig.events()
            let shown = try await rig.run("alias.activate", "okta", ["connection": "test"])
            #expect(shown["connection"] == "test")
            try await rig.run("alias.activate", "okta", ["connection": "test"])
            let events = try await rig.events()
            #expect(Array(events.dropFirst(before.count)) == ["connection.activated", "configuration.updated"])
            let resolved = try await rig.vault.resolve(alias: "okta")
            #expect(resolved.name == "test")
            #expect(resolved.url == "https://test.okta.com")
            #expect(resolved.actions.isEmpty)
        }
    }

    @Test("two activations at once leave exactly one active", arguments: TestStore.allCases)
    func concurrent(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await addSecond(rig)
            try await rig.run("alias.add-connection", "okta", ["connection": "test"])
            for _ in 0..<5 {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for name in ["prod", "test"] {
                        group.addTask { try await rig.run("alias.activate", "okta", ["connection": .string(name)]) }
                    }
                    try await group.waitForAll()
                }
                let active = try await active(rig)
                #expect(active.count == 1)
                let resolved = try await rig.vault.resolve(alias: "okta")
                #expect([resolved.name] == active)
            }
        }
    }

    @Test(
        "what is refused changes nothing and records nothing",
        arguments: [
            CredentialTests.Refusal(
                operation: "alias.create", sent: ["name": "okta", "connection": "prod"], reason: "name_taken"),
            CredentialTests.Refusal(
                operation: "alias.create", sent: ["name": "x", "connection": "nope"], reason: "unknown_connection"),
            CredentialTests.Refusal(
                operation: "alias.create", sent: ["name": "x", "spoke": "mail", "connection": "prod"],
                reason: "other_spoke"),
            CredentialTests.Refusal(
                operation: "alias.create", sent: ["name": "x", "spoke": "nope"], reason: "unknown_spoke"),
            CredentialTests.Refusal(operation: "alias.create", sent: ["name": "x"], reason: "missing_field"),
            CredentialTests.Refusal(
                operation: "alias.activate", id: "okta", sent: ["connection": "test"],
                reason: "connection_not_of_alias"),
            CredentialTests.Refusal(
                operation: "alias.remove-connection", id: "okta", sent: ["connection": "prod"],
                reason: "connection_active"),
            CredentialTests.Refusal(
                operation: "alias.remove-connection", id: "okta", sent: ["connection": "test"],
                reason: "connection_not_of_alias"),
            CredentialTests.Refusal(
                operation: "alias.add-connection", id: "nope", sent: ["connection": "test"], reason: "unknown_alias"),
            CredentialTests.Refusal(operation: "alias.delete", id: "nope", reason: "unknown_alias"),
        ], TestStore.allCases)
    func refused(row: CredentialTests.Refusal, store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await addSecond(rig)
            let events = try await rig.events()
            let list = try await rig.run("alias.list")
            let error = await rig.refusal(row.operation, row.id, row.sent)
            #expect(error?.reason == row.reason)
            let eventsAfter = try await rig.events()
            let listAfter = try await rig.run("alias.list")
            #expect(eventsAfter == events)
            #expect(listAfter == list)
        }
    }

    @Test("a connection that is not active can be removed and then deleted", arguments: TestStore.allCases)
    func remove(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await addSecond(rig)
            try await rig.run("alias.add-connection", "okta", ["connection": "test"])
            let error = await rig.refusal("connection.delete", "test")
            #expect(error?.message.contains("used by alias okta") == true)
            try await rig.run("alias.remove-connection", "okta", ["connection": "test"])
            try await rig.run("connection.delete", "test")
        }
    }
}
