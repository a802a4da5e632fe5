import Synchronization

/// Counts events by name within a minute, in this hub's memory; bounded, and forgotten when the minute is over.
public final class MinuteCounter: Sendable {
    private struct State {
        var minute: Int64 = -1
        var counts: [String: Int] = [:]

        /// A presented name may be long; its beginning is enough to count by.
        func key(_ name: String) -> String {
            let key = String(name.prefix(120))
            return counts.count >= Limits.countedCallers.value && counts[key] == nil ? "" : key
        }
    }

    private let state = Mutex(State())

    /// Nothing is counted yet.
    public init() {}

    /// Counts one more; how many there are this minute. When too many names are counted, new ones share one count.
    public func count(_ name: String, at now: Timestamp) -> Int {
        let minute = now.epochSeconds / 60
        return state.withLock { state in
            if state.minute != minute { state = State(minute: minute) }
            let key = state.key(name)
            state.counts[key, default: 0] += 1
            return state.counts[key, default: 0]
        }
    }

    /// How many there are this minute, counting none.
    public func counted(_ name: String, at now: Timestamp) -> Int {
        state.withLock { $0.minute == now.epochSeconds / 60 ? $0.counts[$0.key(name)] ?? 0 : 0 }
    }
}
