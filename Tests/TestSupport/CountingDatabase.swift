public import Core
public import Storage
import Synchronization

/// Another hub's eyes on a store: it has a feed of its own, and counts how often it reads.
public final class CountingDatabase: Database {
    private let inner: any Database
    private let count = Mutex(0)
    public let epochs = EpochFeed()
    public var dialect: Dialect { inner.dialect }
    /// How many snapshots were read.
    public var reads: Int { count.withLock { $0 } }

    /// Over that store.
    public init(_ inner: any Database) { self.inner = inner }

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
