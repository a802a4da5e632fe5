import AuditTrail
public import Core
import GRDB
import GRDBSQLite
public import Storage
import Synchronization

/// The embedded store: one file in WAL mode, synced at every commit.
public final class SQLiteDatabase: Storage.Database {
    let pool: DatabasePool
    private let committer: GroupCommitter
    private let milliseconds: Int
    private let kept = KeptStatements()
    private let isClosed = Mutex(false)

    public let dialect = Dialect.sqlite
    public let epochs = EpochFeed()

    /// Opens or creates the file, readable by its owner alone; see `DataFile`.
    ///
    /// Throws `HubError` of kind `internal` when the writer does not run with `synchronous=FULL`: without it an
    /// acknowledged write could be lost with the power.
    ///
    /// - Parameter statementMilliseconds: after which a statement that reads is ended with `store_slow`.
    public init(path: String, statementMilliseconds: Int = Limits.statementMilliseconds.value) throws {
        milliseconds = statementMilliseconds
        try DataFile.prepare(path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.label = "linchpin"
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // Not in `prepareDatabase`: the pool sets NORMAL after it has run.
            let level = try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                // The pages that savepoints would put back, where a batch is run apart: beyond 64 KiB they go into a file
                // made for each batch otherwise. An index that is added to a large table is sorted in memory so.
                try database.execute(sql: "PRAGMA temp_store = MEMORY")
                return try Int.fetchOne(database, sql: "PRAGMA synchronous")
            }
            try Self.check(synchronous: level)
        } catch let error as DatabaseError { throw SQLiteFailure.of(error) }
        committer = GroupCommitter(pool)
    }

    public func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        do {
            return try await pool.read { [kept, milliseconds] database in
                try body(SQLiteConnection(database, kept, milliseconds: milliseconds))
            }
        } catch let error as DatabaseError { throw SQLiteFailure.of(error) }
    }

    @discardableResult
    public func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R {
        let (result, subjects) = try await committer.submit { [kept, milliseconds] database in
            let writer = AuditedWriter(SQLiteConnection(database, kept, milliseconds: milliseconds), kind)
            let result = try body(writer)
            try writer.finish()
            return (result, writer.subjects)
        }
        epochs.changed(subjects)
        return result
    }

    public func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws {
        try await write(.bookkeeping("schema change, noted in schema_migration")) { writer in
            let known = try Self.hasMigrationTable(writer)
            if known,
                try writer.row("SELECT id FROM schema_migration WHERE id = $1", [.text(id)]) != nil
            {
                return
            }
            try writer.define(steps)
            try writer.run(
                "INSERT INTO schema_migration (id, at) VALUES ($1, $2)", [.text(id), .int(now.epochMilliseconds)])
        }
    }

    public func appliedMigrations() async throws -> Set<String> {
        try await read { try Self.migrations(in: $0) }
    }

    public func close() async {
        await committer.close()
        // Once: GRDB hands a connection that is closed to SQLite as it is.
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard isFirst else { return }
        do {
            // SQLite itself leaves the log as it is here; a hub that has stopped in order is one whole file.
            _ = try await pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try pool.close()
        } catch {
            // A reader that is still busy is stopped; nothing is lost, the log is read at the next start.
            pool.interrupt()
        }
    }

    static func check(synchronous level: Int?) throws {
        guard level == 2 else {
            throw HubError(
                .internal, "store_not_durable",
                "This SQLite does not keep synchronous=FULL, so the store cannot promise durability. Use Debian's libsqlite3.",
                detail: "PRAGMA synchronous read back as \(level.map(String.init) ?? "nothing")")
        }
    }

    /// The ids in `schema_migration`; empty when the table does not exist yet.
    static func migrations(in reader: any SQLReader) throws -> Set<String> {
        guard try hasMigrationTable(reader) else { return [] }
        return Set(try reader.rows("SELECT id FROM schema_migration", []).map { try $0.text("id") })
    }

    private static func hasMigrationTable(_ reader: any SQLReader) throws -> Bool {
        try reader.row(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'", []) != nil
    }
}

extension SQLiteDatabase {
    /// How many prepared statements the connection that writes holds at this moment.
    func statementsKept() -> Int {
        pool.writeWithoutTransaction { database in
            var count = 0
            var statement = sqlite3_next_stmt(database.sqliteConnection, nil)
            while statement != nil {
                count += 1
                statement = sqlite3_next_stmt(database.sqliteConnection, statement)
            }
            return count
        }
    }
}
