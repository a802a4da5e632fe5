import Core
import Storage
import TestSupport
import Testing

@testable import Vault

/// A rotation that the hub carries out at the provider: what comes next, from what is kept and from nothing else.
@Suite("Rotation at the provider, the machine") struct ProviderRotationTests {
    private static let start = Timestamp(epochSeconds: 1_000_000)
    private static let overlap: Int64 = 3_600

    /// A row: how far it is there, how far here, and what comes next.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let phase: ProviderRotation.Phase
        let stage: RotationMachine.Stage
        var inUse: Int64 = 1
        var other: Int64?
        var after: Int64 = 0
        var isTested = true
        let next: RotationAct
        var testDescription: String { name }
    }

    private static let rows = [
        Row(name: "nothing is under way", phase: .idle, stage: .idle, next: .begin),
        Row(
            name: "the hub died after it asked", phase: .adding, stage: .idle,
            next: .settle(old: "ocs-old", since: start)),
        Row(
            name: "a person set another secret meanwhile", phase: .adding, stage: .idle, inUse: 3, next: .forget),
        Row(name: "a rotation by hand", phase: .idle, stage: .added, other: 2, next: .stop(.byHand)),
        Row(name: "a successor by hand meanwhile", phase: .adding, stage: .added, other: 2, next: .stop(.byHand)),
        Row(name: "sealed", phase: .open, stage: .added, other: 2, next: .test),
        Row(name: "tested", phase: .open, stage: .tested, other: 2, next: .switch),
        Row(name: "another successor than ours", phase: .open, stage: .tested, other: 3, next: .stop(.byHand)),
        Row(
            name: "within the overlap", phase: .open, stage: .switched, inUse: 2, other: 1, after: overlap - 1,
            next: .wait(until: start.adding(seconds: overlap))),
        Row(
            name: "the overlap is over", phase: .open, stage: .switched, inUse: 2, other: 1, after: overlap,
            next: .takeAway("ocs-old")),
        Row(
            name: "put to use untested, within the overlap", phase: .open, stage: .switched, inUse: 2, other: 1,
            isTested: false, next: .wait(until: start.adding(seconds: overlap))),
        Row(
            name: "put to use untested", phase: .open, stage: .switched, inUse: 2, other: 1, after: overlap,
            isTested: false, next: .stop(.untested)),
        Row(name: "somebody went back", phase: .back, stage: .added, other: 2, next: .stop(.goneBack)),
        Row(name: "went back, tested again", phase: .back, stage: .tested, other: 2, next: .stop(.goneBack)),
        Row(
            name: "went back, and forth again", phase: .back, stage: .switched, inUse: 2, other: 1, after: overlap,
            next: .takeAway("ocs-old")),
        Row(name: "the successor was dropped", phase: .back, stage: .idle, next: .takeAway("ocs-new")),
        Row(name: "retired by hand", phase: .open, stage: .idle, inUse: 2, next: .takeAway("ocs-old")),
        Row(name: "another secret was set since", phase: .open, stage: .idle, inUse: 4, next: .forget),
    ]

    @Test("what comes next", arguments: rows)
    func next(_ row: Row) {
        let known = ProviderRotation(
            phase: row.phase, beganAt: Self.start, oldID: "ocs-old", oldVersion: 1, newID: "ocs-new", newVersion: 2,
            overlapSeconds: Self.overlap)
        let here = Rotation(
            machine: RotationMachine(stage: row.stage, inUse: row.inUse, other: row.other),
            testedAt: row.isTested ? Self.start : nil, switchedAt: row.stage == .switched ? Self.start : nil)
        #expect(known.next(here, at: Self.start.adding(seconds: row.after)) == row.next)
    }

    @Test("the secret in use is never the one that is taken away, whatever is kept")
    func neverTheOneInUse() {
        for phase in ProviderRotation.Phase.allCases {
            for stage in RotationMachine.Stage.allCases {
                for (inUse, other) in [(1, 2), (2, 1), (1, 3), (3, 1), (3, 2)] as [(Int64, Int64)] {
                    let known = ProviderRotation(
                        phase: phase, beganAt: Self.start, oldID: "ocs-1", oldVersion: 1, newID: "ocs-2", newVersion: 2)
                    let here = Rotation(
                        machine: RotationMachine(stage: stage, inUse: inUse, other: stage == .idle ? nil : other),
                        testedAt: Self.start, switchedAt: Self.start)
                    let next = known.next(here, at: Self.start.adding(seconds: 10 * 86_400))
                    #expect(next != .takeAway("ocs-\(inUse)"), "\(phase) \(stage) \(inUse) \(other)")
                }
            }
        }
    }

    @Test("failures in a row come back later and later, up to a day; one success ends that")
    func backOff() {
        var known = ProviderRotation()
        var pauses: [Int64] = []
        for _ in 0..<12 {
            known = known.failed(.init(reason: "no_room", says: "x"), at: Self.start)
            pauses.append((known.nextAt?.epochSeconds ?? 0) - Self.start.epochSeconds)
        }
        #expect(pauses.prefix(4) == [900, 1_800, 3_600, 7_200])
        #expect(pauses == pauses.sorted() && pauses.last == 86_400)
        #expect(known.recovered() == ProviderRotation())
    }

    /// A rotation of the credential `key` whose overlap is over; its id.
    private func overlapped(_ rig: VaultRig) async throws -> String {
        try await rig.furnish()
        let id = try await rig.run("credential.get", "key")["id"]?.string ?? "-"
        let begun = rig.clock.cause()
        try await rig.vault.intendToAdd(of: id, beside: "ocs-old", begun)
        try await rig.vault.sealAdded(Secret("s3cret-2"), id: "ocs-new", of: id, begun: begun.now, rig.clock.cause())
        _ = try await rig.vault.keepTest(.passed(says: "yes"), of: id, version: 2, rig.clock.cause())
        try await rig.vault.switchToSuccessor(of: id, rig.clock.cause())
        rig.clock.advance(seconds: Int64(Limits.rotationOverlapSeconds.value))
        return id
    }

    @Test("what somebody went back to is not taken away, though the turn said so", arguments: TestStore.allCases)
    func backBefore(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            let id = try await overlapped(rig)
            try await rig.run("credential.go-back", "key")
            for secret in ["ocs-old", "ocs-new"] {
                let error = await failure { try await rig.vault.intendToTakeAway(secret, of: id, rig.clock.cause()) }
                #expect(error?.reason == "changed_meanwhile", "\(secret)")
            }
            #expect(try await rig.run("credential.get", "key").value(at: "/rotation/at_provider") == "back")
        }
    }

    @Test("who went back while it was taken away is told to switch again, and both stay here")
    func backMeanwhile() async throws {
        try await VaultRig.with(.sqlite) { rig in
            let id = try await overlapped(rig)
            try await rig.vault.intendToTakeAway("ocs-old", of: id, rig.clock.cause())
            try await rig.run("credential.go-back", "key")
            let error = await failure { try await rig.vault.retireTakenAway("ocs-old", of: id, rig.clock.cause()) }
            #expect(error?.reason == "gone_back" && error?.message.contains("test-successor key") == true)
            let shown = try await rig.run("credential.get", "key")
            #expect(shown.value(at: "/rotation/at_provider") == "idle")
            #expect(shown.value(at: "/rotation/stage") == "added" && shown.value(at: "/rotation/other") == "version 2")
        }
    }

    @Test("a hub rotates by itself only what it may use", arguments: TestStore.allCases)
    func onlyHere(_ store: TestStore) async throws {
        try await VaultRig.with(store) { rig in
            try await rig.furnish()
            try await rig.tamper("UPDATE credential SET rotate_through = 'c1', max_age_days = 1")
            rig.clock.advance(seconds: 86_400)
            func due() async throws -> Int {
                let now = rig.clock.now
                return try await rig.database.read { try rig.vault.rotationsDue(at: now, most: 5, in: $0).count }
            }
            #expect(try await due() == 1)
            try await rig.run("credential.update", "key", ["applies_to": [.string(String(repeating: "0f", count: 16))]])
            #expect(try await due() == 0)
            try await rig.run("credential.update", "key", ["applies_to": [.string(VaultRig.hub)]])
            #expect(try await due() == 1)
            func endAll() async throws -> Int {
                try await rig.database.write(.bookkeeping("a restore")) { try Vault.endRotationsByItself(in: $0) }
            }
            #expect(try await endAll() > 0)
            #expect(try await due() == 0, "after a restore only when somebody names the connection again")
            #expect(try await endAll() == 0)
        }
    }
}
