import Core
import Foundation
import Storage
import StorageSQLite
import Testing

@testable import Hub

@Suite("Small files, and whose folder it is") struct SmallFileTests {
    private func mode(_ path: String) -> mode_t {
        var found = stat()
        return lstat(path, &found) == 0 ? found.st_mode & 0o777 : 0
    }

    @Test("A file is made whole or not at all, closed to others, and never in place of another")
    func create() async throws {
        try await TestHub.withFolder { folder in
            let path = folder + "/a"
            // What a killed program left is no hindrance, and a link in its place is not followed.
            try FileManager.default.createSymbolicLink(
                atPath: path + ".new", withDestinationPath: folder + "/elsewhere")
            try DiskFile.create([1, 2], at: path)
            #expect(mode(path) == 0o600)
            #expect(throws: HubError.self) { try DiskFile.create([3], at: path) }
            #expect(FileManager.default.contents(atPath: path) == Data([1, 2]))
            try DiskFile.replace([4], at: path)
            #expect(FileManager.default.contents(atPath: path) == Data([4]) && mode(path) == 0o600)
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: folder + "/elsewhere")
            #expect(throws: HubError.self) { try DiskFile.create([5], at: path) }
            try DiskFile.replace([6], at: path)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a"])
            #expect(throws: HubError.self) { try DiskFile.create([7], at: folder + "/none/b") }
        }
    }

    @Test("The command line sends nothing to a socket in a folder that others may write")
    func foreign() async throws {
        try await TestHub.with { test in
            _ = try await test.admin.call("GET", "/checks")
            for open: mode_t in [0o750, 0o707, 0o777] {
                chmod(test.folder, open)
                let error = await #expect(throws: HubError.self) { try await test.admin.call("GET", "/checks") }
                #expect(error?.reason == "data_folder_open", "\(open)")
            }
            chmod(test.folder, 0o700)
            _ = try await test.admin.call("GET", "/checks")
        }
    }

    @Test(
        "A folder of somebody else is refused, but for root by its whole path", .enabled(if: geteuid() == 0),
        arguments: [true, false])
    func owner(_ isWhole: Bool) async throws {
        try await TestHub.withFolder { folder in
            try #require(chown(folder, 12_345, 12_345) == 0)
            let here = FileManager.default.currentDirectoryPath
            let up = String(repeating: "../", count: here.split(separator: "/").count)
            let client = AdminClient(data: isWhole ? folder : up + folder.dropFirst())
            let error = await #expect(throws: HubError.self) { try await client.call("GET", "/checks") }
            #expect(error?.reason == (isWhole ? "no_hub" : "data_folder_foreign"))
            try await client.close()
        }
    }

    @Test("Backups that the hub made by itself do not pile up; those that were asked for stay")
    func prune() async throws {
        try await TestHub.withFolder { path in
            let place = BackupFolder(of: try DataFolder(path))
            try place.prepare()
            let most = Limits.ownBackups.value
            for (number, reason) in zip(
                10..., Array(repeating: BackupManifest.Reason.beforeUpdate, count: most) + [.asked, .beforeRestore])
            {
                let name = "20261122T0000\(number)Z-aaaa"
                let made = try place.begin(name)
                let manifest = BackupManifest(
                    name: name, at: Timestamp(epochSeconds: 1), version: "0.1", reason: reason, schema: ["a"],
                    digest: .init(bytes: 1, sha256: String(repeating: "0", count: 64)), audit: "", checkpoint: nil)
                try DiskFile.create(manifest.json.bytes, at: "\(made)/\(BackupManifest.file)")
                try place.publish(made, as: name)
            }
            mkdir("\(place.path)/20200101T000000Z-aside", 0o700)
            // The one that was made just now has the oldest name: the clock was ahead before.
            let newest = "20261122T000010Z-aaaa"
            try place.prune(keeping: newest)
            let left = try FileManager.default.contentsOfDirectory(atPath: place.path).sorted()
            #expect(left.count == most + 2 && left.first == "20200101T000000Z-aside")
            #expect(left.contains(newest) && !left.contains("20261122T000011Z-aaaa"))
            #expect(left.contains("20261122T000012Z-aaaa"))
            try place.prune(keeping: newest)
            #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).count == most + 2)
        }
    }

    @Test("A store that cannot be looked at just now is not called damaged: the restore waits")
    func busyStore() async throws {
        try await TestHub.withFolder { path in
            let configuration = try await TestHub.configuration(["LINCHPIN_DATA": path])
            let hub = try await Hub.open(configuration, effects: .live(), logger: LogLines().logger)
            await hub.close()
            let folder = hub.folder
            try RestoreOrder.begin(folder)
            _ = try DiskFile.copy(folder.store, to: RestoreOrder.staged(folder))
            try RestoreOrder(
                id: "r1", copy: "c", aside: "aside", cause: Cause(.hub, at: Timestamp(epochSeconds: 1), .new(.live()))
            ).give(folder)
            // Somebody has it open.
            let other = try SQLiteDatabase(path: folder.store)
            _ = try await other.read { try $0.rows("SELECT id FROM schema_migration ORDER BY id LIMIT 1", []) }
            await #expect(throws: HubError.self) { try await StoreSwap(folder: folder).carryOut() }
            #expect(DiskFile.exists(folder.store) && DiskFile.exists(RestoreOrder.staged(folder)))
            await other.close()
            try await StoreSwap(folder: folder).carryOut()
            #expect(!DiskFile.exists(RestoreOrder.staged(folder)))
            #expect(DiskFile.exists("\(BackupFolder(of: folder).path)/aside/\(BackupManifest.file)"))
        }
    }
}
