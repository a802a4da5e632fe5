public import AuditTrail
public import Core

/// One SQL store.
///
/// Closures are synchronous, free of effects, and may be run again (on PostgreSQL after a serialization conflict or a
/// deadlock, on SQLite when another write of the same batch threw). Nothing they are handed may leave them.
/// `StorageContract` in the tests is the full definition; SQLite and PostgreSQL both pass it.
public protocol Database: Sendable {
    /// Which SQL is spoken.
    var dialect: Dialect { get }

    /// Knows what has changed of what decisions rest on; hears of this object's own commits before `write` returns.
    var epochs: EpochFeed { get }

    /// Runs `body` on one snapshot: what it reads first and what it reads last belong together.
    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R

    /// Runs `body` in one serializable transaction and returns after it is durable (synced to the disk).
    ///
    /// A thrown error rolls everything back. A `.change` that touches a row without recording an event is rolled back
    /// and throws `UnauditedChange`. Throws `HubError` of kind `unavailable` when the queue is full.
    /// Cancelling the task does not undo or interrupt a write that was accepted.
    @discardableResult
    func write<R: Sendable>(_ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R) async throws
        -> R

    /// Runs a migration's steps and notes its id in `schema_migration`, in one transaction; nothing if it is noted.
    func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws

    /// The ids in `schema_migration`; empty when the table does not exist yet.
    func appliedMigrations() async throws -> Set<String>

    /// Ends the store; writes that were accepted are finished first.
    func close() async
}

/// What a write is for.
public enum WriteKind: Sendable {
    /// A change that people answer for. It must record at least one audit event.
    case change
    /// The hub's own progress (journal, lease, cursor, log), which has no event of its own; the reason is for readers.
    case bookkeeping(StaticString)
}

/// Reads inside a transaction.
public protocol SQLReader {
    /// All rows of the answer. Bound the answer in the statement.
    func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow]
}

/// Writes inside a transaction.
public protocol SQLWriter: SQLReader {
    /// Runs a statement; returns how many rows it touched.
    @discardableResult func run(_ sql: SQL, _ values: [SQLValue]) throws -> Int
    /// Runs `INSERT`, `UPDATE` or `DELETE … RETURNING`; returns what it returns.
    func returning(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow]
    /// Runs schema statements (a table that an administrator adds); same transaction.
    func define(_ steps: [SchemaStep]) throws
    /// Appends an audit event; same transaction. Hubs forget what rests on `subject`; nil: nothing does.
    func record(_ event: AuditEvent, changing subject: EpochSubject?) throws
    /// Makes hubs forget what rests on `subject`, where what changes is no event; same transaction.
    func announce(_ subject: EpochSubject, at now: Timestamp) throws
}

extension SQLWriter {
    /// Appends an audit event; same transaction. What it changes is read from its action and its target.
    public func record(_ event: AuditEvent) throws { try record(event, changing: EpochSubject(event)) }
}

extension SQLReader {
    /// The first row, nil if there is none.
    public func row(_ sql: SQL, _ values: [SQLValue]) throws -> SQLRow? { try rows(sql, values).first }
}

/// A `.change` touched rows and recorded no event: a defect, rolled back.
public struct UnauditedChange: Error, Sendable {}
