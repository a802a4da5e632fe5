import Core
import Foundation
import Hub
import Ports
import TestSupport
import Testing

/// A restore that is killed anywhere leaves the old store or the new one.
@Suite(.serialized) struct RestoreCrashTests {
    @Test("a running hub is restored in the same process; tokens end, the rest is as it was")
    func running() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                try await Caller.with { caller in
                    let app = try await Application.register(
                        at: hub, caller, tables: ["incident"], roles: ["incident_writer"])
                    let made = try await hub.call("POST", "/backups", [:])
                    try await hub.call("POST", "/users", ["name": "after", "display_name": "After"])
                    let name = try #require(made["name"]?.string)
                    let ran = try await run(["restore", name, "--yes"], place)
                    #expect(ran.status == 0, "\(ran.complaint)")
                    let users = try await names(hub)
                    #expect(users.contains("app") && !users.contains("after"))
                    let found = try await caller.send("GET", hub.url + "/api/now/table/incident", app.authorization)
                    #expect(found.status == 401, "a token of before the copy does not come back")
                    let events = try await hub.call("GET", "/audit-events?action=store.restored")["items"]?.array
                    #expect(events?.count == 1)
                    let aside = try #require(events?.first?["details"]?["backup"]?.string)
                    let witness = try #require(events?.first?["details"]?["checkpoint"]?.string)
                    #expect(witness.hasPrefix("linchpin-checkpoint v1 "))
                    #expect(try await hub.call("POST", "/audit-events/verify", [:])["intact"] == true)
                    // There and back: what was put aside is a backup like any other.
                    let back = try await run(["restore", aside, "--yes"], place)
                    #expect(back.status == 0, "\(back.complaint)")
                    #expect(try await names(hub).contains("after"))
                    hub.program.send(SIGTERM)
                    #expect(await hub.program.status() == 0)
                    #expect(hub.program.complaint == "")
                }
            }
        }
    }

    @Test("killed at each call that changes a name: old or new, whole, and the next start serves it")
    func killed() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            let name = try await prepared(place)
            // A killed hub leaves its socket, which no copy can have.
            try FileManager.default.removeItem(atPath: place.data + "/hub.sock")
            let origin = place.data + ".origin"
            try FileManager.default.moveItem(atPath: place.data, toPath: origin)
            var (old, new, call, survived) = (0, 0, 1, 0)
            while survived < 2, call < 60 {
                try FileManager.default.copyItem(atPath: origin, toPath: place.data)
                let ran = try await run(
                    ["restore", name, "--yes"], place,
                    behind: [
                        "strace", "-f", "-qq", "-o", "/dev/null", "-e",
                        "inject=rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir:signal=KILL:when=\(call)",
                    ])
                if ran.status == 0 { survived += 1 }
                let isOrdered = FileManager.default.fileExists(atPath: place.data + "/restore/order.json")
                try await RunningHub.run(place) { hub in
                    let users = try await names(hub)
                    #expect(users.contains("before"), "call \(call)")
                    let isNew = !users.contains("after")
                    if isOrdered || ran.status == 0 {
                        #expect(isNew, "an order that was given is carried out: call \(call)")
                    }
                    if isNew { new += 1 } else { old += 1 }
                    #expect(try await hub.call("POST", "/audit-events/verify", [:])["intact"] == true, "call \(call)")
                    let events = try await eventually("all is chained") {
                        let events = try await hub.call("GET", "/audit-events?action=store.restored")["items"]?.array
                        return (events?.count ?? 0) == (isNew ? 1 : 0) ? events : nil
                    }
                    #expect(events.count == (isNew ? 1 : 0), "call \(call)")
                    #expect(!FileManager.default.fileExists(atPath: place.data + "/restore/order.json"))
                }
                try FileManager.default.removeItem(atPath: place.data)
                call += 1
            }
            #expect(survived == 2)
            #expect(old > 0 && new > 2, "\(old) old, \(new) new")
        }
    }

    @Test("a store that is damaged comes back from its copy; what was there stays, as it was")
    func damaged() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            let name = try await prepared(place)
            // What the killed hub had committed lies beside its file, and would bring that back.
            for log in ["-wal", "-shm"] { try FileManager.default.removeItem(atPath: place.data + "/hub.sqlite" + log) }
            let broken = Data("not a database".utf8)
            try broken.write(to: URL(fileURLWithPath: place.data + "/hub.sqlite"))
            let ran = try await run(["restore", name, "--yes"], place)
            #expect(ran.status == 0, "\(ran.complaint)")
            try await RunningHub.run(place) { hub in
                let users = try await names(hub)
                #expect(users.contains("before") && !users.contains("after"))
                let listed = try await hub.call("GET", "/backups")["items"]?.array ?? []
                let aside = try #require(listed.first { $0["usable"] == false }?["name"]?.string)
                #expect(aside.hasSuffix("-before-restore"))
                let kept = FileManager.default.contents(atPath: "\(place.data)/backups/\(aside)/hub.sqlite")
                #expect(kept == broken)
            }
        }
    }

    /// A stopped hub with the user `before`, a backup, and then the user `after`; returns the backup's name.
    private func prepared(_ place: HubPlace) async throws -> String {
        try await RunningHub.run(place) { hub in
            try await hub.call("POST", "/users", ["name": "before", "display_name": "Before"])
            let made = try await hub.call("POST", "/backups", [:])
            try await hub.call("POST", "/users", ["name": "after", "display_name": "After"])
            return try #require(made["name"]?.string)
        }
    }

    private func names(_ hub: RunningHub) async throws -> [String] {
        (try await hub.call("GET", "/users")["items"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    private func run(
        _ words: [String], _ place: HubPlace, behind: [String] = []
    ) async throws -> (status: Int32, complaint: String) {
        let program = try Program(
            behind: behind, words: words, environment: place.environment,
            complaints: place.folder + "/run-\(UInt32.random(in: 0...9_999_999))")
        return (await program.status(), program.complaint)
    }
}
