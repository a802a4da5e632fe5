public import Core
import Foundation
public import Logging
import Storage
import StoragePostgres
import StorageSQLite

// The schema of a hub that is stopped.
extension Hub {
    /// What an update would run: `{"state": "current" | "older" | "new", "missing": […], "copy": …}`. Changes nothing.
    public static func checkUpdate(_ configuration: HubConfiguration) async throws -> JSON {
        let database: any Database
        if let conninfo = configuration.database {
            database = try await PostgresDatabase(conninfo: conninfo)
        } else {
            try DataFolder.requireStore(in: configuration.data)
            database = try SQLiteCopy(path: try DataFolder(configuration.data).store)
        }
        let found: Result<StoreSchema, any Error>
        do { found = .success(try await StoreSchema.of(database)) } catch { found = .failure(error) }
        await database.close()
        let (state, missing): (String, [String]) =
            switch try found.get() {
            case .current: ("current", [])
            case .older(let changes): ("older", changes)
            case .new: ("new", [])
            }
        return [
            "state": .string(state), "version": .string(version), "missing": .array(missing.map { .string($0) }),
            "copy": .string(configuration.database == nil ? "made first, into backups" : "make one by pg_dump first"),
        ]
    }

    /// Brings the schema forward, with a copy first where the store is embedded, and opens the hub on it once.
    ///
    /// - Returns: what `checkUpdate` said before.
    public static func update(_ configuration: HubConfiguration, effects: Effects, logger: Logger) async throws -> JSON
    {
        if configuration.database == nil { try DataFolder.requireStore(in: configuration.data) }
        let folder = try DataFolder(configuration.data)
        let lock = try folder.lock()
        try await StoreSwap(folder: folder).carryOut()
        let before = try await checkUpdate(configuration)
        let hub = try await open(
            configuration, effects: effects, logger: logger, folder, lock, mayUpdate: true)
        await hub.close()
        return before
    }
}
