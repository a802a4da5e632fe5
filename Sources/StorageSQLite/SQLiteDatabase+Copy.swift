import Core
import Foundation
import GRDB
public import Storage

extension SQLiteDatabase: CopyableStore {
    public func copy(to path: String) async throws {
        // VACUUM INTO takes a file that is there and empty; made here, it is nobody else's for no moment.
        let made = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard made >= 0 else {
            throw HubError(
                errno == ENOSPC ? .unavailable : .invalid, errno == ENOSPC ? "store_full" : "store_file",
                "The copy's file cannot be made: \(String(cString: strerror(errno))). Check its folder.")
        }
        defer { Foundation.close(made) }
        do {
            try await snapshot(into: path)
            guard fsync(made) == 0 else {
                throw HubError(
                    .unavailable, "store_unreachable", "The disk did not confirm the copy. Look at the disk.",
                    detail: "errno \(errno)")
            }
        } catch {
            for suffix in ["", "-journal"] { unlink(path + suffix) }
            throw error
        }
    }

    /// In one read transaction of SQLite's own. Deleted rows are not in the copy, nor is the write-ahead log.
    private func snapshot(into path: String) async throws {
        do {
            try await pool.unsafeRead { database in
                try database.execute(sql: "VACUUM INTO ?", arguments: [path])
            }
        } catch let error as DatabaseError { throw SQLiteFailure.of(error) }
    }

    /// Makes one whole file of a store that nobody has open: what is in its write-ahead log goes into it.
    ///
    /// Throws `HubError` when the file is damaged or foreign; nothing is lost then, all files stay as they are.
    public static func settle(path: String) throws {
        do {
            let queue = try DatabaseQueue(path: path)
            let mode = try queue.inDatabase { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                return try String.fetchOne(database, sql: "PRAGMA journal_mode = DELETE")
            }
            try queue.close()
            guard mode == "delete" else { throw StoreFailure.busy("journal_mode is \(mode ?? "nothing")") }
        } catch let error as DatabaseError { throw SQLiteFailure.of(error) }
    }
}
