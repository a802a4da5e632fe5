import Synchronization

/// Counts events by name within a minute, in this hub's memory; bounded, and forgotten when the minute is over.
public final class FailureCounter: Sendable {
    private struct State {
        var minute: Int64 = -1
        var counts: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// Nothing is counted yet.
    public init() {}

    /// Counts one more; how many there are this minute. When too many names are counted, new ones share one count.
    public func count(_ name: String, at now: Timestamp) -> Int {
        let minute = now.epochSeconds / 60
        return state.withLock { state in
            if state.minute != minute { state = State(minute: minute) }
            let isFull = state.counts.count >= Limits.countedCallers.value && state.counts[name] == nil
            // A presented name may be long; its beginning is enough to count by.
            let key = isFull ? "" : String(name.prefix(100))
            state.counts[key, default: 0] += 1
            return state.counts[key, default: 0]
        }
    }

    /// How many there are this minute, counting none.
    public func counted(_ name: String, at now: Timestamp) -> Int {
        state.withLock { $0.minute == now.epochSeconds / 60 ? $0.counts[String(name.prefix(100))] ?? 0 : 0 }
    }
}
