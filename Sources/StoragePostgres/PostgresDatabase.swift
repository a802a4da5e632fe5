import AuditTrail
public import Core
import Dispatch
public import Storage

/// The store that several hubs share: PostgreSQL over libpq, at most `Limits.postgresConnections` sessions.
///
/// Reads are REPEATABLE READ READ ONLY, writes SERIALIZABLE. A write that meets a serialization conflict is run again,
/// up to `Limits.transactionRetries` times. Work waits in one queue of `Limits.writeQueue`; full means `store_busy`.
public final class PostgresDatabase: Storage.Database {
    private let connector: PostgresConnector
    private let pool: SessionPool
    // Of this hub's conflicting writes one at a time is run again, so that they do not defeat each other for ever.
    private let repeating = DispatchSemaphore(value: 1)

    public let dialect = Dialect.postgres
    public let epochs = EpochFeed()

    /// Connects once, to learn that the server is there and fit.
    ///
    /// - Parameters:
    ///   - conninfo: a libpq connection string or URI. It appears in no error. Without `sslmode`, a server that is
    ///     not on this machine must prove its name by TLS (`verify-full`).
    ///   - schema: where the tables are; made by the first migration. Nil takes the server's `search_path`.
    ///   - connections: how many sessions at most.
    ///
    /// Throws `HubError`: `bad_connection_string`, `store_unreachable`, or `store_not_durable` when the server would
    /// acknowledge a commit before it is on its disk.
    public init(
        conninfo: Secret, schema: String? = nil, connections: Int = Limits.postgresConnections.value
    ) async throws {
        connector = try PostgresConnector(conninfo, schema: schema)
        pool = SessionPool(connections)
        let connector = connector
        try await pool.submit { slot in slot = try connector.connect() }
    }

    public func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        try await transaction(.read) { session in try body(session) }
    }

    @discardableResult
    public func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R {
        let (result, subjects) = try await transaction(.write) { session in
            let writer = AuditedWriter(session, kind)
            let result = try body(writer)
            try writer.finish()
            return (result, writer.subjects)
        }
        epochs.changed(subjects)
        return result
    }

    public func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        let schema = connector.schema
        try await transaction(.migration) { session in
            // A migration may take longer than a request's statement may.
            try session.define("SET LOCAL statement_timeout = 0")
            // Any number, the same in every hub; held until the commit. The next statement sees what the holder before us did.
            _ = try session.rows("SELECT pg_advisory_xact_lock(7812734208)", [])
            if let schema { try session.define("CREATE SCHEMA IF NOT EXISTS \"\(schema)\"") }
            if try Self.migrations(session).contains(id) { return }
            let writer = AuditedWriter(session, .bookkeeping("schema change, noted in schema_migration"))
            try writer.define(steps)
            try writer.run(
                "INSERT INTO schema_migration (id, at) VALUES ($1, $2)", [.text(id), .int(now.epochMilliseconds)])
            try writer.finish()
        }
    }

    public func appliedMigrations() async throws -> Set<String> {
        try await transaction(.read) { session in try Self.migrations(session) }
    }

    public func close() async { await pool.close() }

    private static func migrations(_ session: PostgresSession) throws -> Set<String> {
        // The catalogue by a query: `to_regclass` may answer from a cache older than the lock we waited for.
        let found = try session.rows(
            """
            SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relname = 'schema_migration' AND n.nspname = current_schema()
            """, [])
        guard !found.isEmpty else { return [] }
        return Set(try session.rows("SELECT id FROM schema_migration", []).map { try $0.text("id") })
    }
}

extension PostgresDatabase {
    private func transaction<R: Sendable>(
        _ mode: PostgresSession.Mode, _ body: @escaping @Sendable (PostgresSession) throws -> R
    ) async throws -> R {
        let connector = connector
        let repeating = repeating
        return try await pool.submit { slot in
            if let result = try Self.attempt(&slot, connector, mode, body) { return result }
            for _ in 0..<Limits.transactionRetries.value {
                repeating.wait()
                defer { repeating.signal() }
                if let result = try Self.attempt(&slot, connector, mode, body) { return result }
            }
            throw HubError(
                .unavailable, "store_contended", "Too many changes of the same rows at once. Try again in a moment.")
        }
    }

    /// Runs the body in one transaction; nil means a conflict: nothing happened, run it again.
    private static func attempt<R>(
        _ slot: inout PostgresSession?, _ connector: PostgresConnector, _ mode: PostgresSession.Mode,
        _ body: (PostgresSession) throws -> R
    ) throws -> R? {
        let session = try begin(&slot, connector, mode)
        defer { if !session.isUsable { slot = nil } }
        do {
            let result = try body(session)
            if let failure = session.failure { throw failure }
            try session.commit()
            return result
        } catch {
            session.rollback()
            // What the session met decides, not what the body made of it.
            switch session.condition {
            case .conflict: return nil
            case .lost: throw session.failure ?? error
            case .fine, .failed: throw error
            }
        }
    }

    /// A session inside a new transaction. One that went stale while it was idle is replaced: nothing was lost.
    private static func begin(
        _ slot: inout PostgresSession?, _ connector: PostgresConnector, _ mode: PostgresSession.Mode
    ) throws -> PostgresSession {
        if let session = slot {
            do {
                try session.begin(mode)
                return session
            } catch {
                slot = nil
                guard session.condition == .lost else { throw error }
            }
        }
        let session = try connector.connect()
        try session.begin(mode)
        slot = session
        return session
    }
}
