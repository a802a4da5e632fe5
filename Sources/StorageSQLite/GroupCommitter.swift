import Core
import Dispatch
import GRDB
import Storage
import Synchronization

/// Commits many writes with one sync: jobs that wait while the disk works share the next transaction.
///
/// A job that throws rolls back alone: the others of its batch are run again, each in a savepoint of its own. A job is
/// acknowledged only after the commit of its batch; if that commit fails, every job of the batch fails.
final class GroupCommitter: Sendable {
    private typealias Job = @Sendable (GRDB.Database) throws -> Void

    private struct Waiting: Sendable {
        let job: Job
        let done: @Sendable ((any Error)?) -> Void
    }

    private struct State {
        var jobs: [Waiting] = []
        var isRunning = false
        var isClosed = false
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let pool: DatabasePool
    private let queue = DispatchQueue(label: "linchpin.commit")

    init(_ pool: DatabasePool) { self.pool = pool }

    /// Runs the body in the next batch; returns after its commit is on the disk.
    func submit<R: Sendable>(_ body: @escaping @Sendable (GRDB.Database) throws -> R) async throws -> R {
        let result = Mutex<R?>(nil)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let waiting = Waiting(
                job: { database in
                    let value = try body(database)
                    result.withLock { $0 = value }
                },
                done: { error in
                    if let error { continuation.resume(throwing: error) } else { continuation.resume() }
                })
            enqueue(waiting)
        }
        guard let value = result.withLock({ $0 }) else {
            throw StoreFailure.defect("a committed job left no result")
        }
        return value
    }

    /// Accepts nothing more; returns when no job is waiting or running.
    func close() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if !state.isRunning { return true }
                state.idle.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }

    private func enqueue(_ waiting: Waiting) {
        enum Next { case start, wait, refuse(HubError) }
        let next: Next = state.withLock { state in
            if state.isClosed { return .refuse(StoreFailure.closed) }
            guard state.jobs.count < Limits.writeQueue.value else { return .refuse(StoreFailure.busy()) }
            state.jobs.append(waiting)
            if state.isRunning { return .wait }
            state.isRunning = true
            return .start
        }
        switch next {
        case .start: queue.async { self.drain() }
        case .wait: break
        case .refuse(let error): waiting.done(error)
        }
    }

    private func drain() {
        while let batch = nextBatch() {
            do {
                let errors = try commit(batch)
                for (waiting, error) in zip(batch, errors) { waiting.done(error) }
            } catch {
                let error = SQLiteFailure.ofCommit(error)
                for waiting in batch { waiting.done(error) }
            }
        }
    }

    /// The errors of the jobs that failed alone; throws if the batch as a whole was not committed.
    private func commit(_ batch: [Waiting]) throws -> [(any Error)?] {
        try pool.writeWithoutTransaction { database in
            guard let thrown = try Self.together(database, batch) else { return batch.map { _ in nil } }
            return batch.count == 1 ? [thrown.error] : try Self.apart(database, batch, thrown)
        }
    }

    /// The first job of a batch that threw, and what.
    private struct Thrown {
        let place: Int
        let error: any Error
    }

    /// Runs the jobs as one. The first that throws takes all of them back; nil: they are committed.
    private static func together(_ database: GRDB.Database, _ batch: [Waiting]) throws -> Thrown? {
        var thrown: Thrown?
        try database.inTransaction(.immediate) {
            for (place, waiting) in batch.enumerated() {
                do { try waiting.job(database) } catch {
                    thrown = Thrown(place: place, error: error)
                    return .rollback
                }
            }
            return .commit
        }
        return thrown
    }

    /// Runs each job in a savepoint of its own, which keeps a copy of every page that it changes.
    ///
    /// The one that threw is not run again: those before it lead to where it threw. So a slow one is paid for once.
    private static func apart(
        _ database: GRDB.Database, _ batch: [Waiting], _ thrown: Thrown
    ) throws -> [(any Error)?] {
        var errors: [(any Error)?] = []
        try database.inTransaction(.immediate) {
            for (place, waiting) in batch.enumerated() {
                if place == thrown.place {
                    errors.append(thrown.error)
                    continue
                }
                do {
                    try inSavepoint(database, waiting.job)
                    errors.append(nil)
                } catch let lost as SavepointLost {
                    throw lost.cause
                } catch {
                    // A full or broken disk makes SQLite roll back the whole transaction; the next savepoint
                    // would then begin, and commit, one of its own.
                    guard database.isInsideTransaction else { throw error }
                    errors.append(error)
                }
            }
            return .commit
        }
        return errors
    }

    /// A savepoint could not be begun or ended: which writes are in the batch is in doubt, so all of it is taken back.
    private struct SavepointLost: Error {
        let cause: any Error
    }

    /// Runs a job so that it is taken back alone when it throws. GRDB's own savepoints are prepared anew for each.
    private static func inSavepoint(_ database: GRDB.Database, _ job: Job) throws {
        try mark("SAVEPOINT job", database)
        do { try job(database) } catch {
            if database.isInsideTransaction {
                try mark("ROLLBACK TO job", database)
                try mark("RELEASE job", database)
            }
            throw error
        }
        try mark("RELEASE job", database)
    }

    private static func mark(_ sql: String, _ database: GRDB.Database) throws {
        do { try database.cachedStatement(sql: sql).execute() } catch { throw SavepointLost(cause: error) }
    }

    private func nextBatch() -> [Waiting]? {
        let (batch, idle) = state.withLock { state -> ([Waiting]?, [CheckedContinuation<Void, Never>]) in
            if state.jobs.isEmpty {
                state.isRunning = false
                defer { state.idle = [] }
                return (nil, state.idle)
            }
            let count = min(Limits.writeBatch.value, state.jobs.count)
            defer { state.jobs.removeFirst(count) }
            return (Array(state.jobs.prefix(count)), [])
        }
        for continuation in idle { continuation.resume() }
        return batch
    }
}
