import AuditTrail
import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

/// A secret gives way to its successor step by step; between any two of them the hub may die.
struct RotationTests {
    private static let allowed: [(RotationMachine.Stage, RotationMachine.Step)] = [
        (.idle, .add), (.added, .test), (.added, .drop), (.tested, .test), (.tested, .switch), (.tested, .drop),
        (.switched, .back), (.switched, .retire),
    ]

    @Test(
        "a step that does not fit the stage is refused, and changes nothing", arguments: RotationMachine.Stage.allCases,
        RotationMachine.Step.allCases)
    func machine(_ stage: RotationMachine.Stage, _ step: RotationMachine.Step) {
        let before = RotationMachine(stage: stage, inUse: 4, other: stage == .idle ? nil : 5)
        var after = before
        let isAllowed = Self.allowed.contains { $0 == (stage, step) }
        do throws(RotationMachine.Refusal) {
            _ = try after.take(step)
            #expect(isAllowed)
            #expect(after != before || (stage, step) == (.tested, .test))
        } catch {
            #expect(!isAllowed && after == before && error == .init(step: step, stage: stage))
        }
        #expect((after.stage == .idle) == (after.other == nil))
        #expect(Set(before.next) == Set(Self.allowed.filter { $0.0 == stage }.map(\.1)))
    }

    @Test("whatever is done, the version in use is never the one that is deleted, and a failed test is no test")
    func random() throws {
        var dice = SeededDice(seed: 7)
        var machine = RotationMachine(inUse: 1)
        var (sealed, ever): (Set<Int64>, Set<Int64>) = ([1], [1])
        for _ in 0..<2_000 {
            let steps = RotationMachine.Step.allCases
            let step = steps[Int(dice.next() % UInt64(steps.count))]
            let passed = dice.next() % 2 == 0
            let untested = dice.next() % 4 == 0
            let before = machine
            guard let effect = try? machine.take(step, passed: passed, untested: untested) else {
                #expect(machine == before)
                continue
            }
            switch effect {
            case .seal(let version): #expect(sealed.insert(version).inserted && ever.insert(version).inserted)
            case .note: #expect(machine.stage == (passed ? .tested : .added))
            case .use(let version): #expect(sealed.contains(version) && machine.inUse == version)
            case .delete(let version): #expect(sealed.remove(version) != nil && version != machine.inUse)
            }
            #expect(sealed == Set([machine.inUse] + (machine.other.map { [$0] } ?? [])))
            if step == .switch, !untested { #expect(before.stage == .tested) }
        }
    }

    /// Takes one step with a hub that was only just started, as after a kill; answers the secret that leaves then.
    private func take(_ step: String, _ rig: VaultRig, _ sent: JSONObject = [:]) async throws -> String {
        let restarted = try await VaultRig(rig.database, seed: UInt64(step.utf8.count))
        try await restarted.run("credential.\(step)", "key", sent)
        return try await rig.resolved()
    }

    private func test(_ result: Vault.SuccessorTest, _ version: Int64, _ rig: VaultRig) async throws -> String {
        let restarted = try await VaultRig(rig.database, seed: 99)
        _ = try await restarted.vault.keepTest(result, of: "key", version: version, rig.clock.cause())
        return try await rig.resolved()
    }

    private func sealedVersions(_ rig: VaultRig) async throws -> [Int64] {
        try await rig.database.read { reader in
            try reader.rows(
                """
                SELECT secret.version AS version FROM secret JOIN credential ON credential.secret_id = secret.id
                WHERE credential.name = 'key' ORDER BY secret.version LIMIT 10
                """, []
            ).map { try $0.int("version") }
        }
    }

    @Test(
        "added, tested, switched, gone back, switched again, retired: each durable by itself",
        arguments: TestStore.allCases)
    func course(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            #expect(try await take("add-successor", rig, ["secret": "s3cret-2"]) == "s3cret-1")
            let trial = try await rig.vault.successor(of: "key", through: nil)
            #expect(trial.version == 2 && trial.connection.name == "prod")
            let key = try #require(trial.connection.credentials.first)
            #expect(key.secret.matches(Secret("s3cret-2")) && trial.connection.credentials.count == 1)
            let early = await rig.refusal("credential.switch", "key")
            #expect(early?.reason == "successor_untested")
            #expect(try await test(.failed(reason: "credential_refused", says: "no"), 2, rig) == "s3cret-1")
            let still = await rig.refusal("credential.switch", "key")
            #expect(still?.reason == "successor_untested")
            #expect(try await test(.passed(says: "yes"), 2, rig) == "s3cret-1")
            #expect(try await take("switch", rig) == "s3cret-2")
            #expect(try await take("go-back", rig) == "s3cret-1")
            #expect(await rig.refusal("credential.switch", "key")?.reason == "successor_untested")
            #expect(try await test(.passed(says: "yes"), 2, rig) == "s3cret-1")
            #expect(try await take("switch", rig) == "s3cret-2")
            #expect(try await sealedVersions(rig) == [1, 2])
            #expect(try await take("retire", rig) == "s3cret-2")
            #expect(try await sealedVersions(rig) == [2])
            let shown = try await rig.run("credential.get", "key")
            #expect(shown.value(at: "/rotation/stage") == "idle" && shown["secret"] == "sealed, version 2")
            let steps = try await rig.events().count { $0 == "credential.rotated" }
            #expect(steps == 8, "every step is an audited act")
        }
    }

    @Test("a successor is dropped, and what was in use stays", arguments: TestStore.allCases)
    func dropped(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            let named = await rig.refusal("credential.add-successor", "key", ["secret": "s3cret-2", "key_id": "k2"])
            #expect(named?.reason == "bad_field", "an API key has no id of its own")
            _ = try await take("add-successor", rig, ["secret": "s3cret-2"])
            let twice = await rig.refusal("credential.add-successor", "key", ["secret": "s3cret-3"])
            #expect(twice?.reason == "rotation_open")
            let over = await rig.refusal("credential.update", "key", ["secret": "s3cret-3"])
            #expect(over?.reason == "rotation_open")
            #expect(try await take("drop-successor", rig) == "s3cret-1")
            #expect(try await sealedVersions(rig) == [1])
            try await rig.run("credential.update", "key", ["secret": "s3cret-3"])
            #expect(try await rig.resolved() == "s3cret-3")
            #expect(try await sealedVersions(rig) == [3], "the dropped one's number does not come again")
            #expect(await rig.refusal("credential.retire", "key")?.reason == "no_successor")
        }
    }

    @Test(
        "what comes of a test counts for the secret that was tried, with the settings of then",
        arguments: TestStore.allCases)
    func lateTests(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            _ = try await take("add-successor", rig, ["secret": "s3cret-2"])
            _ = try await take("drop-successor", rig)
            _ = try await take("add-successor", rig, ["secret": "s3cret-3"])
            let late = await failure { _ = try await self.test(.passed(says: "yes"), 2, rig) }
            #expect(late?.kind == .conflict)
            #expect(await rig.refusal("credential.switch", "key")?.reason == "successor_untested")
            _ = try await test(.passed(says: "yes"), 3, rig)
            #expect(try await take("switch", rig) == "s3cret-3")
        }
    }

    @Test("untested, only by saying so; a test of another version counts for nothing", arguments: TestStore.allCases)
    func untested(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            _ = try await take("add-successor", rig, ["secret": "s3cret-2"])
            let other = await failure {
                try await rig.vault.keepTest(.passed(says: "yes"), of: "key", version: 3, rig.clock.cause())
            }
            #expect(other?.reason == "changed_meanwhile")
            #expect(try await take("switch", rig, ["untested": true]) == "s3cret-2")
        }
    }

    @Test("what a refused key rested for is over when the other one takes its place", arguments: TestStore.allCases)
    func rests(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            _ = try await take("add-successor", rig, ["secret": "s3cret-2"])
            _ = try await take("switch", rig, ["untested": true])
            for _ in 0..<20 {
                guard let connection = try? await rig.vault.resolve(alias: "okta") else { break }
                try await rig.vault.refused(connection.credentials[0], by: connection, rig.clock.cause())
            }
            #expect(await failure { try await rig.vault.resolve(alias: "okta") }?.reason == "credential_rests")
            #expect(try await take("go-back", rig) == "s3cret-1")
        }
    }

    @Test("each secret keeps its own end", arguments: TestStore.allCases)
    func ends(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("credential.update", "key", ["expires_at": "2026-11-01T00:00:00Z"])
            let sent: JSONObject = ["secret": "s3cret-2", "expires_at": "2027-11-01T00:00:00Z"]
            _ = try await take("add-successor", rig, sent)
            func ends() async throws -> String? { try await rig.run("credential.get", "key")["expires_at"]?.string }
            #expect(try await ends() == "2026-11-01T00:00:00.000Z")
            _ = try await take("switch", rig, ["untested": true])
            #expect(try await ends() == "2027-11-01T00:00:00.000Z")
            _ = try await take("go-back", rig)
            #expect(try await ends() == "2026-11-01T00:00:00.000Z")
        }
    }

    @Test("a credential goes with both its secrets", arguments: TestStore.allCases)
    func deleted(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.run("credential.create", "", ["name": "key", "kind": "api_key", "secret": "s3cret-1"])
            try await rig.run("credential.add-successor", "key", ["secret": "s3cret-2"])
            let unused = await failure { try await rig.vault.successor(of: "key", through: nil) }
            #expect(unused?.reason == "credential_unused")
            try await rig.run("credential.delete", "key")
            let left = try await rig.database.read { reader in
                (
                    try reader.rows("SELECT id FROM secret WHERE version = 2 ORDER BY id LIMIT 10", []).count,
                    try reader.rows("SELECT credential_id FROM credential_rotation ORDER BY credential_id LIMIT 10", [])
                        .count
                )
            }
            #expect(left.0 == 0 && left.1 == 0)
        }
    }

    @Test("a secret that is too old is overdue until another takes its place", arguments: TestStore.allCases)
    func overdue(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.run("credential.update", "key", ["max_age_days": 30])
            func overdue() async throws -> [String] {
                let now = rig.clock.now
                return try await rig.database.read { try Vault.overdueRotations(at: now, in: $0).map(\.name) }
            }
            func findings() async throws -> [String?]? {
                try await rig.run("credential.get", "key")["findings"]?.array?.map { $0["reason"]?.string }
            }
            #expect(try await overdue() == [])
            #expect(try await findings() == [])
            rig.clock.advance(seconds: 30 * 86_400)
            #expect(try await overdue() == ["key"])
            #expect(try await findings() == ["rotation_overdue"])
            _ = try await rig.run("credential.add-successor", "key", ["secret": "s3cret-2"])
            #expect(try await overdue() == ["key"], "a successor in a drawer is no rotation")
            _ = try await rig.run("credential.switch", "key", ["untested": true])
            #expect(try await overdue() == [])
            #expect(try await findings() == [])
            _ = try await rig.run("credential.update", "key", ["any_age": true])
            rig.clock.advance(seconds: 400 * 86_400)
            #expect(try await overdue() == [])
        }
    }
}
