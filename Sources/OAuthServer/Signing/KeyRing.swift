import Core
import Keys

/// The keys that are not removed, opened. Each was proved to be one that a hub sealed, so that a public half which
/// was slipped into the table is never published.
struct KeyRing: Sendable {
    struct Held: Sendable {
        let key: TokenKey
        let privateKey: JWSPrivateKey
        /// Its `id` is the `kid`.
        let publicKey: JWSPublicKey

        init(_ key: TokenKey, _ privateKey: JWSPrivateKey) {
            self.key = key
            self.privateKey = privateKey
            publicKey = privateKey.publicKey
        }
    }

    let held: [Held]

    /// The one that signs; nil when there is none.
    ///
    /// A first key that waits counts too: another hub, whose clock is ahead, made it a moment ago.
    func signer(_ algorithm: JWSAlgorithm, at now: Timestamp) -> Held? {
        let own = held.filter { $0.key.algorithm == algorithm }
        return own.first { $0.key.state(at: now) == .active } ?? own.first { $0.key.state(at: now) == .published }
    }

    /// The key of that `kid`, compared as bytes.
    func publicKey(_ id: String, at now: Timestamp) -> JWSPublicKey? {
        held.first { $0.key.id.isExactly(id) && $0.key.state(at: now) != .removed }?.publicKey
    }

    /// All of them, those that sign first: a client may take the first that fits.
    func published(at now: Timestamp) -> [JWSPublicKey] {
        let standing = held.filter { $0.key.state(at: now) != .removed }
        let signing = standing.filter { $0.key.state(at: now) == .active }
        return (signing + standing.filter { $0.key.state(at: now) != .active }).map(\.publicKey)
    }
}
