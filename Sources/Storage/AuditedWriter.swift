public import AuditTrail
public import Core

/// What a driver offers inside one transaction; `AuditedWriter` makes a `SQLWriter` of it.
public protocol RawConnection {
    /// Runs a query; throws for a statement that changes anything.
    func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow]
    /// Runs `INSERT`, `UPDATE` or `DELETE … RETURNING`.
    func returning(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow]
    /// Runs a statement; returns how many rows it touched.
    func run(_ sql: SQL, _ values: [SQLValue]) throws -> Int
    /// Runs a schema statement.
    func define(_ sql: String) throws
    /// Which SQL is spoken.
    var dialect: Dialect { get }
}

/// Counts what a transaction touches and what it records, so that a change without its event never commits.
///
/// A statement that failed ends the transaction, on both databases: whatever the closure makes of the error,
/// every later statement and the commit throw it again.
public final class AuditedWriter: SQLWriter {
    private let raw: any RawConnection
    private let kind: WriteKind
    private var touched = 0
    private var events = 0
    private var failure: (any Error)?
    /// What decisions rest on and this transaction changes; the driver hands it to its `EpochFeed` after the commit.
    public private(set) var subjects: Set<EpochSubject> = []

    /// A writer for one run of one closure.
    public init(_ raw: any RawConnection, _ kind: WriteKind) {
        self.raw = raw
        self.kind = kind
    }

    public func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        try step { try raw.rows(sql, values) }
    }

    @discardableResult public func run(_ sql: SQL, _ values: [SQLValue]) throws -> Int {
        let count = try step { try raw.run(sql, values) }
        touched += count
        return count
    }

    public func returning(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        let found = try step { try raw.returning(sql, values) }
        touched += found.count
        return found
    }

    public func define(_ steps: [SchemaStep]) throws {
        try step { for statement in steps.flatMap({ $0.statements(raw.dialect) }) { try raw.define(statement) } }
        touched += steps.count
    }

    public func record(_ event: AuditEvent, changing subject: EpochSubject?) throws {
        let text = event.json.text()
        try step {
            // A schema that swallows events, such as one that was slipped in with a copy, must stop the change.
            guard try raw.run("INSERT INTO audit_pending (event) VALUES ($1)", [.text(text)]) == 1 else {
                throw HubError(.internal, "event_not_kept", "Internal error.", detail: "audit_pending took no row")
            }
        }
        events += 1
        if let subject { try announce(subject, at: event.cause.now) }
    }

    /// Tells the other hubs, once for each subject.
    public func announce(_ subject: EpochSubject, at now: Timestamp) throws {
        guard subjects.insert(subject).inserted else { return }
        _ = try step {
            try raw.run(
                "INSERT INTO epoch_feed (subject, at) VALUES ($1, $2)",
                [.text(subject.text), .int(now.epochMilliseconds)])
        }
    }

    /// Called by the driver before it commits; throws `UnauditedChange`, or the error of a statement that failed.
    public func finish() throws {
        if let failure { throw failure }
        if case .change = kind, touched > 0, events == 0 { throw UnauditedChange() }
    }

    private func step<R>(_ body: () throws -> R) throws -> R {
        if let failure { throw failure }
        do { return try body() } catch {
            failure = error
            throw error
        }
    }
}
