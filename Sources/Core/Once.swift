import Synchronization

/// A value that is made when somebody first asks for it, and then is there for all.
public final class Once<Value: Sendable>: Sendable {
    private let made = Mutex<Value?>(nil)
    private let make: @Sendable () throws -> Value

    /// Says how it is made; whoever asks meanwhile waits.
    public init(_ make: @escaping @Sendable () throws -> Value) { self.make = make }

    /// The value. Throws what making it throws; then the next one who asks tries again.
    public func get() throws -> Value {
        try made.withLock { made in
            if let made { return made }
            let value = try make()
            made = value
            return value
        }
    }
}
