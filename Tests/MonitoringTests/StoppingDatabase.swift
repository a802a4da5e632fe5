import AuditTrail
import Core
import Storage

struct Stopped: Error {}

/// A store whose writes stop before a statement, as if the process had been killed there.
final class StoppingDatabase: Database {
    let inner: any Database
    let after: Int
    var dialect: Dialect { inner.dialect }
    var epochs: EpochFeed { inner.epochs }

    init(_ inner: any Database, after: Int) {
        self.inner = inner
        self.after = after
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        try await inner.read(body)
    }

    func write<R: Sendable>(_ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R) async throws
        -> R
    {
        let after = after
        return try await inner.write(kind) { writer in
            let stopping = StoppingWriter(writer, left: after)
            let result = try body(stopping)
            try stopping.step()
            return result
        }
    }

    func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        try await inner.migrate(id, steps, at: now)
    }
    func appliedMigrations() async throws -> Set<String> { try await inner.appliedMigrations() }
    func close() async {}
}

final class StoppingWriter: SQLWriter {
    private let inner: any SQLWriter
    private var left: Int

    init(_ inner: any SQLWriter, left: Int) {
        self.inner = inner
        self.left = left
    }

    func step() throws {
        if left == 0 { throw Stopped() }
        left -= 1
    }

    func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try step()
        return try inner.rows(sql, values)
    }
    func run(_ sql: SQL, _ values: [SQLValue]) throws -> Int {
        try step()
        return try inner.run(sql, values)
    }
    func returning(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try step()
        return try inner.returning(sql, values)
    }
    func define(_ steps: [SchemaStep]) throws { try inner.define(steps) }
    func record(_ event: AuditEvent, changing subject: EpochSubject?) throws {
        try step()
        try inner.record(event, changing: subject)
    }
    func announce(_ subject: EpochSubject, at now: Timestamp) throws { try inner.announce(subject, at: now) }
}
