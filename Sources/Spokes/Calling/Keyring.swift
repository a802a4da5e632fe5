import Ports
import Synchronization

/// The keys of one run, handed out in their order; one that was refused never comes again in this run.
final class Keyring: Sendable {
    /// A credential and how it becomes a header.
    struct Key: Sendable {
        let credential: ResolvedCredential
        let way: Authentication
    }

    private let keys: [Key]
    private let position = Mutex(0)

    /// - Parameter first: the first one; there is always one.
    init(_ first: Key, _ others: [Key]) { keys = [first] + others }

    /// The one to use now.
    var current: Key { keys[position.withLock { $0 }] }

    /// Goes on to the next one; false when there is none.
    func moveOn() -> Bool {
        position.withLock { position in
            guard position + 1 < keys.count else { return false }
            position += 1
            return true
        }
    }
}
