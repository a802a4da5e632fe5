import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

struct MigrationTests {
    @Test("a connection with one credential keeps it, and its binding", arguments: TestStore.allCases)
    func oneCredential(store: TestStore) async throws {
        try await store.with([Vault.migrations[0]]) { database in
            let now = Timestamp(epochSeconds: 1_780_000_000)
            let envelope = try Envelope(masterKey: VaultRig.masterKey)
            let id = "11111111111111111111111111111111"
            let connection = Connection(
                id: "22222222222222222222222222222222", name: "prod", application: "global", spoke: "okta",
                url: "https://prod.okta.com", allowsLoopbackHTTP: false, credentialIDs: [id],
                actions: ["suspend_user"], createdAt: now, updatedAt: now)
            // As the version before wrote it.
            let parts = ["connection", connection.id, "okta", connection.url, "0", id, "suspend_user"]
            let binding = envelope.bind(parts)
            #expect(binding == connection.binding(envelope))
            let place = SecretPlace(owner: "credential:\(id)", id: "s", version: 1)
            let sealed = try envelope.seal(Secret("s3cret-1"), at: place, SealingDice(TestEffects().effects))
            let nonce = [UInt8](repeating: 7, count: 12)
            let check = try envelope.check(nonce: nonce)
            try await database.write(.bookkeeping("the store of an older hub")) { writer in
                try writer.run(
                    "INSERT INTO vault_check (id, key_id, sealed, created_at) VALUES (1, $1, $2, 0)",
                    [.text(envelope.keyID), .blob(check)])
                try SecretRows.insert(sealed, at: now, in: writer)
                try writer.run(
                    """
                    INSERT INTO credential (id, name, application, kind, active, secret_id, secret_version, created_at,
                        updated_at)
                    VALUES ($1, 'key', 'global', 'api_key', 1, 's', 1, 0, 0)
                    """, [.text(id)])
                try writer.run(
                    """
                    INSERT INTO connection (id, name, application, spoke, url, allow_loopback_http, credential_id,
                        binding, created_at, updated_at)
                    VALUES ($1, 'prod', 'global', 'okta', $2, 0, $3, $4, 0, 0)
                    """, [.text(connection.id), .text(connection.url), .text(id), .blob(binding)])
                try writer.run(
                    "INSERT INTO connection_action (connection_id, action) VALUES ($1, 'suspend_user')",
                    [.text(connection.id)])
            }
            let ran = try await Migrator.bring(database, to: Vault.migrations, at: now)
            #expect(
                ran == [
                    "vault-002", "vault-003", "vault-004", "vault-005", "vault-006", "vault-007", "vault-008",
                    "vault-009", "vault-010", "vault-013", "vault-014",
                ])
            let rig = try await VaultRig(database)
            try await rig.run("alias.create", "", ["name": "okta", "connection": "prod"])
            let found = try await rig.resolved()
            #expect(found == "s3cret-1")
            let shown = try await rig.run("connection.get", "prod")
            #expect(shown["findings"] == [])
        }
    }

    @Test("no list of credentials and actions is bound like another")
    func bindings() throws {
        let envelope = try Envelope(masterKey: VaultRig.masterKey)
        let now = Timestamp(epochSeconds: 0)
        let rows: [([String], [String])] = [
            (["a"], []), (["a"], ["b"]), (["a", "b"], []), (["a"], ["b", "c"]), (["a", "b"], ["c"]),
            (["a", "b", "c"], []), ([], ["a", "b", "c"]), ([], []), (["2"], ["a", "b"]),
        ]
        let bindings = rows.map { credentials, actions in
            Connection(
                id: "i", name: "n", application: "global", spoke: "s", url: "u", allowsLoopbackHTTP: false,
                credentialIDs: credentials, actions: actions, createdAt: now, updatedAt: now
            ).binding(envelope)
        }
        #expect(Set(bindings).count == rows.count)
    }
}
