import NIOCore
import Synchronization

/// The connections of one client that may carry a request: the handshake is done, the address is vetted.
///
/// A call that fails while there was none has sent nothing, whatever the error is called: a reset of the other side may
/// overtake our own verdict on its certificate.
final class Connections: Sendable {
    /// How it was when a call began.
    struct Mark: Sendable {
        fileprivate let everOpened: Int
        fileprivate let isOpen: Bool
    }

    private struct State {
        var everOpened = 0
        var open = 0
    }

    private let state = Mutex(State())

    var mark: Mark { state.withLock { Mark(everOpened: $0.everOpened, isOpen: $0.open > 0) } }

    func opened(_ channel: any Channel) {
        state.withLock {
            $0.everOpened += 1
            $0.open += 1
        }
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.open -= 1 } }
    }

    /// Whether there was none at the mark and none since.
    func none(since mark: Mark) -> Bool { !mark.isOpen && state.withLock { $0.everOpened } == mark.everOpened }
}
