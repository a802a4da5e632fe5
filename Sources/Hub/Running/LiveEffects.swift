public import Core
import FoundationEssentials

extension Effects {
    /// The real clock and the real dice: the only place that asks them.
    public static func live() -> Effects {
        let clock = ContinuousClock()
        let start = clock.now
        return Effects(
            now: { Timestamp(epochMilliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
            monotonicNanoseconds: {
                let passed = start.duration(to: clock.now).components
                return UInt64(passed.seconds) * 1_000_000_000 + UInt64(passed.attoseconds / 1_000_000_000)
            },
            randomBytes: { count in
                var generator = SystemRandomNumberGenerator()
                return (0..<count).map { _ in generator.next() }
            },
            sleep: { milliseconds in try await Task.sleep(for: .milliseconds(milliseconds)) })
    }
}
