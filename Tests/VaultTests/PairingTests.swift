import Core
import Ports
import Storage
import TestSupport
import Testing
import Vault

struct PairingTests {
    private static let connectionAdmin: Set<String> = ["connection_admin"]

    private static func connection(_ url: String, _ credential: String = "key") -> JSONObject {
        ["name": "mine", "spoke": "okta", "url": .string(url), "credential": .string(credential)]
    }

    @Test("a connection administrator cannot have a credential sent to a new host", arguments: TestStore.allCases)
    func harvest(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("credential.create", "", ["name": "other", "kind": "api_key", "secret": "s3cret-2"])
            let before = try await rig.events()
            let rows: [(String, String, JSONObject)] = [
                ("connection.create", "", Self.connection("https://mine.example.com")),
                ("connection.create", "", Self.connection("https://prod.okta.com:444")),
                ("connection.create", "", Self.connection("https://prod.okta.com.example.com")),
                ("connection.create", "", Self.connection("https://prod.okta.com", "other")),
                ("connection.update", "prod", ["url": "https://mine.example.com"]),
                ("connection.update", "prod", ["credential": "other"]),
            ]
            for (name, id, sent) in rows {
                let error = await rig.refusal(name, id, sent, as: Self.connectionAdmin)
                #expect(error?.reason == "credential_new_host")
                #expect(error?.kind == .forbidden)
            }
            let after = try await rig.events()
            #expect(after == before)
            let resolved = try await rig.vault.resolve(alias: "okta")
            #expect(resolved.url == "https://prod.okta.com")
        }
    }

    @Test("where the credential goes already, it may look after connections", arguments: TestStore.allCases)
    func known(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let sent = Self.connection("https://PROD.okta.com/api")
            try await rig.run("connection.create", "", sent, as: Self.connectionAdmin)
            let renamed: JSONObject = ["name": "prod-2", "actions": ["lookup_user"]]
            try await rig.run("connection.update", "prod", renamed, as: Self.connectionAdmin)
            let both: Set<String> = ["connection_admin", "credential_admin"]
            let moved = try await rig.run("connection.update", "mine", ["url": "https://eu.okta.com"], as: both)
            #expect(moved["url"] == "https://eu.okta.com")
        }
    }

    @Test("a row that somebody wrote into the database vouches for no host", arguments: TestStore.allCases)
    func tampered(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.tamper("UPDATE connection SET url = $1", [.text("https://mine.example.com")])
            let create = Self.connection("https://mine.example.com")
            let first = await rig.refusal("connection.create", "", create, as: Self.connectionAdmin)
            #expect(first?.reason == "credential_new_host")
            let again: JSONObject = [
                "url": "https://mine.example.com", "credential": "key", "actions": [], "needs_approval": false,
                "system_roots": true, "pins": [], "no_proxy": true,
            ]
            let second = await rig.refusal("connection.update", "prod", again, as: Self.connectionAdmin)
            #expect(second?.reason == "credential_new_host")
        }
    }
}
