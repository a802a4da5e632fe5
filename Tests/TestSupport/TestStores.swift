import Core
import Foundation
public import Storage
import StoragePostgres
import StorageSQLite

/// Which store a test runs on. Every test that touches a store takes it as an argument and runs on both.
public enum TestStore: String, Sendable, CaseIterable {
    case sqlite
    case postgres

    /// Opens a new, empty store, brings it to the migrations, hands it to the test, and removes it.
    public func with<R>(_ migrations: [Migration], _ body: (any Database) async throws -> R) async throws -> R {
        try await withPlace { place in
            let database = try await place.open()
            return try await use(database, migrations, body)
        }
    }

    /// Hands over the place of a new, empty store, for tests that open it more than once; removes it afterwards.
    public func withPlace<R>(_ body: (StorePlace) async throws -> R) async throws -> R {
        switch self {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appending(path: "linchpin-test-\(UUID().uuidString)")
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(at: folder) }
            return try await body(.sqlite(path: folder.appending(path: "hub.sqlite").path))
        case .postgres:
            return try await TestPostgres.withDatabase { conninfo in try await body(.postgres(conninfo: conninfo)) }
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

/// Where a test's store is.
public enum StorePlace: Sendable {
    case sqlite(path: String)
    case postgres(conninfo: String)

    /// Opens it; close it before the test ends.
    public func open() async throws -> any Database {
        switch self {
        case .sqlite(let path): try SQLiteDatabase(path: path)
        case .postgres(let conninfo): try await PostgresDatabase(conninfo: Secret(conninfo))
        }
    }
}
