import Core
import Foundation
import Monitoring
import Storage
import StoragePostgres
import StorageSQLite

/// Where a hub keeps its transaction log: beside the embedded store a file a day, in PostgreSQL its own table.
enum LogStores {
    static func open(
        _ configuration: HubConfiguration, _ folder: DataFolder, _ database: any Database, _ effects: Effects
    ) async throws -> TransactionLog {
        guard configuration.database != nil else {
            return TransactionLog(store: daily(folder), effects: effects, keptDays: configuration.logDays)
        }
        _ = try await Migrator.bring(database, to: MonitoringSchema.logMigrations, at: effects.now())
        return TransactionLog(store: .single(database), effects: effects, keptDays: configuration.logDays)
    }

    private static func daily(_ folder: DataFolder) -> LogStore {
        .daily(
            open: { day in try SQLiteDatabase(path: folder.log(day: day.text)) },
            days: {
                try FileManager.default.contentsOfDirectory(atPath: folder.path).compactMap { name in
                    guard name.hasPrefix("log-"), name.hasSuffix(".sqlite") else { return nil }
                    return LogDay(String(name.dropFirst(4).dropLast(7)))
                }
            },
            remove: { day in
                for suffix in ["", "-wal", "-shm"] {
                    let path = folder.log(day: day.text) + suffix
                    if FileManager.default.fileExists(atPath: path) {
                        try FileManager.default.removeItem(atPath: path)
                    }
                }
            })
    }
}
