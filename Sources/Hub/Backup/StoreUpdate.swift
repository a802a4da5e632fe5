import AuditTrail
import Core
import Storage

/// Brings a store's schema forward, with a copy first.
struct StoreUpdate: Sendable {
    let database: any Database
    let folder: DataFolder
    let effects: Effects

    /// Brings it to this program's schema, and records what an older one went through.
    ///
    /// An embedded store is copied into `backups` first, by itself. PostgreSQL cannot be: without `mayUpdate` an older
    /// schema there is refused with what to do.
    func bring(mayUpdate: Bool, by cause: Cause) async throws {
        var copy: String?
        var missing: [String] = []
        switch try await StoreSchema.of(database) {
        case .current: return
        case .new: break
        case .older(let changes):
            missing = changes
            copy = try await copyFirst(changes, mayUpdate: mayUpdate, at: cause.now)
        }
        _ = try await Migrator.bring(database, to: Parts.migrations, at: cause.now)
        guard let last = missing.last else { return }
        var details: [AuditEvent.Key: String] = [.fields: missing.joined(separator: ","), .version: Hub.version]
        details[.backup] = copy
        let event = AuditEvent(.storeUpdated, on: .init("store", id: last, name: last), by: cause, details)
        try await database.write(.change) { writer in try writer.record(event) }
    }

    private func copyFirst(_ missing: [String], mayUpdate: Bool, at now: Timestamp) async throws -> String? {
        if database is any CopyableStore {
            let place = BackupFolder(of: folder)
            let made = try await Backup(database: database, folder: folder, effects: effects)
                .make(in: place, .beforeUpdate, at: now)
            try place.prune(keeping: made.name)
            return made.name
        }
        guard mayUpdate else {
            throw HubError(
                .conflict, "schema_older",
                "The store's schema is older than this program and lies in PostgreSQL, which the hub cannot copy. "
                    + "Make a copy by pg_dump, then run: linchpin update",
                detail: missing.joined(separator: ", "))
        }
        return nil
    }
}
