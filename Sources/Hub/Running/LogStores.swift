import Core
import Foundation
import Logging
import Monitoring
import Storage
import StoragePostgres
import StorageSQLite

/// Where a hub keeps its transaction log: beside the embedded store a file a day, in PostgreSQL its own table.
enum LogStores {
    static func open(
        _ configuration: HubConfiguration, _ folder: DataFolder, _ database: any Database, _ effects: Effects,
        _ logger: Logger
    ) async throws -> TransactionLog {
        guard configuration.database != nil else {
            return TransactionLog(
                store: daily(folder, logger), effects: effects, keptDays: configuration.logDays,
                meaning: RefusalMeaning.of)
        }
        _ = try await Migrator.bring(database, to: MonitoringSchema.logMigrations, at: effects.now())
        return TransactionLog(
            store: .single(database), effects: effects, keptDays: configuration.logDays, meaning: RefusalMeaning.of)
    }

    /// What stands before the name of a day's file that was put aside.
    static let asidePrefix = "damaged-"

    private static func daily(_ folder: DataFolder, _ logger: Logger) -> LogStore {
        .daily(
            open: { day in try SQLiteDatabase(path: folder.log(day: day.text)) },
            days: {
                try folder.logFiles().compactMap { LogDay(String($0.dropFirst(4).dropLast(7))) }
            },
            remove: { day in
                for suffix in ["", "-wal", "-shm"] {
                    let path = folder.log(day: day.text) + suffix
                    if FileManager.default.fileExists(atPath: path) {
                        try FileManager.default.removeItem(atPath: path)
                    }
                }
            },
            putAside: { day in
                let name = try putAside(day, folder)
                logger.error(
                    "a day of the transaction log is damaged; its file was put aside, and the log goes on without it",
                    metadata: ["log.file": "\(name)", "next": "linchpin doctor"])
            })
    }

    /// Renames a day's files to a name that is free, the database last: never may a new one find an old `-wal`.
    private static func putAside(_ day: LogDay, _ folder: DataFolder) throws -> String {
        let files = FileManager.default
        let names = (1...100).lazy.map { "\(asidePrefix)log-\(day.text)\($0 == 1 ? "" : "-\($0)").sqlite" }
        guard let name = names.first(where: { !files.fileExists(atPath: "\(folder.path)/\($0)") }) else {
            throw HubError(
                .unavailable, "log_damaged",
                "The log of \(day.text) is damaged again and again. Look at the disk of \(folder.path).")
        }
        for suffix in ["-shm", "-wal", ""] {
            let path = folder.log(day: day.text) + suffix
            guard files.fileExists(atPath: path) else { continue }
            try files.moveItem(atPath: path, toPath: "\(folder.path)/\(name)\(suffix)")
        }
        return name
    }
}
