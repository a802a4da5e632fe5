import Synchronization

/// What the hub lives with but somebody should look at: it goes on serving, and says so.
public final class Attention: Sendable {
    /// The matter of a certificate that ends, or of a new one that cannot be used.
    public static let certificate = "certificate"

    private let open = Mutex<[String: String]>([:])

    init() {}

    /// Each matter and what is to do, by name.
    public var all: [(matter: String, sentence: String)] {
        open.withLock { $0.sorted { $0.key < $1.key }.map { (matter: $0.key, sentence: $0.value) } }
    }

    /// What there is to say of a matter; nil when it is settled.
    public subscript(matter: String) -> String? { open.withLock { $0[matter] } }

    /// Opens a matter, or says it anew; true when that is news.
    public func raise(_ matter: String, _ sentence: String) -> Bool {
        open.withLock { $0.updateValue(sentence, forKey: matter) != sentence }
    }

    /// Closes a matter; true when it was open.
    public func settle(_ matter: String) -> Bool { open.withLock { $0.removeValue(forKey: matter) != nil } }
}
