import Core
import Foundation
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Hub

@Suite("Backups") struct BackupTests {
    @Test("A backup of a hub that runs: closed to others, proved, recorded, and without the master key")
    func made() async throws {
        try await TestHub.with { test in
            try await test.post("/users", ["name": "somebody"])
            try await test.settle()
            let ran = try await Program.linchpin(["backup", "--data", test.folder])
            #expect(ran.status == 0, "\(ran.everything)")
            #expect(ran.output.contains("audit  intact") && ran.output.contains("The master key is not in it."))
            let items = try await test.admin.call("GET", "/backups")["items"]?.array ?? []
            #expect(items.count == 1)
            let name = try #require(items.first?["name"]?.string)
            #expect(ran.output.contains(name))
            let place = "\(test.folder)/backups/\(name)"
            #expect(try Set(FileManager.default.contentsOfDirectory(atPath: place)) == ["hub.sqlite", "manifest.json"])
            #expect(mode(place) == 0o700 && mode(place + "/hub.sqlite") == 0o600)
            #expect(mode(place + "/manifest.json") == 0o600 && mode("\(test.folder)/backups") == 0o700)
            let key = try String(contentsOfFile: test.folder + "/master.key", encoding: .utf8)
                .trimmingCharacters(in: .newlines)
            for file in try FolderScan.files(place) {
                #expect(Canaries(named: [("key", key)]).found(in: file.data) == [], "\(file.name)")
            }
            let hash = try DiskFile.digest(place + "/hub.sqlite").sha256
            #expect(items.first?["sha256"]?.string == hash)
            try await test.settle()
            let events = try await test.admin.call("GET", "/audit-events?action=store.backed_up")["items"]?.array
            #expect(events?.count == 1 && events?.first?["target"]?["name"]?.string == name)
        }
    }

    @Test("Another folder is for the hub's own socket alone; an administrator's token cannot name one")
    func elsewhere() async throws {
        try await TestHub.with { test in
            try await TestHub.withFolder { other in
                let admin = try await test.caller("boss", roles: ["admin"], scopes: [.administration])
                let refused = try await test.send(
                    "POST", "/api/linchpin/v1/backups", token: admin.token, json: ["folder": .string(other)])
                #expect(refused.status == 403)
                #expect(try FileManager.default.contentsOfDirectory(atPath: other) == [])
                let ran = try await Program.linchpin(["backup", other, "--data", test.folder])
                #expect(ran.status == 0, "\(ran.everything)")
                #expect(try FileManager.default.contentsOfDirectory(atPath: other).count == 1)
                for folder in ["relative", "/no/such/folder", other + "/../x"] {
                    await #expect(throws: HubError.self) {
                        try await test.post("/backups", ["folder": .string(folder)])
                    }
                }
            }
        }
    }

    @Test(
        "A name that could lead elsewhere is an unknown backup",
        arguments: ["..", ".", "%2e%2e", "a%2Fb", "..%2Fbackups", "partial-x", "nothing", "a%00b", "link", "a.b"])
    func names(_ name: String) async throws {
        try await TestHub.with { test in
            test.hub.reopening.allow()
            try FileManager.default.createDirectory(
                atPath: test.folder + "/backups", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try FileManager.default.createSymbolicLink(
                atPath: test.folder + "/backups/link", withDestinationPath: test.folder)
            let error = await #expect(throws: HubError.self) {
                try await test.post("/backups/\(name)/restore", [:])
            }
            #expect([.notFound, .invalid, .methodNotAllowed].contains(error?.kind), "\(String(describing: error))")
            #expect(!test.hub.reopening.isWished)
            #expect(!FileManager.default.fileExists(atPath: test.folder + "/restore"))
        }
    }

    @Test("A program that does not open its hub again refuses to restore")
    func cannotReopen() async throws {
        try await TestHub.with { test in
            let made = try await test.post("/backups", [:])
            let error = await #expect(throws: HubError.self) {
                try await test.post("/backups/\(made["name"]?.string ?? "")/restore", [:])
            }
            #expect(error?.reason == "cannot_reopen")
        }
    }

    @Test("A hub over PostgreSQL says what to run instead, and makes nothing")
    func postgres() async throws {
        try await TestHub.with(.postgres) { test in
            let error = await #expect(throws: HubError.self) { try await test.post("/backups", [:]) }
            #expect(error?.reason == "store_elsewhere" && error?.message.contains("pg_dump") == true)
            // A command line is for everybody on the machine to read.
            for text in [error?.message ?? "", BackupDesk.restoreElsewhere.message] {
                #expect(text.contains("service=linchpin") && !text.contains("LINCHPIN_DATABASE"), "\(text)")
            }
            #expect(!FileManager.default.fileExists(atPath: test.folder + "/backups/"))
            let checks = try await test.admin.call("GET", "/checks")
            #expect(checks["items"]?.array?.contains { $0["name"] == "store" && $0["state"] == "ok" } == true)
        }
    }

    @Test("A second one meanwhile is refused, and the first is whole")
    func atOnce() async throws {
        try await TestHub.withFolder { path in
            let configuration = try await TestHub.configuration(["LINCHPIN_DATA": path])
            let folder = try DataFolder(path)
            let slow = SlowStore()
            let desk = BackupDesk(configuration, folder, .live())
            let cause = Cause(.hub, at: Effects.live().now(), .new(.live()))
            let first = Task { try await desk.make(of: slow, in: nil, by: cause) }
            await slow.isCopying()
            let error = await #expect(throws: HubError.self) { try await desk.make(of: slow, in: nil, by: cause) }
            #expect(error?.reason == "backup_running")
            slow.goOn()
            // The copy is no database: the backup fails whole.
            await #expect(throws: HubError.self) { try await first.value }
            #expect(try FileManager.default.contentsOfDirectory(atPath: path + "/backups") == [])
        }
    }

    private func mode(_ path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int) ?? 0
    }
}

/// A store whose copy takes until it is told, and then is no database.
private final class SlowStore: CopyableStore {
    let dialect = Dialect.sqlite
    let epochs = EpochFeed()
    private let began = AsyncStream<Void>.makeStream()
    private let going = AsyncStream<Void>.makeStream()

    func isCopying() async { for await _ in began.stream { return } }
    func goOn() { going.continuation.finish() }

    func copy(to path: String) async throws {
        began.continuation.yield()
        for await _ in going.stream {}
        try DiskFile.create(Array("no database".utf8), at: path)
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (any SQLReader) throws -> R) async throws -> R {
        throw StoreFailure.closed
    }
    func write<R: Sendable>(
        _ kind: WriteKind, _ body: @escaping @Sendable (any SQLWriter) throws -> R
    ) async throws -> R { throw StoreFailure.closed }
    func migrate(_ id: String, _ steps: [SchemaStep], at now: Timestamp) async throws { throw StoreFailure.closed }
    func appliedMigrations() async throws -> Set<String> { [] }
    func close() async {}
}
