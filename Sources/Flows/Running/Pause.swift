import Synchronization

/// Whether this hub is about to stop: executions then end their step and let go.
final class Pause: Sendable {
    private let state = Mutex(false)

    var isOn: Bool { state.withLock { $0 } }
    func begin() { state.withLock { $0 = true } }
}
