import Core
import Synchronization

/// What the bodies that anybody may send hold in memory together: HTTP/2 lets one connection send a hundred at once.
final class OpenBodies: Sendable {
    private let held = Mutex(0)
    private let most: Int

    init(most: Int = Limits.openBodiesBytes.value) { self.most = most }

    /// The share of one request, which takes as its bytes arrive.
    func share() -> Share { Share(of: self) }

    /// Gives back what it took when it is released, or before.
    final class Share: Sendable {
        private let all: OpenBodies
        private let taken = Mutex(0)

        fileprivate init(of all: OpenBodies) { self.all = all }
        deinit { giveBack() }

        /// False when there is no room left.
        func take(_ bytes: Int) -> Bool {
            let isTaken = all.held.withLock { held in
                guard held + bytes <= all.most else { return false }
                held += bytes
                return true
            }
            if isTaken { taken.withLock { $0 += bytes } }
            return isTaken
        }

        func giveBack() {
            let bytes = taken.withLock { taken in
                defer { taken = 0 }
                return taken
            }
            all.held.withLock { $0 -= bytes }
        }
    }
}
