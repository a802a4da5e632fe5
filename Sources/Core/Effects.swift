/// Everything the hub takes from the outside world without being sent it.
///
/// Only the program builds the live value; logic takes `now` and random bytes as arguments.
public struct Effects: Sendable {
    /// The moment it is.
    public var now: @Sendable () -> Timestamp
    /// Nanoseconds on a clock that never goes back; only differences mean anything.
    public var monotonicNanoseconds: @Sendable () -> UInt64
    /// That many bytes nobody can foretell.
    public var randomBytes: @Sendable (_ count: Int) -> [UInt8]
    /// Waits; throws `CancellationError` when the task is cancelled.
    public var sleep: @Sendable (_ milliseconds: Int64) async throws -> Void

    /// Names each effect; nothing has a default.
    public init(
        now: @escaping @Sendable () -> Timestamp,
        monotonicNanoseconds: @escaping @Sendable () -> UInt64,
        randomBytes: @escaping @Sendable (_ count: Int) -> [UInt8],
        sleep: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void
    ) {
        self.now = now
        self.monotonicNanoseconds = monotonicNanoseconds
        self.randomBytes = randomBytes
        self.sleep = sleep
    }
}
