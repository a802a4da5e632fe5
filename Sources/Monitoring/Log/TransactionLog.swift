public import Core
public import Ports
import Storage
import Synchronization

/// Every request in and out. `log` never waits; `flush` writes what has come together since.
///
/// At most what came since the last flush is lost in a crash. Nothing that people answer for rests on it: that is the
/// audit trail's.
public final class TransactionLog: TransactionLogging {
    /// How the log is doing; health and metrics show it.
    public struct Condition: Sendable, Equatable {
        /// Transactions that wait to be written.
        public var waiting: Int
        /// Allowed reads dropped since the start because the queue was full.
        public var droppedReads: Int64
        /// Refusals, failures and changes that are only counted because even the reserve was full.
        public var droppedOthers: Int64
        /// Why the last flush failed; nil when it did not.
        public var failure: String?
    }

    private struct State {
        var buffer: LogBuffer
        var condition = Condition(waiting: 0, droppedReads: 0, droppedOthers: 0, failure: nil)
    }

    private let state: Mutex<State>
    private let segments: LogSegments
    private let writing = OneAtATime()
    let effects: Effects
    private let run: String
    let keptDays: Int
    private let meaning: Meaning

    /// What a reason of a request that came in means, by the request's path: what happened, and the next step. Nil where
    /// nobody says so.
    public typealias Meaning = @Sendable (_ path: String, _ reason: String) -> (says: String, next: String)?

    /// A log over its own store.
    ///
    /// - Parameters:
    ///   - keptDays: how many days are kept besides today.
    ///   - meaning: of refusals without a decision, which tells its own.
    public init(
        store: LogStore, effects: Effects, keptDays: Int = Limits.logDays.value,
        meaning: @escaping Meaning = { _, _ in nil }
    ) {
        run = Hex.encode(effects.randomBytes(8))
        state = Mutex(State(buffer: LogBuffer(run: run)))
        segments = LogSegments(store, effects)
        self.effects = effects
        self.keptDays = keptDays
        self.meaning = meaning
    }

    /// The item with `says` and `next`, where its reason is known, and `about`, where that was kept.
    func told(_ item: JSON) -> JSON {
        guard var told = item.object, item["direction"] == "in" else { return item }
        // A refusal that no decision made keeps in its place what it is about.
        if let about = item["decision"]?["about"]?.string {
            // A sum is of one reason, not of one caller.
            let isSum = item["without_row"] != nil || (item["repeated"]?.int ?? 0) > 0
            told["about"] = .string(isSum ? "The first of several: \(about)" : about)
            told["decision"] = .null
        }
        guard told["decision"] == .null, let path = item["path"]?.string, let reason = item["reason"]?.string,
            !reason.isEmpty, let meaning = meaning(path, reason)
        else { return .object(told) }
        told["says"] = .string(meaning.says)
        told["next"] = .string(meaning.next)
        return .object(told)
    }

    public func log(_ transaction: Transaction) {
        state.withLock { $0.buffer.add(transaction) }
    }

    /// How the log is doing.
    public var condition: Condition {
        state.withLock { state in
            var condition = state.condition
            condition.waiting = state.buffer.waiting
            condition.droppedReads += state.buffer.dropped.reads
            condition.droppedOthers += state.buffer.dropped.others
            return condition
        }
    }

    /// Writes everything that waits. Call it each second, and at the end.
    ///
    /// - Throws: what the store throws; the rows are kept, within their bounds, for the next call.
    public func flush() async throws { try await writing.run { try await self.writeAll() } }

    /// Removes the days before the kept ones, as a whole, and makes room for tomorrow; call it now and then.
    public func sweep() async throws { try await segments.sweep(today: LogDay(effects.now()), oldest: oldestDay) }

    /// Writes what waits and closes the databases.
    public func close() async throws {
        try await flush()
        try await segments.close()
    }

    var oldestDay: LogDay { LogDay(effects.now()).earlier(by: keptDays) }

    /// The databases that may hold rows since that moment, and before another, the newest first, after what waits was
    /// written.
    ///
    /// A flush that fails does not hide what was written before; `condition` tells of it.
    func databases(since: Timestamp, before end: Timestamp? = nil) async throws -> [any Database] {
        do { try await flush() } catch { state.withLock { $0.condition.failure = "\(error)" } }
        return try await segments.databases(since: max(LogDay(since), oldestDay), until: end.map { LogDay($0) })
    }

    private func writeAll() async throws {
        // Bounded: what comes in meanwhile is for the next call.
        var left = state.withLock { $0.buffer.turns(of: Limits.logBatch.value) }
        while left > 0 {
            left -= 1
            let batch = state.withLock { $0.buffer.take(Limits.logBatch.value) }
            if batch.isEmpty { break }
            try await write(batch)
        }
        state.withLock { $0.condition.failure = nil }
    }

    private func write(_ batch: LogBatch) async throws {
        let now = effects.now()
        var parts = Dictionary(grouping: batch.rows) { LogDay($0.transaction.at) }
            .mapValues { LogBatch(rows: $0) }
        for (day, repeats) in Dictionary(grouping: batch.repeats, by: { LogDay($0.at) }) {
            parts[day, default: LogBatch()].repeats = repeats
        }
        if batch.dropped != LogBatch.Dropped() { parts[LogDay(now), default: LogBatch()].dropped = batch.dropped }
        let id = run + "-" + Hex.encode(effects.randomBytes(8))
        var failure: (any Error)?
        for (day, part) in parts.sorted(by: { $0.key < $1.key }) {
            do {
                try await segments.write(part, for: day, at: now, id: id)
                state.withLock { state in
                    state.condition.droppedReads += part.dropped.reads
                    state.condition.droppedOthers += part.dropped.others
                }
            } catch {
                state.withLock { state in
                    state.buffer.putBack(part)
                    state.condition.failure = "\(error)"
                }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
    }
}

/// Runs one piece of work after the other, in the order in which they were asked for.
actor OneAtATime {
    private var last: Task<Void, any Error>?

    func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let before = last
        let task = Task {
            _ = await before?.result
            try await work()
        }
        last = task
        try await task.value
    }
}
