import Core
import GRDB
import Storage

/// What SQLite's refusals mean to the hub. Values never get into an error, not even into its private half.
enum SQLiteFailure {
    /// Runs the body; its database errors come out as `HubError`.
    static func translating<R>(_ body: () throws -> R) throws -> R {
        do { return try body() } catch let error as DatabaseError { throw of(error) }
    }

    static func of(_ error: DatabaseError) -> HubError {
        let detail = "SQLite \(error.extendedResultCode.rawValue) \(error.message ?? ""): \(error.sql ?? "")"
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
            return StoreFailure.alreadyExists(detail)
        default: break
        }
        switch error.resultCode {
        // SQLite has no code of its own for a table or a column that is there already.
        case .SQLITE_ERROR where isDoubleDefinition(error.message ?? ""): return StoreFailure.alreadyExists(detail)
        case .SQLITE_BUSY, .SQLITE_LOCKED: return StoreFailure.busy(detail)
        case .SQLITE_INTERRUPT: return StoreFailure.slow(detail)
        case .SQLITE_FULL:
            return HubError(.unavailable, "store_full", "The disk is full. Make room, then try again.", detail: detail)
        case .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM:
            return HubError(
                .unavailable, "store_unreachable", "The data file cannot be read or written. Look at the disk.",
                detail: detail)
        case .SQLITE_NOTADB:
            return HubError(
                .invalid, "store_foreign",
                "The data file is not a database of this hub. Bring the right file back.", detail: detail)
        case .SQLITE_CORRUPT:
            return HubError(
                .internal, "store_damaged",
                "The data file is damaged. Stop the hub and bring back a copy that was made before.", detail: detail)
        default: return StoreFailure.defect(detail)
        }
    }

    /// A commit that the disk did not confirm may still be found after a restart.
    static func ofCommit(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        guard error.resultCode == .SQLITE_IOERR else { return of(error) }
        return HubError(
            .unavailable, "commit_unknown",
            "The disk did not confirm the commit, so the change may or may not be there. Look before you repeat it.",
            detail: "SQLite \(error.extendedResultCode.rawValue)")
    }

    private static func isDoubleDefinition(_ message: String) -> Bool {
        message.hasSuffix("already exists") || message.hasPrefix("duplicate column name")
    }
}
