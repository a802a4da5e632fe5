public import Core
public import Storage
import Synchronization

/// A store seen by another hub, which has a feed of its own; it counts how often it is read.
public final class CountingDatabase: Database {
    private let inner: any Database
    private let count = Mutex(0)
    public let epochs: EpochFeed
    public var dialect: Dialect { inner.dialect }
    /// How many snapshots were read.
    public var reads: Int { count.withLock { $0 } }

    /// - Parameter epochs: the store's own where it is seen by the same hub.
    public init(_ inner: any Database, epochs: EpochFeed = EpochFeed()) {
        self.inner = inner
        self.epochs = epochs
    }

    public func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        count.withLock { $0 += 1 }
        return try await inner.read(body)
    }
    public func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R { try await inner.write(kind, body) }
    public func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        try await inner.migrate(id, steps, at: now)
    }
    public func appliedMigrations() async throws -> Set<String> { try await inner.appliedMigrations() }
    public func close() async {}
}
