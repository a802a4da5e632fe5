import Core
import Foundation
import Hub
import Ports
import Storage
import StorageSQLite
import TestSupport
import Testing

/// A disk that is full or read-only: what the hub says, what it leaves, and that it comes back without a person.
@Suite(.serialized) struct DiskFaultTests {
    @Test("the disk fills up under a running hub: refused with one sentence, and taken again when there is room")
    func fillsUp() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try FileManager.default.createDirectory(
                atPath: place.data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try await RunningHub.run(place, before: mounted(place.data, "size=6m")) { hub in
                // The mount is the hub's alone; its root leads there.
                let inside = "/proc/\(hub.program.pid)/root\(place.data)"
                let admin = AdminClient(data: inside)
                _ = try await admin.call("POST", "/users", ["name": "before"])
                let ballast = inside + "/ballast"
                fill(ballast)
                let refused = try await eventually("a change is refused") { () -> HubError? in
                    do {
                        _ = try await admin.call("POST", "/users", ["name": .string(name())])
                        return nil
                    } catch let error as HubError { return error }
                }
                #expect(refused.kind == .unavailable, "\(refused)")
                #expect(["store_full", "store_unreachable", "commit_unknown"].contains(refused.reason), "\(refused)")
                let backup = await #expect(throws: HubError.self) { try await admin.call("POST", "/backups", [:]) }
                #expect(
                    backup?.reason == "backup_no_room" || backup?.reason == "store_full",
                    "\(String(describing: backup))")
                #expect(try await admin.call("GET", "/users")["items"] != nil, "reading goes on")
                unlink(ballast)
                _ = try await eventually("a change is taken again") { () -> JSON? in
                    do { return try await admin.call("POST", "/users", ["name": .string(name())]) } catch { return nil }
                }
                _ = try await eventually("every loop recovers") { () -> Bool? in
                    try await loops(admin)["state"] == "ok" ? true : nil
                }
                let checks = try await admin.call("GET", "/checks")
                #expect(checks["items"]?.array?.first { $0["name"] == "audit trail" }?["state"] == "ok", "\(checks)")
                try await admin.close()
            }
        }
    }

    @Test("the disk turns read-only under a running hub: refused with one sentence, and taken again when it is not")
    func turnsReadOnly() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                try await hub.call("POST", "/users", ["name": "before"])
                let refused = try await whileReadOnly(hub, place) { () -> HubError in
                    let refused = try await eventually("a change is refused") { () -> HubError? in
                        do {
                            try await hub.call("POST", "/users", ["name": .string(name())])
                            return nil
                        } catch let error as HubError { return error }
                    }
                    #expect(try await hub.call("GET", "/users")["items"] != nil, "reading goes on")
                    _ = try await eventually("the hub says that it is not well") { () -> Bool? in
                        try await loops(hub.admin)["state"] == "fail" ? true : nil
                    }
                    return refused
                }
                #expect(refused.kind == .unavailable, "\(refused)")
                #expect(["store_unreachable", "commit_unknown"].contains(refused.reason), "\(refused)")
                _ = try await eventually("a change is taken again") { () -> JSON? in
                    do { return try await hub.call("POST", "/users", ["name": .string(name())]) } catch { return nil }
                }
                _ = try await eventually("every loop recovers") { () -> Bool? in
                    try await loops(hub.admin)["state"] == "ok" ? true : nil
                }
                try await KillCheck.chain(hub, "after the disk was read-only")
            }
            try await RunningHub.run(place) { hub in try await KillCheck.chain(hub, "after a restart") }
        }
    }

    /// As long as the body runs, the kernel answers each write into the store and the log as it does on a file system
    /// that it has made read-only.
    private func whileReadOnly<R>(
        _ hub: RunningHub, _ place: HubPlace, _ body: () async throws -> R
    ) async throws -> R {
        let files = try await eventually("the store and the log are there") { () -> [String]? in
            let files = try FileManager.default.contentsOfDirectory(atPath: place.data).filter {
                $0.contains(".sqlite")
            }
            return files.contains { $0.hasPrefix("log-") && $0.hasSuffix("-wal") } ? files : nil
        }
        let calls = "pwrite64,ftruncate,fsync,fdatasync"
        return try await Strace.with(
            hub.program.pid,
            files.flatMap { ["-P", "\(place.data)/\($0)"] }
                + ["-e", "trace=\(calls)", "-e", "inject=\(calls):error=EROFS"], body)
    }

    private func loops(_ admin: AdminClient) async throws -> JSON {
        let checks = try await admin.call("GET", "/checks")
        return checks["items"]?.array?.first { $0["name"] == "loops" } ?? .null
    }

    @Test("a folder for backups without room: refused before anything is written")
    func noRoom() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try FileManager.default.createDirectory(
                atPath: place.data + "/backups", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            try await RunningHub.run(place, before: mounted(place.data + "/backups", "size=512k")) { hub in
                let error = await #expect(throws: HubError.self) { try await hub.call("POST", "/backups", [:]) }
                #expect(error?.reason == "backup_no_room")
                let inside = "/proc/\(hub.program.pid)/root\(place.data)/backups"
                let left = try FileManager.default.contentsOfDirectory(atPath: inside)
                #expect(left == [])
            }
        }
    }

    @Test("a copy that breaks off in its middle leaves nothing, and the hub goes on")
    func breaksOff() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                hub.program.send(SIGTERM)
                #expect(await hub.program.status() == 0)
            }
            let store = try SQLiteDatabase(path: place.data + "/hub.sqlite")
            try await store.write(.bookkeeping("ballast")) { writer in
                try writer.run(
                    "INSERT INTO outbox (topic, payload) VALUES ($1, $2)",
                    [.text("ballast"), .text(String(repeating: "x", count: 4_000_000))])
            }
            await store.close()
            // No file of this process may have more than 2 MB: the copy breaks off, the short log beside the store does not.
            let limited = ["env", "--ignore-signal=XFSZ", "prlimit", "--fsize=2000000"]
            try await RunningHub.run(place, before: limited) { hub in
                await #expect(throws: HubError.self) { try await hub.call("POST", "/backups", [:]) }
                #expect(try FileManager.default.contentsOfDirectory(atPath: place.data + "/backups") == [])
                try await hub.call("POST", "/users", ["name": "after"])
            }
            try await RunningHub.run(place) { hub in
                let made = try await hub.call("POST", "/backups", [:])
                #expect(made["audit"]?.string?.hasPrefix("intact") == true)
            }
        }
    }

    @Test("a disk that cannot be written: the hub does not start, and says so in one sentence")
    func readOnly() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                hub.program.send(SIGTERM)
                #expect(await hub.program.status() == 0)
            }
            let program = try Program(
                behind: [
                    "unshare", "-rm", "sh", "-c",
                    "mount --bind \(place.data) \(place.data) && mount -o remount,bind,ro \(place.data) && exec \"$@\"",
                    "_",
                ], words: ["serve"], environment: place.environment, complaints: place.folder + "/complaints-ro")
            #expect(await program.status() == 1)
            #expect(program.complaint.contains("Read-only file system"), "\(program.complaint)")
            #expect(program.complaint.split(separator: "\n").count == 1, "\(program.complaint)")
            try await RunningHub.run(place) { hub in
                let users = try await hub.call("GET", "/users")
                #expect(users["items"] != nil)
            }
        }
    }

    /// Runs behind this with a small file system of its own at that place.
    private func mounted(_ path: String, _ options: String) -> [String] {
        ["unshare", "-rm", "sh", "-c", "mount -t tmpfs -o mode=700,\(options) tmpfs \(path) && exec \"$@\"", "_"]
    }

    private func name() -> String { "u\(UInt64.random(in: 0...UInt64.max))" }

    /// Writes a file until nothing more fits.
    private func fill(_ path: String) {
        let file = open(path, O_WRONLY | O_CREAT, 0o600)
        for size in [65_536, 4_096, 1] {
            let bytes = [UInt8](repeating: 7, count: size)
            while write(file, bytes, size) > 0 {}
        }
        close(file)
    }
}
