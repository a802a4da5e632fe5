import Core
import Foundation
public import Storage
import StorageSQLite

/// Which store a test runs on. Every test that touches a store takes it as an argument and runs on both.
public enum TestStore: String, Sendable, CaseIterable {
    case sqlite
    case postgres

    /// Opens a new, empty store, brings it to the migrations, hands it to the test, and removes it.
    public func with<R>(_ migrations: [Migration], _ body: (any Database) async throws -> R) async throws -> R {
        switch self {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appending(path: "linchpin-test-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(at: folder) }
            let database = try SQLiteDatabase(path: folder.appending(path: "hub.sqlite").path)
            return try await use(database, migrations, body)
        case .postgres:
            return try await TestPostgres.with { database in try await use(database, migrations, body) }
        }
    }

    private func use<R>(
        _ database: any Database, _ migrations: [Migration], _ body: (any Database) async throws -> R
    ) async throws -> R {
        do {
            _ = try await Migrator.bring(database, to: migrations, at: Timestamp(epochSeconds: 1_790_000_000))
            let result = try await body(database)
            await database.close()
            return result
        } catch {
            await database.close()
            throw error
        }
    }
}
