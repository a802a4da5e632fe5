import Core
import Dispatch
import Storage
import Synchronization

/// A bounded number of sessions, each on a queue of its own, and one bounded line of work before them.
///
/// A job that was accepted is run whatever becomes of the task that waits for it.
final class SessionPool: Sendable {
    typealias Work = @Sendable (inout PostgresSession?) -> Void

    private final class Worker: Sendable {
        let queue: DispatchQueue
        let session = Mutex<PostgresSession?>(nil)

        init(_ number: Int) { queue = DispatchQueue(label: "linchpin.postgres.\(number)") }
    }

    private struct State {
        var idle: [Worker]
        var waiting: [Work] = []
        var isClosed = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let workers: [Worker]
    private let state: Mutex<State>

    init(_ count: Int) {
        workers = (0..<max(1, count)).map(Worker.init)
        state = Mutex(State(idle: workers))
    }

    /// Runs the work on the next free session; nil in the slot means that it has to connect.
    func submit<R: Sendable>(_ work: @escaping @Sendable (inout PostgresSession?) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<R, any Error>) in
            let refusal = enqueue { slot in
                do { continuation.resume(returning: try work(&slot)) } catch { continuation.resume(throwing: error) }
            }
            if let refusal { continuation.resume(throwing: refusal) }
        }
    }

    /// Accepts nothing more, finishes what was accepted, ends all sessions.
    func close() async {
        await withCheckedContinuation { continuation in
            let isDrained = state.withLock { state in
                state.isClosed = true
                if state.idle.count == workers.count { return true }
                state.closers.append(continuation)
                return false
            }
            if isDrained { continuation.resume() }
        }
        for worker in workers { worker.session.withLock { $0 = nil } }
    }

    private func enqueue(_ work: @escaping Work) -> HubError? {
        enum Next { case start(Worker), wait, refuse(HubError) }
        let next: Next = state.withLock { state in
            if state.isClosed { return .refuse(StoreFailure.closed) }
            if let worker = state.idle.popLast() { return .start(worker) }
            guard state.waiting.count < Limits.writeQueue.value else {
                return .refuse(StoreFailure.busy())
            }
            state.waiting.append(work)
            return .wait
        }
        switch next {
        case .start(let worker): worker.queue.async { self.serve(worker, first: work) }
        case .wait: break
        case .refuse(let error): return error
        }
        return nil
    }

    private func serve(_ worker: Worker, first: @escaping Work) {
        var work: Work? = first
        while let current = work {
            worker.session.withLock { slot in current(&slot) }
            work = next(for: worker)
        }
    }

    private func next(for worker: Worker) -> Work? {
        let (work, closers) = state.withLock { state -> (Work?, [CheckedContinuation<Void, Never>]) in
            if !state.waiting.isEmpty { return (state.waiting.removeFirst(), []) }
            state.idle.append(worker)
            guard state.isClosed, state.idle.count == workers.count else { return (nil, []) }
            defer { state.closers = [] }
            return (nil, state.closers)
        }
        for closer in closers { closer.resume() }
        return work
    }
}
