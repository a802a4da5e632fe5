import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

/// Where an alias leads is remembered. That it follows each change shows in every other suite here: the rigs read the
/// epoch feed before they call.
struct LeadTests {
    /// Two hubs over one store: the second one counts its readings.
    private func pair(
        _ store: TestStore, _ body: (CustodyRig, CountingDatabase, CustodyRig) async throws -> Void
    ) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient()
            try await rig.connect()
            try await rig.run("alias.create", "", ["name": "okta", "spoke": "okta", "connection": "prod"])
            let counting = CountingDatabase(rig.database)
            let there = try await CustodyRig(counting, provider: rig.provider, clock: rig.clock, hub: "there")
            try await there.follow()
            try await body(rig, counting, there)
        }
    }

    /// The token that a call would take along.
    private func token(on rig: CustodyRig) async throws -> String {
        let connection = try await rig.custodian.resolve(alias: "okta")
        let credential = try #require(connection.credentials.first)
        guard case .live(let live) = try await rig.custodian.live(credential, refused: nil, rig.clock.cause()) else {
            return "none"
        }
        return live.secret.reveal { String(decoding: $0, as: UTF8.self) }
    }

    @Test("a call to where the last one went reads nothing", arguments: TestStore.allCases)
    func reads(_ store: TestStore) async throws {
        try await pair(store) { _, counting, there in
            for _ in 0..<2 { _ = try await token(on: there) }
            let known = counting.reads
            for _ in 0..<5 { #expect(try await token(on: there) == "access-1") }
            #expect(counting.reads == known)
        }
    }

    @Test("what another hub changes counts here once the feed was read", arguments: TestStore.allCases)
    func elsewhere(_ store: TestStore) async throws {
        try await pair(store) { here, _, there in
            _ = try await token(on: there)
            try await here.run("connection.update", "prod", ["url": "https://other.okta.com"])
            try await there.follow()
            #expect(try await there.custodian.resolve(alias: "okta").url == "https://other.okta.com")
            here.clock.advance(seconds: 3_600)
            #expect(try await token(on: here) == "access-2")
            try await there.follow()
            #expect(try await token(on: there) == "access-2")
            try await here.run("credential.update", "okta", ["active": false])
            try await there.follow()
            #expect(await failure { try await there.custodian.resolve(alias: "okta") }?.reason == "credential_inactive")
            try await here.run("credential.update", "okta", ["active": true])
            try await here.run("alias.delete", "okta")
            try await there.follow()
            #expect(await failure { try await there.custodian.resolve(alias: "okta") }?.reason == "unknown_alias")
        }
    }

    @Test("a key that has rested is used again at that moment", arguments: TestStore.allCases)
    func rested(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let connection = try await rig.vault.resolve(alias: "okta")
            for _ in 0..<Limits.credentialRefusals.value {
                try await rig.vault.refused(connection.credentials[0], by: connection, rig.clock.cause())
            }
            rig.clock.advance(seconds: Int64(Limits.credentialRestSeconds.value) - 1)
            #expect(await failure { try await rig.resolved() }?.reason == "credential_rests")
            rig.clock.advance(seconds: 1)
            #expect(try await rig.resolved() == "s3cret-1")
        }
    }

    @Test("a key that expires is refused from that moment", arguments: TestStore.allCases)
    func byItself(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let end = rig.clock.now.adding(seconds: 1)
            try await rig.run("credential.update", "key", ["expires_at": .string(end.rfc3339)])
            #expect(try await rig.resolved() == "s3cret-1")
            rig.clock.advance(seconds: 1)
            #expect(await failure { try await rig.resolved() }?.reason == "credential_expired")
        }
    }

    @Test("nothing that is remembered is open", arguments: TestStore.allCases)
    func sealed(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let lead = try await rig.database.read { reader in
                try Lead("prod", alias: nil, of: rig.vault, at: rig.clock.now, in: reader)
            }
            #expect(lead.sealed.count == 1)
            #expect(!holdsSecret(lead))
            let opened = try await rig.vault.resolve(alias: "okta")
            #expect(holdsSecret(opened), "the search finds what is open")
        }
    }

    private func holdsSecret(_ value: Any) -> Bool {
        value is Secret || Mirror(reflecting: value).children.contains { holdsSecret($0.value) }
    }
}
