public import Core
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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
                var bytes = [UInt8](repeating: 0, count: count)
                bytes.withUnsafeMutableBytes { all in
                    // The kernel gives at most 256 at once.
                    for start in stride(from: 0, to: count, by: 256) {
                        let part = UnsafeMutableRawBufferPointer(rebasing: all[start..<min(start + 256, count)])
                        let answer = getentropy(part.baseAddress, part.count)
                        precondition(answer == 0, "no random bytes")
                    }
                }
                return bytes
            },
            sleep: { milliseconds in try await Task.sleep(for: .milliseconds(milliseconds)) })
    }
}
