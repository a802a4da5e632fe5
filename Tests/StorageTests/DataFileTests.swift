import Core
import Foundation
import Storage
import StorageSQLite
import TestSupport
import Testing

/// The data file is its owner's alone.
@Suite struct DataFileTests {
    @Test("a new folder is 0700, a new file and its companions are 0600")
    func made() async throws {
        try await inFolder { folder in
            let data = folder + "/data"
            let database = try SQLiteDatabase(path: data + "/hub.sqlite")
            _ = try await Migrator.bring(database, to: [ContractRule.tables], at: Timestamp(epochSeconds: 1))
            #expect(try mode(data) == 0o700)
            for name in ["hub.sqlite", "hub.sqlite-wal", "hub.sqlite-shm"] {
                let mode = try mode(data + "/" + name)
                #expect(mode == 0o600, "\(name)")
            }
            await database.close()
            let again = try SQLiteDatabase(path: data + "/hub.sqlite")
            await again.close()
        }
    }

    @Test("a file that others may use is refused and stays as it is", arguments: [0o640, 0o604, 0o660, 0o666])
    func openFile(_ mode: Int) async throws {
        try await inFolder { folder in
            let path = folder + "/hub.sqlite"
            _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: mode])
            #expect(await reason { try SQLiteDatabase(path: path) } == "store_file_open")
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            #expect(size == 0)
        }
    }

    @Test(
        "a folder that others may write is refused, one that they may read is not",
        arguments: [(0o770, false), (0o707, false), (0o777, false), (0o755, true), (0o750, true), (0o700, true)])
    func openFolder(_ mode: Int, _ accepted: Bool) async throws {
        try await inFolder { folder in
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: folder)
            let found = await reason { await (try SQLiteDatabase(path: folder + "/hub.sqlite")).close() }
            #expect(found == (accepted ? "none" : "store_folder_open"))
        }
    }

    @Test("a symbolic link in the file's place is refused, and a folder too")
    func notAFile() async throws {
        try await inFolder { folder in
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/hub.sqlite", withDestinationPath: folder + "/elsewhere")
            #expect(await reason { try SQLiteDatabase(path: folder + "/hub.sqlite") } == "store_file")
            #expect(!FileManager.default.fileExists(atPath: folder + "/elsewhere"))
            try FileManager.default.createDirectory(atPath: folder + "/d", withIntermediateDirectories: false)
            #expect(await reason { try SQLiteDatabase(path: folder + "/d") } == "store_file")
            #expect(await reason { try SQLiteDatabase(path: folder + "/no/such/hub.sqlite") } == "store_folder")
        }
    }

    @Test("a file that is no database is refused")
    func garbage() async throws {
        try await inFolder { folder in
            let path = folder + "/hub.sqlite"
            _ = FileManager.default.createFile(
                atPath: path, contents: Data(repeating: 65, count: 5000), attributes: [.posixPermissions: 0o600])
            #expect(await reason { try SQLiteDatabase(path: path) } == "store_foreign")
        }
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func inFolder(_ body: (String) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "linchpin-test-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }
}
