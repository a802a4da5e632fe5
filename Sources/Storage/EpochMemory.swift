import Core
import Synchronization

/// Values that were read from the store and are remembered while the `EpochFeed` vouches for them: until what they rest on
/// changes, or anything that reaches far, and for `Limits.rememberedSeconds` at most.
public final class EpochMemory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Kept {
        let value: Value
        let restsOn: [EpochSubject]
        let mark: EpochFeed.Mark
        let since: UInt64
    }

    private let epochs: EpochFeed
    private let most: Int
    private let kept = Mutex<[Key: Kept]>([:])

    /// - Parameter most: how many values; when there are more, all are forgotten.
    public init(_ epochs: EpochFeed, most: Int) {
        self.epochs = epochs
        self.most = most
    }

    /// A look into the memory for one request. Take it before the snapshot from which what is missing will be read.
    ///
    /// - Parameter monotonic: the moment of the request, in nanoseconds.
    public func look(at monotonic: UInt64) -> Look { Look(memory: self, mark: epochs.mark(), monotonic: monotonic) }

    /// One request's view of the memory.
    public struct Look: Sendable {
        fileprivate let memory: EpochMemory
        fileprivate let mark: EpochFeed.Mark
        fileprivate let monotonic: UInt64

        /// The value, if it is remembered and still counts.
        public func find(_ key: Key) -> Value? {
            guard let kept = memory.kept.withLock({ $0[key] }) else { return nil }
            let age = monotonic < kept.since ? 0 : monotonic - kept.since
            guard age < UInt64(Limits.rememberedSeconds.value) * 1_000_000_000 else { return nil }
            guard let judge = memory.epochs.judge(at: monotonic), judge.holds(kept.mark, kept.restsOn) else {
                return nil
            }
            return kept.value
        }

        /// Keeps a value that was read after this look began.
        public func keep(_ value: Value, for key: Key, restingOn subjects: [EpochSubject] = []) {
            memory.kept.withLock { kept in
                if kept.count >= memory.most, kept[key] == nil { kept = [:] }
                kept[key] = Kept(value: value, restsOn: subjects, mark: mark, since: monotonic)
            }
        }
    }
}
