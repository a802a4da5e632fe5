public import Core
import Foundation
import Storage
import StoragePostgres
import StorageSQLite

extension Hub {
    /// The doctor's list of a hub that is stopped; the same answer as the operation `check.list`. Changes nothing.
    ///
    /// Throws `HubError` `hub_running` when a hub has the folder, `no_hub_data` when none ever had.
    public static func examineOffline(_ configuration: HubConfiguration, effects: Effects) async throws -> JSON {
        guard FileManager.default.fileExists(atPath: configuration.data) else {
            throw HubError(
                .notFound, "no_hub_data",
                "There is no hub's data in \(configuration.data). Name the hub's folder with --data.")
        }
        let folder = try DataFolder(configuration.data)
        let lock = try folder.lock()
        let opened: Result<any Database, any Error>
        do { opened = .success(try await openToRead(configuration, folder)) } catch { opened = .failure(error) }
        let answer: JSON
        switch opened {
        case .success(let database):
            answer = await DoctorCheck.examine(Examined(configuration, folder, database, effects))
            await database.close()
        case .failure(let error):
            let problem =
                error as? HubError ?? HubError(.internal, "store_error", "The store cannot be opened.")
            answer = await DoctorCheck.examine(Examined(configuration, folder, nil, effects, problem: problem))
        }
        return withExtendedLifetime(lock) { answer }
    }

    private static func openToRead(
        _ configuration: HubConfiguration, _ folder: DataFolder
    ) async throws -> any Database {
        if let conninfo = configuration.database { return try await PostgresDatabase(conninfo: conninfo) }
        try DataFolder.requireStore(in: folder.path)
        return try SQLiteCopy(path: folder.store)
    }
}
