import Core
import Foundation
import Ports
import Storage
import StorageSQLite
import TestSupport
import Testing

@testable import Monitoring

/// The ways in which a log lies: one database a day, and one for all; the latter on both databases.
enum LogLayout: String, CaseIterable, Sendable {
    case daily, single, postgres

    func with(_ clock: TestEffects, kept: Int = 30, _ body: (TransactionLog) async throws -> Void) async throws {
        switch self {
        case .single, .postgres:
            try await (self == .single ? TestStore.sqlite : .postgres).with([]) { database in
                try await body(TransactionLog(store: .single(database), effects: clock.effects, keptDays: kept))
            }
        case .daily:
            let folder = FileManager.default.temporaryDirectory.appending(path: "linchpin-log-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let log = TransactionLog(store: Self.daily(folder), effects: clock.effects, keptDays: kept)
            try await body(log)
            try await log.close()
        }
    }

    private static func daily(_ folder: URL) -> LogStore {
        .daily(
            open: { try SQLiteDatabase(path: folder.appending(path: "log-\($0.text).sqlite").path) },
            days: {
                try FileManager.default.contentsOfDirectory(atPath: folder.path).compactMap { name in
                    name.hasSuffix(".sqlite") ? LogDay(String(name.dropFirst(4).dropLast(7))) : nil
                }
            },
            remove: { day in
                for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
                where name.hasPrefix("log-\(day.text).sqlite") {
                    try FileManager.default.removeItem(at: folder.appending(path: name))
                }
            }, putAside: { _ in throw CocoaError(.featureUnsupported) })
    }
}

extension TransactionLog {
    /// What `transaction.get` answers.
    func get(_ id: String) async throws -> JSON {
        let get = try #require(operations.first { $0.name == "transaction.get" })
        return try await get.run(request(get, [:], id: id))
    }

    /// What `transaction.list` answers.
    func list(_ sent: JSONObject = [:]) async throws -> JSON {
        let list = try #require(operations.first { $0.name == "transaction.list" })
        return try await list.run(request(list, sent))
    }

    /// The correlation ids of the list, the newest first.
    func listed() async throws -> [String] {
        try await list()["items"]?.array?.compactMap { $0["correlation"]?.string } ?? []
    }
}
