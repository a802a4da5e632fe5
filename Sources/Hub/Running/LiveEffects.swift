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
                // Eight at a time: the kernel is asked for each word.
                var generator = SystemRandomNumberGenerator()
                var bytes: [UInt8] = []
                bytes.reserveCapacity(count + 8)
                while bytes.count < count {
                    withUnsafeBytes(of: generator.next() as UInt64) { bytes.append(contentsOf: $0) }
                }
                bytes.removeLast(bytes.count - count)
                return bytes
            },
            sleep: { milliseconds in try await Task.sleep(for: .milliseconds(milliseconds)) })
    }
}
