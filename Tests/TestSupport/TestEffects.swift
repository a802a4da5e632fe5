public import Core
import Synchronization

/// A clock that tests move by hand, and dice that fall the same way each time.
public final class TestEffects: Sendable {
    private let state: Mutex<(now: Timestamp, seed: UInt64)>

    /// A stopped clock and seeded dice.
    public init(seed: UInt64 = 1, at start: Timestamp = Timestamp(epochSeconds: 1_790_000_000)) {
        state = Mutex((start, seed))
    }

    /// The moment it is.
    public var now: Timestamp { state.withLock { $0.now } }

    /// Moves the clock.
    public func advance(seconds: Int64) { state.withLock { $0.now = $0.now.adding(seconds: seconds) } }

    /// The effects to hand in. `sleep` yields and returns at once.
    public var effects: Effects {
        Effects(
            now: { self.now },
            monotonicNanoseconds: { UInt64(self.now.epochMilliseconds) * 1_000_000 },
            randomBytes: { count in
                self.state.withLock { state in (0..<count).map { _ in Self.next(&state.seed) } }
            },
            sleep: { _ in
                try Task.checkCancellation()
                await Task.yield()
            })
    }

    /// A cause by a tester, now.
    public func cause(_ actor: Actor = Actor(.local, id: "test", name: "test")) -> Cause {
        Cause(actor, at: now, .new(effects))
    }

    // SplitMix64 (Steele, Lea, Flood 2014).
    private static func next(_ seed: inout UInt64) -> UInt8 {
        seed &+= 0x9E37_79B9_7F4A_7C15
        var value = seed
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return UInt8(truncatingIfNeeded: value ^ (value >> 31))
    }
}
