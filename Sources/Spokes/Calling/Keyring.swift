import Ports
import Synchronization

/// The keys of one run, handed out in their order; one that was refused never comes again in this run.
final class Keyring: Sendable {
    /// A credential and how it becomes a header.
    struct Key: Sendable {
        let credential: ResolvedCredential
        let way: Authentication
    }

    private let state: Mutex<(keys: [Key], position: Int)>

    /// - Parameter first: the first one; there is always one.
    init(_ first: Key, _ others: [Key]) { state = Mutex(([first] + others, 0)) }

    /// The one to use now.
    var current: Key { state.withLock { $0.keys[$0.position] } }

    /// All of them, in their order.
    var all: [Key] { state.withLock { $0.keys } }

    /// Puts the credential with its token, or with a newer one, in the place of the one to use now.
    func renew(_ credential: ResolvedCredential) {
        state.withLock { state in
            state.keys[state.position] = Key(credential: credential, way: state.keys[state.position].way)
        }
    }

    /// Goes on to the next one; false when there is none.
    func moveOn() -> Bool {
        state.withLock { state in
            guard state.position + 1 < state.keys.count else { return false }
            state.position += 1
            return true
        }
    }
}
