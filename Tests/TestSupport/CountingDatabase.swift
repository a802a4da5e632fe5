import AuditTrail
public import Core
public import Storage
import Synchronization

/// A store seen by another hub, which has a feed of its own; it counts what is asked of it.
public final class CountingDatabase: Database {
    /// What was asked so far.
    public struct Cost: Sendable, Equatable {
        /// How many snapshots were read.
        public var reads = 0
        /// How many transactions were written.
        public var writes = 0
        /// Statements of both, without those of events.
        public var statements = 0
        /// Rows that those statements gave or touched.
        public var rows = 0

        /// What was asked since.
        public func since(_ before: Cost) -> Cost {
            Cost(
                reads: reads - before.reads, writes: writes - before.writes,
                statements: statements - before.statements, rows: rows - before.rows)
        }
    }

    private let inner: any Database
    private let counter = Counter()
    public let epochs: EpochFeed
    public var dialect: Dialect { inner.dialect }
    /// What was asked so far.
    public var cost: Cost { counter.cost.withLock { $0 } }
    /// How many snapshots were read.
    public var reads: Int { cost.reads }

    /// - Parameter epochs: the store's own where it is seen by the same hub.
    public init(_ inner: any Database, epochs: EpochFeed = EpochFeed()) {
        self.inner = inner
        self.epochs = epochs
    }

    public func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        counter.cost.withLock { $0.reads += 1 }
        return try await inner.read { [counter] in try body(CountingReader(inner: $0, counter: counter)) }
    }
    public func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R {
        counter.cost.withLock { $0.writes += 1 }
        return try await inner.write(kind) { [counter] in try body(CountingWriter(inner: $0, counter: counter)) }
    }
    public func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        try await inner.migrate(id, steps, at: now)
    }
    public func appliedMigrations() async throws -> Set<String> { try await inner.appliedMigrations() }
    public func close() async {}
}

private final class Counter: Sendable {
    let cost = Mutex(CountingDatabase.Cost())

    func add(rows: Int) {
        cost.withLock { cost in
            cost.statements += 1
            cost.rows += rows
        }
    }
}

private struct CountingReader: SQLReader {
    let inner: any SQLReader
    let counter: Counter

    func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        let rows = try inner.rows(sql, values)
        counter.add(rows: rows.count)
        return rows
    }
}

private struct CountingWriter: SQLWriter {
    let inner: any SQLWriter
    let counter: Counter

    func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try CountingReader(inner: inner, counter: counter).rows(sql, values)
    }
    func run(_ sql: SQL, _ values: [SQLValue]) throws -> Int {
        let touched = try inner.run(sql, values)
        counter.add(rows: touched)
        return touched
    }
    func returning(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        let rows = try inner.returning(sql, values)
        counter.add(rows: rows.count)
        return rows
    }
    func define(_ steps: [SchemaStep]) throws { try inner.define(steps) }
    func record(_ event: AuditEvent, changing subject: EpochSubject?) throws {
        try inner.record(event, changing: subject)
    }
    func announce(_ subject: EpochSubject, at now: Timestamp) throws { try inner.announce(subject, at: now) }
}
