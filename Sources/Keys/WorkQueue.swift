import Core
import Dispatch
import Synchronization

/// Runs blocking work on threads outside the cooperative pool: some at once, some waiting, the rest refused.
final class WorkQueue: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "linchpin.work", attributes: .concurrent)
    private let atOnce: Int
    private let mostWaiting: Int

    init(atOnce: Int, waiting: Int) {
        self.atOnce = atOnce
        mostWaiting = waiting
    }

    /// What the body returns or throws. Throws `HubError` of kind `unavailable` when too many wait already.
    ///
    /// Cancelling the task does not stop work that was accepted.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = submit {
                let result = Result { try body() }
                self.finished()
                continuation.resume(with: result)
            }
            if !accepted {
                continuation.resume(
                    throwing: HubError(
                        .unavailable, "too_many_hashes", "Too many sign-ins at once. Try again in a moment."))
            }
        }
    }

    /// How many wait now.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        enum Next { case start, wait, full }
        let next: Next = state.withLock { state in
            if state.running < atOnce {
                state.running += 1
                return .start
            }
            guard state.waiting.count < mostWaiting else { return .full }
            state.waiting.append(job)
            return .wait
        }
        if case .start = next { queue.async(execute: job) }
        if case .full = next { return false }
        return true
    }

    private func finished() {
        let next: (@Sendable () -> Void)? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        if let next { queue.async(execute: next) }
    }
}
