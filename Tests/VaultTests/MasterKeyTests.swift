import Core
import Keys
import Storage
import TestSupport
import Testing
import Vault

struct MasterKeyTests {
    private func open(_ database: any Database, _ byte: UInt8, seed: UInt64 = 9) async throws -> Vault {
        try await Vault.open(
            database: database, effects: TestEffects(seed: seed).effects,
            masterKey: Secret([UInt8](repeating: byte, count: 32)), catalogue: FakeCatalogue(), hub: VaultRig.hub)
    }

    @Test("the first start binds the store, once; the same key opens it again", arguments: TestStore.allCases)
    func same(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            let before = try await rig.events()
            #expect(before == ["vault.master_key_created"])
            _ = try await open(rig.database, 42)
            let after = try await rig.events()
            #expect(after == before)
        }
    }

    @Test("another key is refused and changes nothing", arguments: TestStore.allCases)
    func wrong(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let before = try await rig.events()
            let error = await failure { try await open(rig.database, 43) }
            #expect(error?.reason == "wrong_master_key")
            #expect(error?.message.hasPrefix("The master key does not open this store") == true)
            let after = try await rig.events()
            #expect(after == before)
            let secret = try await rig.resolved()
            #expect(secret == "s3cret-1")
        }
    }

    @Test("a store with secrets and no check value is refused, even with the right key", arguments: TestStore.allCases)
    func missing(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.tamper("DELETE FROM vault_check")
            for byte in [UInt8(42), 43] {
                let error = await failure { try await open(rig.database, byte) }
                #expect(error?.reason == "master_key_check_missing")
            }
        }
    }

    @Test("two hubs with different keys on a new store: one wins, the other is refused", arguments: TestStore.allCases)
    func race(store: TestStore) async throws {
        try await store.with(Vault.migrations) { database in
            let reasons = await withTaskGroup(of: String?.self) { group in
                for byte in [UInt8(1), 2] {
                    group.addTask {
                        do {
                            _ = try await open(database, byte, seed: UInt64(byte))
                            return nil
                        } catch { return (error as? HubError)?.reason ?? "\(error)" }
                    }
                }
                return await group.reduce(into: [String?]()) { $0.append($1) }
            }
            #expect(reasons.filter { $0 == nil }.count == 1)
            #expect(reasons.compactMap(\.self) == ["wrong_master_key"])
        }
    }
}

struct InternalKeyTests {
    @Test("made once, the same afterwards, for another vault of the same store too", arguments: TestStore.allCases)
    func once(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            let made = try await rig.vault.internalKey("audit") { Secret([1, 2, 3]) }
            let again = try await rig.vault.internalKey("audit") { Secret([4]) }
            let other = try await VaultRig(rig.database, seed: 7).vault.internalKey("audit") { Secret([5]) }
            #expect(made.matches(Secret([1, 2, 3])))
            #expect(again.matches(made))
            #expect(other.matches(made))
            let events = try await rig.events()
            #expect(events == ["vault.master_key_created", "credential.sealed"])
            let none = try await rig.vault.unseal(name: "other")
            #expect(none == nil)
        }
    }

    @Test("two hubs at once get one key", arguments: TestStore.allCases)
    func concurrent(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            let second = try await VaultRig(rig.database, seed: 7)
            let keys = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                for index in UInt8(0)..<8 {
                    let vault = index % 2 == 0 ? rig.vault : second.vault
                    group.addTask {
                        try await vault.internalKey("audit") { Secret([index]) }.reveal { $0 }
                    }
                }
                return try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
            }
            #expect(keys.count == 1)
            let rows = try await rig.database.read { try $0.rows("SELECT id FROM secret ORDER BY id LIMIT 9", []) }
            #expect(rows.count == 1)
            let events = try await rig.events()
            #expect(events.filter { $0 == "credential.sealed" }.count == 1)
        }
    }

    @Test("sealed anew, the next version counts and the former is gone", arguments: TestStore.allCases)
    func replaced(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.vault.seal(name: "audit", secret: Secret("one"), by: rig.clock.cause())
            try await rig.vault.seal(name: "audit", secret: Secret("two"), by: rig.clock.cause())
            let found = try #require(try await rig.vault.unseal(name: "audit"))
            #expect(found.matches(Secret("two")))
            let rows = try await rig.database.read { try $0.rows("SELECT version FROM secret ORDER BY id LIMIT 9", []) }
            let versions = try rows.map { try $0.int("version") }
            #expect(versions == [2])
        }
    }

    @Test("a key moved under another name does not open", arguments: TestStore.allCases)
    func moved(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            _ = try await rig.vault.internalKey("audit") { Secret([1]) }
            try await rig.tamper("UPDATE internal_key SET name = 'tokens'")
            let error = await failure { try await rig.vault.unseal(name: "tokens") }
            #expect(error?.reason == "secret_does_not_open")
        }
    }
}
