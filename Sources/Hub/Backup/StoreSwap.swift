import Core
import Foundation
import Storage
import StorageSQLite

/// Carries a restore's order out on the files of a store that nobody has open.
///
/// While the copy still waits, whatever is called `hub.sqlite` is the present store: it goes aside, its main file
/// first, then what belongs to it. Only then the copy takes the name, by one rename. Killed anywhere, the next opening
/// finds one of these and goes on; the names never hold the file of one store beside the log of another.
struct StoreSwap: Sendable {
    let folder: DataFolder

    /// What is no property of the store, and will be otherwise.
    private static let passing: Set = ["store_busy", "store_full"]
    private static let companions = ["-wal", "-shm", "-journal"]

    /// Carries out the order that was given, as far as it is not done yet; nothing without one.
    ///
    /// Call it with the folder locked, before the store is opened.
    func carryOut() async throws {
        guard let order = try RestoreOrder.given(folder) else { return }
        let staged = RestoreOrder.staged(folder)
        if DiskFile.exists(staged) {
            try await putAside(order)
            try DiskFile.move(staged, to: folder.store)
            try DiskFile.sync(folder: folder.path)
            try DiskFile.sync(folder: RestoreOrder.place(folder))
        }
        guard DiskFile.exists(folder.store) else {
            throw HubError(
                .invalid, "restore_broken",
                "A restore is under way and both stores are missing. Bring hub.sqlite back from "
                    + "backups/\(Shown.name(order.aside)), then remove the folder restore.")
        }
    }

    private func putAside(_ order: RestoreOrder) async throws {
        let backups = BackupFolder(of: folder)
        try backups.prepare()
        let aside = "\(backups.path)/\(order.aside)"
        if mkdir(aside, 0o700) != 0, errno != EEXIST {
            throw HubError(
                .unavailable, "restore_failed",
                "The present store cannot be put aside: \(String(cString: strerror(errno))). "
                    + "Make room, then start again."
            )
        }
        if DiskFile.exists(folder.store) {
            try await describe(order, in: aside)
            try DiskFile.move(folder.store, to: "\(aside)/\(BackupManifest.store)")
        }
        for companion in Self.companions where DiskFile.exists(folder.store + companion) {
            try DiskFile.move(folder.store + companion, to: "\(aside)/\(BackupManifest.store)\(companion)")
        }
        try DiskFile.sync(folder: aside)
        try DiskFile.sync(folder: backups.path)
        try DiskFile.sync(folder: folder.path)
    }

    /// Makes a backup of the present store where it lies. One that cannot be proved, perhaps the reason for all this,
    /// goes aside as it is, without a manifest.
    ///
    /// Throws what is wrong around it at this moment: then nothing is moved, and the next opening goes on.
    private func describe(_ order: RestoreOrder, in aside: String) async throws {
        let manifest = "\(aside)/\(BackupManifest.file)"
        if DiskFile.exists(manifest) { unlink(manifest) }
        let described: BackupManifest
        do {
            try SQLiteDatabase.settle(path: folder.store)
            described = try await Backup.describe(
                folder.store, name: order.aside, .beforeRestore, at: order.cause.now)
        } catch let error as HubError where Self.passing.contains(error.reason) {
            throw error
        } catch { return }
        try DiskFile.create(described.json.bytes, at: manifest)
    }
}
