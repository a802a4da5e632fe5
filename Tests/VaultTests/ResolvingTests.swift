import Core
import Ports
import Storage
import TestSupport
import Testing
import Vault

struct ResolvingTests {
    @Test("leads to the connection, its actions and the opened secret", arguments: TestStore.allCases)
    func resolves(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let found = try await rig.vault.resolve(alias: "okta")
            #expect(found.name == "prod")
            #expect(found.spoke == "okta")
            #expect(found.url == "https://prod.okta.com")
            #expect(found.actions == ["suspend_user"])
            #expect(!found.allowsLoopbackHTTP)
            #expect(found.credentials.map(\.name) == ["key"])
            #expect(found.credentials[0].kind == "api_key")
            #expect(found.credentials[0].secret.matches(Secret("s3cret-1")))
        }
    }

    @Test("refuses with reason and next step", arguments: TestStore.allCases)
    func refuses(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let unknown = await failure { try await rig.vault.resolve(alias: "nope") }
            #expect(unknown?.kind == .notFound)
            try await rig.run("alias.create", "", ["name": "empty", "spoke": "okta"])
            let empty = await failure { try await rig.vault.resolve(alias: "empty") }
            #expect(empty?.reason == "no_active_connection")
            try await rig.run("credential.update", "key", ["active": false])
            let inactive = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(inactive?.reason == "credential_inactive")
            #expect(inactive?.kind == .conflict)
            try await rig.run("credential.update", "key", ["active": true])
            let secret = try await rig.resolved()
            #expect(secret == "s3cret-1")
        }
    }

    @Test("a credential ends exactly at its time", arguments: TestStore.allCases)
    func expiry(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let end = rig.clock.now.adding(seconds: 60)
            try await rig.run("credential.update", "key", ["expires_at": .string(end.rfc3339)])
            rig.clock.advance(seconds: 59)
            _ = try await rig.resolved()
            rig.clock.advance(seconds: 1)
            let expired = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(expired?.reason == "credential_expired")
            try await rig.run("credential.update", "key", ["never_expires": true])
            _ = try await rig.resolved()
        }
    }

    struct Tampering: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let sql: SQL
        let reason: String
    }

    @Test(
        "what a database administrator changes does not open",
        arguments: [
            Tampering(
                testDescription: "ciphertext of another row",
                sql: """
                    UPDATE secret SET
                        ciphertext = (SELECT other.ciphertext FROM secret other WHERE other.id <> secret.id)
                    """, reason: "secret_does_not_open"),
            Tampering(
                testDescription: "ciphertext and data key of another row",
                sql: """
                    UPDATE secret SET
                        ciphertext = (SELECT other.ciphertext FROM secret other WHERE other.id <> secret.id),
                        wrapped_key = (SELECT other.wrapped_key FROM secret other WHERE other.id <> secret.id)
                    """, reason: "secret_does_not_open"),
            Tampering(
                testDescription: "pointing at another's secret",
                sql: """
                    UPDATE credential SET
                        secret_id = (SELECT other.secret_id FROM credential other WHERE other.id <> credential.id)
                    """, reason: "secret_does_not_open"),
            Tampering(
                testDescription: "another version",
                sql: "UPDATE secret SET version = 2", reason: "secret_missing"),
            Tampering(
                testDescription: "a later version claimed", sql: "UPDATE credential SET secret_version = 2",
                reason: "secret_missing"),
            Tampering(
                testDescription: "another destination", sql: "UPDATE connection SET url = 'https://evil.test'",
                reason: "connection_changed_outside"),
            Tampering(
                testDescription: "another credential",
                sql: """
                    UPDATE connection_credential SET
                        credential_id = (SELECT id FROM credential WHERE name = 'other')
                    """, reason: "connection_changed_outside"),
            Tampering(
                testDescription: "one more credential",
                sql: """
                    INSERT INTO connection_credential (connection_id, credential_id)
                    SELECT connection.id, credential.id FROM connection, credential WHERE credential.name = 'other'
                    """, reason: "connection_changed_outside"),
            Tampering(
                testDescription: "no credential", sql: "DELETE FROM connection_credential",
                reason: "connection_changed_outside"),
            Tampering(
                testDescription: "plain http allowed", sql: "UPDATE connection SET allow_loopback_http = 1",
                reason: "connection_changed_outside"),
            Tampering(
                testDescription: "approvals switched", sql: "UPDATE connection SET needs_approval = 1 - needs_approval",
                reason: "connection_changed_outside"),
            Tampering(
                testDescription: "another action enabled",
                sql: "INSERT INTO connection_action (connection_id, action) SELECT id, 'delete_user' FROM connection",
                reason: "connection_changed_outside"),
            Tampering(
                testDescription: "an action exchanged", sql: "UPDATE connection_action SET action = 'delete_user'",
                reason: "connection_changed_outside"),
            Tampering(
                testDescription: "secret deleted", sql: "DELETE FROM secret", reason: "secret_missing"),
        ], TestStore.allCases)
    func tampering(row: Tampering, store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("credential.create", "", ["name": "other", "kind": "api_key", "secret": "s3cret-9"])
            try await rig.tamper(row.sql)
            let error = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(error?.reason == row.reason)
            #expect(error?.description.contains("s3cret") == false)
        }
    }

    @Test("a claimed version over a moved row does not open", arguments: TestStore.allCases)
    func version(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.tamper("UPDATE secret SET version = 2")
            try await rig.tamper("UPDATE credential SET secret_version = 2")
            let error = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(error?.reason == "secret_does_not_open")
        }
    }

    @Test("a changed destination is not adopted by the way, only by naming it", arguments: TestStore.allCases)
    func rebinding(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.tamper("UPDATE connection SET url = 'https://evil.test'")
            let shown = try await rig.run("connection.get", "prod")
            #expect(shown["findings"]?.array?.compactMap { $0["reason"]?.string } == ["connection_changed_outside"])
            let parts: [JSONObject] = [
                ["name": "prod-2"], ["url": "https://prod.okta.com"], ["credential": "key"],
                ["url": "https://prod.okta.com", "credential": "key"],
                ["url": "https://prod.okta.com", "credential": "key", "actions": ["suspend_user"]],
            ]
            for sent in parts {
                let error = await rig.refusal("connection.update", "prod", sent)
                #expect(error?.reason == "connection_changed_outside")
            }
            let enabling = await rig.refusal("connection.enable-action", "prod", ["action": "lookup_user"])
            #expect(enabling?.reason == "connection_changed_outside")
            try await rig.run("connection.disable-action", "prod", ["action": "suspend_user"])
            let still = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(still?.reason == "connection_changed_outside")
            try await rig.run(
                "connection.update", "prod",
                [
                    "url": "https://prod.okta.com", "credential": "key", "actions": ["suspend_user"],
                    "needs_approval": true,
                    "system_roots": true, "pins": [], "no_proxy": true,
                ])
            #expect(try await rig.vault.resolve(alias: "okta").needsApproval)
            let secret = try await rig.resolved()
            #expect(secret == "s3cret-1")
        }
    }
}
