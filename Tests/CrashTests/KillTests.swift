import Core
import Foundation
import Hub
import Ports
import TestSupport
import Testing

/// Hubs that are killed again and again, at moments that dice choose, while applications, administrators and flows are
/// at work: `LINCHPIN_KILLS` times in all, 50 when it is not set. `LINCHPIN_SEED` throws the dice of a failure again.
@Suite(.serialized) struct KillTests {
    @Test("killed at random moments: what was acknowledged is there, once, with its event", arguments: Batch.all)
    func killed(_ batch: Batch) async throws {
        var dice = Dice(state: batch.seed)
        try await Offboarding.run(on: batch.store) { scene in
            try await KillLoad.with(scene) { load in
                for round in 1...batch.kills {
                    let when: Comment = "\(batch), kill \(round)"
                    try await load.round(Moment(&dice), when) { hub in
                        try await KillCheck.unbroken(scene.place, load.ledger, when)
                        try await KillCheck.usable(hub, load, scene.caller, when)
                    }
                }
                try await load.end { hub in
                    let when: Comment = "\(batch), at the end"
                    try await KillCheck.unbroken(scene.place, load.ledger, when)
                    let ended = try await KillCheck.ended(scene, hub)
                    KillCheck.flows(scene, ended, load.ledger, load.arrived(), when)
                    try await KillCheck.chain(hub, when)
                    KillCheck.busy(load.ledger, when)
                }
            }
        }
    }
}

/// Some kills on one store, which is made anew for the next batch, so that none grows large.
struct Batch: Sendable, CustomTestStringConvertible, CustomStringConvertible {
    static let kills = 25
    let seed: UInt64

    /// An even seed is on SQLite, an odd one on PostgreSQL.
    var store: TestStore { seed.isMultiple(of: 2) ? .sqlite : .postgres }
    var kills: Int { Self.kills }
    var testDescription: String { "\(store), LINCHPIN_SEED=\(seed)" }
    var description: String { testDescription }

    static let all: [Batch] = {
        let variables = ProcessInfo.processInfo.environment
        let kills = variables["LINCHPIN_KILLS"].flatMap { Int($0) } ?? 50
        let first = variables["LINCHPIN_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<500_000) * 2
        return (0..<max(1, kills / Self.kills)).map { Batch(seed: first + UInt64($0)) }
    }()
}

/// When a hub is killed.
enum Moment: Sendable, Equatable {
    /// So long after its process began, ready or not.
    case starting(milliseconds: Int64)
    /// So long after it got ready.
    case after(milliseconds: Int64)
    /// When so many more answers were read.
    case answers(Int)
    /// At that call to the sandbox, before or after it arrives.
    case call(Int, forwards: Bool)

    init(_ dice: inout Dice) {
        self =
            switch dice.roll(8) {
            case 0: .starting(milliseconds: Int64(dice.roll(150)))
            case 1, 2: .after(milliseconds: Int64(dice.roll(300)))
            case 3, 4, 5: .answers(1 + dice.roll(60))
            default: .call(1 + dice.roll(10), forwards: dice.roll(2) == 0)
            }
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): the same seed falls the same way.
struct Dice {
    var state: UInt64

    mutating func roll(_ sides: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((value ^ (value >> 31)) % UInt64(sides))
    }
}
