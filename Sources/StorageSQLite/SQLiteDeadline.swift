import Dispatch
import GRDBSQLite

/// SQLite's missing statement time-out: it asks now and then whether to go on, and after the deadline the answer is no.
final class SQLiteDeadline {
    /// How many steps of SQLite's machine lie between two questions: well under a millisecond.
    private static let steps: Int32 = 20_000

    private let until: UInt64

    init(milliseconds: Int) { until = DispatchTime.now().uptimeNanoseconds + UInt64(milliseconds) * 1_000_000 }

    /// Runs the body; a statement that is still running at the deadline ends with `SQLITE_INTERRUPT`.
    func holds<R>(over connection: OpaquePointer?, _ body: () throws -> R) rethrows -> R {
        sqlite3_progress_handler(
            connection, Self.steps,
            { context in
                guard let context else { return 0 }
                return Unmanaged<SQLiteDeadline>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
            }, Unmanaged.passUnretained(self).toOpaque())
        defer { sqlite3_progress_handler(connection, 0, nil, nil) }
        return try withExtendedLifetime(self) { try body() }
    }

    private var isOver: Bool { DispatchTime.now().uptimeNanoseconds >= until }
}
