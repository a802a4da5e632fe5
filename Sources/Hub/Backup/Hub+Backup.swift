public import Core
import Foundation
public import Logging
import Storage
import StorageSQLite

// Backups and restores of a hub that is stopped; whoever may read the data folder may do this.
extension Hub {
    /// Makes a backup of the store in the data folder; the same answer as the operation `backup.create`.
    ///
    /// Throws `HubError` `hub_running` when a hub has the folder, `no_hub_data` when none ever had.
    public static func backUpOffline(
        _ configuration: HubConfiguration, in elsewhere: String?, effects: Effects
    ) async throws -> JSON {
        guard configuration.database == nil else { throw Backup.elsewhere }
        try DataFolder.requireStore(in: configuration.data)
        let folder = try DataFolder(configuration.data)
        let lock = try folder.lock()
        let database = try await Parts.openStore(configuration, folder)
        let made: Result<BackupManifest, any Error>
        do {
            let desk = BackupDesk(configuration, folder, effects)
            made = .success(try await desk.make(of: database, in: elsewhere, by: localCause(effects)))
        } catch { made = .failure(error) }
        await database.close()
        return try withExtendedLifetime(lock) { try made.get().summary }
    }

    /// The backups in the data folder, or in that one; takes no lock.
    public static func listBackups(_ configuration: HubConfiguration, in elsewhere: String?) throws -> JSON {
        try DataFolder.requireStore(in: configuration.data)
        let place =
            try elsewhere.map(BackupFolder.init(elsewhere:)) ?? BackupFolder(of: try DataFolder(configuration.data))
        return ["items": .array(try place.list())]
    }

    /// Restores a backup and opens the hub on it once, so that it is known to open.
    ///
    /// The present store may be damaged or missing; it is put aside as it is.
    public static func restoreOffline(
        _ configuration: HubConfiguration, _ name: String, in elsewhere: String?, effects: Effects, logger: Logger
    ) async throws -> JSON {
        guard configuration.database == nil else { throw BackupDesk.restoreElsewhere }
        let folder = try DataFolder(configuration.data)
        let lock = try folder.lock()
        try await StoreSwap(folder: folder).carryOut()
        let desk = BackupDesk(configuration, folder, effects)
        let (order, manifest) = try await desk.order(name, in: elsewhere, by: localCause(effects))
        let hub = try await open(configuration, effects: effects, logger: logger, folder, lock)
        await hub.close()
        return order.answer(manifest)
    }

    private static func localCause(_ effects: Effects) -> Cause {
        Cause(Actor(.local, id: "files", name: "local files"), at: effects.now(), .new(effects))
    }
}
