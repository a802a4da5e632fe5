import AuditTrail
import Core
import Foundation
import Ports
import Storage
import Synchronization

/// Backups and restores of one open hub, one at a time.
final class BackupDesk: Sendable {
    private let configuration: HubConfiguration
    private let folder: DataFolder
    private let effects: Effects
    private let isBusy = Mutex(false)

    init(_ configuration: HubConfiguration, _ folder: DataFolder, _ effects: Effects) {
        self.configuration = configuration
        self.folder = folder
        self.effects = effects
    }

    /// Makes a backup of a store and records it there; `elsewhere` names another folder than the hub's own.
    func make(of database: any Database, in elsewhere: String?, by cause: Cause) async throws -> BackupManifest {
        try await alone {
            let place = try elsewhere.map(BackupFolder.init(elsewhere:)) ?? BackupFolder(of: folder)
            let manifest = try await Backup(database: database, folder: folder, effects: effects)
                .make(in: place, .asked, at: cause.now)
            var details: [AuditEvent.Key: String] = [:]
            details[.checkpoint] = manifest.checkpoint
            let event = AuditEvent(
                .storeBackedUp, on: .init("backup", id: manifest.name, name: manifest.name), by: cause, details)
            try await database.write(.change) { writer in try writer.record(event) }
            return manifest
        }
    }

    /// What is in the hub's own folder, or in that one.
    func list(in elsewhere: String?) throws -> [JSON] {
        try (elsewhere.map(BackupFolder.init(elsewhere:)) ?? BackupFolder(of: folder)).list()
    }

    /// Checks a backup whole and orders its restore, which the next opening of the store carries out.
    func order(_ name: String, in elsewhere: String?, by cause: Cause) async throws -> (RestoreOrder, BackupManifest) {
        guard configuration.database == nil else { throw Self.restoreElsewhere }
        return try await alone {
            let place = try elsewhere.map(BackupFolder.init(elsewhere:)) ?? BackupFolder(of: folder)
            let backup = try place.place(name)
            let manifest = try BackupManifest.read(in: backup)
            try StoreSchema.refuseNewer(manifest.schema)
            try checkPlaces(manifest)
            try RestoreOrder.begin(folder)
            do {
                let staged = RestoreOrder.staged(folder)
                let copied = try await DiskFile.apart {
                    try DiskFile.copy("\(backup)/\(BackupManifest.store)", to: staged)
                }
                guard copied == manifest.digest else { throw Self.altered }
                try await CopyInspector(configuration: configuration, effects: effects).pass(staged, as: manifest)
                let order = RestoreOrder(
                    id: ID<RestoreOrder>.new(effects).rawValue, copy: name,
                    aside: BackupFolder.name(at: cause.now, effects) + "-before-restore", cause: cause)
                try order.give(folder)
                return (order, manifest)
            } catch {
                try RestoreOrder.clear(folder)
                throw error
            }
        }
    }

    /// The present store goes aside by renaming, which cannot lead to another disk; the copy needs its size.
    private func checkPlaces(_ manifest: BackupManifest) throws {
        try BackupFolder(of: folder).prepare()
        var (here, there) = (stat(), stat())
        guard stat(folder.path, &here) == 0, stat(BackupFolder(of: folder).path, &there) == 0,
            here.st_dev == there.st_dev
        else {
            throw HubError(
                .invalid, "backups_elsewhere",
                "The folder backups must lie on the disk of the data folder, where the present store is put aside. "
                    + "Name backups elsewhere by their path instead.")
        }
        let needed = manifest.digest.bytes + Int64(Limits.backupReserveBytes.value)
        guard try DiskFile.room(at: folder.path).bytes >= needed else {
            throw HubError(
                .unavailable, "backup_no_room",
                "The copy needs \(needed >> 20) MiB in the data folder. Make room, then try again.")
        }
    }

    private func alone<R>(_ work: () async throws -> R) async throws -> R {
        let isFirst = isBusy.withLock { busy in
            defer { busy = true }
            return !busy
        }
        guard isFirst else {
            throw HubError(
                .conflict, "backup_running", "A backup or a restore is being made at this moment. Wait for it.")
        }
        defer { isBusy.withLock { $0 = false } }
        return try await work()
    }

    private static var altered: HubError {
        HubError(
            .invalid, "backup_altered",
            "The copy's SHA-256 is not the one in its manifest: it was changed or cut short. Take another copy.")
    }

    static var restoreElsewhere: HubError {
        HubError(
            .invalid, "store_elsewhere",
            "This hub keeps its store in PostgreSQL. Stop every hub, then run: "
                + "pg_restore --clean --if-exists --single-transaction --dbname=service=linchpin linchpin.dump")
    }
}
