public import Core
import Synchronization

/// Tells whether what a hub remembers is still what the store says: the hub's side of the table `epoch_feed`.
///
/// Every change that decisions rest on leaves a row there in its own transaction (`AuditedWriter.record`). Changes made
/// through this store object are known when `write` returns; those of other hubs when `follow` next reads the table.
/// A fact counts while nothing that it rests on has changed since before it was read, and only while the feed was
/// confirmed within `Limits.epochConfirmMilliseconds`.
public final class EpochFeed: Sendable {
    /// A point in the order of changes: take it before reading a fact, keep it with the fact.
    public struct Mark: Sendable {
        fileprivate let number: UInt64
    }

    private struct State {
        /// Grows with each change that this hub learns of.
        var number: UInt64 = 0
        var everythingChanged: UInt64 = 0
        var changed: [EpochSubject: UInt64] = [:]
        var position: FeedPosition?
        /// Nanoseconds of the monotonic clock when the last reading of the table began.
        var confirmed: UInt64?

        mutating func note(_ subjects: Set<EpochSubject>) {
            number += 1
            if subjects.contains(.everything) || changed.count + subjects.count > Limits.epochSubjects.value {
                everythingChanged = number
                changed = [:]
            } else {
                for subject in subjects { changed[subject] = number }
            }
        }
    }

    private let state = Mutex(State())

    /// Knows nothing yet: no fact counts before the first `follow`.
    public init() {}

    /// Where the order of changes stands now.
    public func mark() -> Mark { state.withLock { Mark(number: $0.number) } }

    /// A judge of facts, on one state of the feed; nil when it was not confirmed lately: then the store must be asked.
    ///
    /// - Parameter monotonic: the moment of the request, in nanoseconds.
    public func judge(at monotonic: UInt64) -> Judge? {
        state.withLock { state in
            guard Self.isRecent(state.confirmed, monotonic, Limits.epochConfirmMilliseconds.value) else { return nil }
            return Judge(number: state.number, everything: state.everythingChanged, changed: state.changed)
        }
    }

    /// Says whether facts still hold. Use it at once and let go of it: it is as old as the moment it was asked for.
    public struct Judge: Sendable {
        fileprivate let number: UInt64
        fileprivate let everything: UInt64
        fileprivate let changed: [EpochSubject: UInt64]

        /// Whether nothing of this has changed since the mark.
        ///
        /// - Parameter subjects: nil for a fact about something that is not there; any change at all ends it.
        public func holds(_ mark: Mark, _ subjects: [EpochSubject]?) -> Bool {
            guard let subjects else { return mark.number == number }
            return everything <= mark.number && subjects.allSatisfy { (changed[$0] ?? 0) <= mark.number }
        }
    }

    /// Called by a driver after a commit, before `write` returns.
    public func changed(_ subjects: Set<EpochSubject>) {
        guard !subjects.isEmpty else { return }
        state.withLock { $0.note(subjects) }
    }

    /// Reads what has changed since the last time; call it several times a second, one call after the other.
    ///
    /// The first call, one after a pause of more than `Limits.epochPauseSeconds`, and one that finds another server
    /// make the hub forget everything.
    /// - Parameter monotonic: the moment of the call, in nanoseconds.
    public func follow(_ database: any Database, at monotonic: UInt64) async throws {
        let position = state.withLock { state in
            Self.isRecent(state.confirmed, monotonic, Limits.epochPauseSeconds.value * 1_000) ? state.position : nil
        }
        let dialect = database.dialect
        let news = try await database.read { try FeedPosition.news(since: position, dialect, in: $0) }
        state.withLock { state in
            if !news.subjects.isEmpty { state.note(news.subjects) }
            state.position = news.position
            state.confirmed = monotonic
        }
    }

    /// Deletes rows that every hub has read or will not ask for, at most so many; returns how many.
    public static func sweep(_ database: any Database, at now: Timestamp, most: Int) async throws -> Int {
        let end = now.adding(seconds: -Int64(Limits.epochFeedSeconds.value))
        return try await database.write(.bookkeeping("rows of the epoch feed that all hubs know")) { writer in
            try writer.run(
                "DELETE FROM epoch_feed WHERE seq IN (SELECT seq FROM epoch_feed WHERE at < $1 ORDER BY at LIMIT $2)",
                [.int(end.epochMilliseconds), .int(Int64(most))])
        }
    }

    private static func isRecent(_ confirmed: UInt64?, _ monotonic: UInt64, _ milliseconds: Int) -> Bool {
        guard let confirmed else { return false }
        // A request may have begun before the last reading did.
        return monotonic < confirmed || monotonic - confirmed <= UInt64(milliseconds) * 1_000_000
    }
}
