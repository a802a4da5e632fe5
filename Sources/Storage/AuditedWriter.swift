public import AuditTrail
import Core

/// What a driver offers inside one transaction; `AuditedWriter` makes a `SQLWriter` of it.
public protocol RawConnection {
    /// Runs a query.
    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]
    /// Runs a statement; returns how many rows it touched.
    func run(_ sql: String, _ values: [SQLValue]) throws -> Int
    /// Which SQL is spoken.
    var dialect: Dialect { get }
}

/// Counts what a transaction touches and what it records, so that a change without its event never commits.
public final class AuditedWriter: SQLWriter {
    private let raw: any RawConnection
    private let kind: WriteKind
    private var touched = 0
    private var events = 0

    /// A writer for one run of one closure.
    public init(_ raw: any RawConnection, _ kind: WriteKind) {
        self.raw = raw
        self.kind = kind
    }

    public func rows(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] { try raw.rows(sql.text, values) }

    @discardableResult public func run(_ sql: SQL, _ values: [SQLValue]) throws -> Int {
        let count = try raw.run(sql.text, values)
        touched += count
        return count
    }

    public func returning(_ sql: SQL, _ values: [SQLValue]) throws -> [SQLRow] {
        let found = try raw.rows(sql.text, values)
        touched += found.count
        return found
    }

    public func define(_ steps: [SchemaStep]) throws {
        for statement in steps.flatMap({ $0.statements(raw.dialect) }) { _ = try raw.run(statement, []) }
        touched += steps.count
    }

    public func record(_ event: AuditEvent) throws {
        _ = try raw.run("INSERT INTO audit_pending (event) VALUES ($1)", [.text(event.json.text(sorted: true))])
        events += 1
    }

    /// Called by the driver before it commits; throws `UnauditedChange`.
    public func finish() throws {
        if case .change = kind, touched > 0, events == 0 { throw UnauditedChange() }
    }
}
