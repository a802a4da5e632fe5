import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

struct RefusalTests {
    private func refuse(_ rig: VaultRig) async throws {
        let connection = try await rig.vault.resolve(alias: "okta")
        try await rig.vault.refused(connection.credentials[0], by: connection, rig.clock.cause())
    }

    private func isUsable(_ rig: VaultRig) async -> Bool {
        do {
            _ = try await rig.vault.resolve(alias: "okta")
            return true
        } catch { return false }
    }

    @Test(
        "a key rests after its refusals, before a provider locks out, and is tried again later",
        arguments: TestStore.allCases)
    func rest(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            #expect(Limits.credentialRefusals.value < 3)
            let before = try await rig.events()
            for _ in 1..<Limits.credentialRefusals.value { try await refuse(rig) }
            var events = try await rig.events()
            #expect(events == before)
            try await refuse(rig)
            let error = await failure { try await rig.vault.resolve(alias: "okta") }
            #expect(error?.reason == "credential_rests" && error?.kind == .conflict)
            #expect(error?.message.contains("linchpin credential update key --secret") == true)
            events = try await rig.events()
            #expect(Array(events.dropFirst(before.count)) == ["credential.rests"])
            let shown = try await rig.run("connection.get", "prod")
            #expect(shown["findings"]?.array?.compactMap { $0["reason"]?.string } == ["credential_rests"])
            rig.clock.advance(seconds: Int64(Limits.credentialRestSeconds.value) - 1)
            #expect(await !isUsable(rig))
            rig.clock.advance(seconds: 1)
            #expect(await isUsable(rig))
        }
    }

    @Test(
        "a new secret, or switching it on, ends the rest",
        arguments: [["secret": "s3cret-2"], ["active": true]] as [JSONObject], TestStore.allCases)
    func released(sent: JSONObject, store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            for _ in 0..<Limits.credentialRefusals.value { try await refuse(rig) }
            #expect(await !isUsable(rig))
            try await rig.run("credential.update", "key", ["order": 5])
            #expect(await !isUsable(rig))
            try await rig.run("credential.update", "key", sent)
            #expect(await isUsable(rig))
            let events = try await rig.events()
            #expect(events.contains("credential.released"))
        }
    }

    @Test("a refusal of the secret before is not counted against the new one", arguments: TestStore.allCases)
    func version(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let old = try await rig.vault.resolve(alias: "okta")
            try await rig.run("credential.update", "key", ["secret": "s3cret-2"])
            for _ in 0..<5 { try await rig.vault.refused(old.credentials[0], by: old, rig.clock.cause()) }
            #expect(await isUsable(rig))
        }
    }

    @Test("many refusals at once begin one rest", arguments: TestStore.allCases)
    func concurrent(store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let connection = try await rig.vault.resolve(alias: "okta")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await rig.vault.refused(connection.credentials[0], by: connection, rig.clock.cause())
                    }
                }
                try await group.waitForAll()
            }
            let events = try await rig.events()
            #expect(events.count { $0 == "credential.rests" } == 1)
            #expect(await !isUsable(rig))
        }
    }

    @Test("refusals far apart do not add up")
    func apart() {
        let first = Refusals(nil, version: 1, at: Timestamp(epochSeconds: 0))
        #expect(first.restsUntil == nil && first.count == 1)
        let second = Refusals(first, version: 1, at: Timestamp(epochSeconds: 899))
        #expect(second.restsUntil == Timestamp(epochSeconds: 1_799))
        #expect(Refusals(first, version: 1, at: Timestamp(epochSeconds: 900)).restsUntil == nil)
        #expect(Refusals(first, version: 2, at: Timestamp(epochSeconds: 1)).count == 1)
    }
}
