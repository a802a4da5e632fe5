import AuditTrail
import Core
import Foundation
import Monitoring
import Storage
import StorageSQLite

/// Makes a backup of a store that is in use: a copy, proved, with its manifest; a whole one or none.
struct Backup: Sendable {
    let database: any Database
    let folder: DataFolder
    let effects: Effects

    /// What is left free on the disk at least.
    private static let reserve = Int64(Limits.backupReserveBytes.value)

    /// Makes one. Nothing is half there afterwards: it has its name when all of it is on the disk and was verified.
    func make(in place: BackupFolder, _ reason: BackupManifest.Reason, at now: Timestamp) async throws -> BackupManifest
    {
        guard let store = database as? any CopyableStore else { throw Self.elsewhere }
        let name = BackupFolder.name(at: now, effects)
        try place.prepare()
        try checkRoom(place)
        let partial = try place.begin(name)
        do {
            let copy = "\(partial)/\(BackupManifest.store)"
            try await store.copy(to: copy)
            let manifest = try await Self.describe(copy, name: name, reason, at: now)
            try DiskFile.create(manifest.json.bytes, at: "\(partial)/\(BackupManifest.file)")
            try place.publish(partial, as: name)
            return manifest
        } catch {
            if DiskFile.exists(partial) { try FileManager.default.removeItem(atPath: partial) }
            throw error
        }
    }

    /// Opens a copy read-only, proves its pages and its audit chain, and says what it found.
    static func describe(
        _ path: String, name: String, _ reason: BackupManifest.Reason, at now: Timestamp
    ) async throws -> BackupManifest {
        let copy = try SQLiteCopy(path: path)
        let found: Result<(schema: Set<String>, audit: AuditLog.Verification), any Error>
        do {
            try await copy.check()
            found = .success((try await copy.appliedMigrations(), try await AuditLog(database: copy).verify()))
        } catch { found = .failure(error) }
        await copy.close()
        let (schema, audit) = try found.get()
        return BackupManifest(
            name: name, at: now, version: Hub.version, reason: reason, schema: schema,
            digest: try await DiskFile.apart { try DiskFile.digest(path) }, audit: audit.says,
            checkpoint: audit.checkpoint?.text)
    }

    private func checkRoom(_ place: BackupFolder) throws {
        let needed = DiskFile.size(folder.store) + DiskFile.size(folder.store + "-wal") + Self.reserve
        let room = try DiskFile.room(at: place.path).bytes
        guard room >= needed else {
            throw HubError(
                .unavailable, "backup_no_room",
                "A backup takes up to \(needed >> 20) MiB and the disk has \(room >> 20). "
                    + "Make room, or name a folder on another disk.")
        }
    }

    /// What a hub over PostgreSQL answers: it must not pretend to do what `pg_dump` does.
    static var elsewhere: HubError {
        HubError(
            .invalid, "store_elsewhere",
            "This hub keeps its store in PostgreSQL, which has tools of its own. "
                + "Put its connection into a service file, so that no password stands on a command line, then run: "
                + "pg_dump --format=custom --file=linchpin.dump --dbname=service=linchpin")
    }
}
