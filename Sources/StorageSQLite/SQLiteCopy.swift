import AuditTrail
public import Core
import GRDB
public import Storage

/// An embedded store that is only read: a copy, or the file of a hub that is stopped. Nothing is written, not even a log.
///
/// Every write throws `HubError` `store_read_only`.
public final class SQLiteCopy: Storage.Database {
    private let queue: DatabaseQueue
    private let kept = KeptStatements()

    public let dialect = Dialect.sqlite
    public let epochs = EpochFeed()

    /// Opens a file that is there. What its schema says is not trusted with functions of the program.
    public init(path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
        }
        do { queue = try DatabaseQueue(path: path, configuration: configuration) } catch let error as DatabaseError {
            throw SQLiteFailure.of(error)
        }
    }

    /// Throws `HubError` unless every page and index of the file is sound and its schema is made of tables alone.
    public func check() async throws {
        let (verdict, programs) = try await read { reader in
            (
                try reader.row("PRAGMA integrity_check(1)", [])?.text("integrity_check"),
                try reader.row(
                    "SELECT count(*) AS programs FROM sqlite_master WHERE type NOT IN ('table', 'index')", [])?
                    .int("programs")
            )
        }
        guard verdict == "ok" else {
            throw HubError(
                .invalid, "copy_damaged", "The copy's pages are damaged. Take another copy.",
                detail: verdict ?? "no verdict")
        }
        guard programs == 0 else {
            throw HubError(
                .invalid, "copy_foreign",
                "The copy holds triggers or views, which no hub makes. Take another copy.")
        }
    }

    public func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        do {
            return try await queue.read { [kept] database in try body(SQLiteConnection(database, kept)) }
        } catch let error as DatabaseError { throw SQLiteFailure.of(error) }
    }

    @discardableResult
    public func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R { throw Self.readOnly }

    public func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws { throw Self.readOnly }

    public func appliedMigrations() async throws -> Set<String> {
        try await read { try SQLiteDatabase.migrations(in: $0) }
    }

    public func close() async {
        do { try queue.close() } catch {
            // A reader that is still busy keeps the file open until it has ended; nothing was written.
            queue.interrupt()
        }
    }

    private static var readOnly: HubError {
        HubError(.internal, "store_read_only", "Internal error.", detail: "a copy is only read")
    }
}
