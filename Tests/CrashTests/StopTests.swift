import Core
import Foundation
import TestSupport
import Testing

/// How a hub stops, and how it refuses to start.
struct StopTests {
    @Test("a stop answers the request in flight, exits 0, and the next start is clean", arguments: TestStore.allCases)
    func graceful(_ store: TestStore) async throws {
        try await store.withHubPlace { place in
            try await Caller.with { caller in
                let app = try await RunningHub.run(place) { hub in
                    let app = try await Application.register(
                        at: hub, caller, tables: ["incident"], roles: ["incident_writer"])
                    let wire = try Wire(to: hub.url)
                    defer { wire.close() }
                    let body = #"{"short_description":"in flight"}"#
                    app.token.reveal { token in
                        wire.send(
                            "HEAD /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                                + "POST /api/now/table/incident HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                                + "Authorization: Bearer \(String(decoding: token, as: UTF8.self))\r\n"
                                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body.prefix(10))
                    }
                    // Both came at once, so the one that is not whole is in the hub by now, too.
                    #expect(wire.read().hasPrefix("HTTP/1.1 200"))
                    hub.program.send(SIGTERM)
                    _ = try await eventually("no new connection is taken") { () -> Bool? in
                        do {
                            try Wire(to: hub.url).close()
                            return nil
                        } catch { return true }
                    }
                    wire.send(String(body.dropFirst(10)))
                    #expect(wire.read().hasPrefix("HTTP/1.1 201"))
                    wire.close()
                    #expect(await hub.program.status() == 0)
                    #expect(hub.program.complaint == "")
                    return app
                }
                try await RunningHub.run(place) { hub in
                    let found = try await caller.send(
                        "GET",
                        hub.url
                            + "/api/now/table/incident?sysparm_query=short_description%3Din%20flight", app.authorization
                    )
                    #expect(found.json["result"]?.array?.count == 1, "\(found.json)")
                    #expect(hub.program.complaint == "")
                }
            }
        }
    }

    @Test("a second hub on the same folder is refused and the first goes on")
    func second() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                let refused = try await refusal(place)
                #expect(refused.hasPrefix("A hub is running on this data folder."))
                #expect(try await hub.call("GET", "/users")["items"] != nil)
            }
        }
    }

    @Test("files that are cut short or foreign: exit 1, one sentence, nothing changed", arguments: Defect.all)
    func defects(_ defect: Defect) async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                _ = try await hub.call("GET", "/users")
                hub.program.send(SIGTERM)
                #expect(await hub.program.status() == 0)
            }
            let log = FileManager.default.contents(atPath: place.data + "/hub.sqlite-wal") ?? Data()
            #expect(log.isEmpty, "a hub that has stopped is one whole file")
            try defect.make(place.data)
            let before = try contents(of: place.data)
            let sentence = try await refusal(place)
            #expect(sentence.contains(defect.says))
            let after = try contents(of: place.data)
            let changed = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }
            #expect(changed.isEmpty, "\(changed)")
        }
    }

    @Test(
        "a day of the log that is damaged is put aside as it is, and the hub goes on and says so", arguments: [0, 1],
        Defect.logs)
    func log(_ daysAgo: Int, _ defect: Defect) async throws {
        try await TestStore.sqlite.withHubPlace { place in
            let today = try await RunningHub.run(place) { hub in
                _ = try await hub.call("GET", "/users")
                hub.program.send(SIGTERM)
                #expect(await hub.program.status() == 0)
                let files = try FileManager.default.contentsOfDirectory(atPath: place.data)
                return try #require(files.last { $0.hasPrefix("log-") && $0.hasSuffix(".sqlite") })
            }
            let day = try #require(Timestamp(rfc3339: String(today.dropFirst(4).dropLast(7)) + "T00:00:00Z"))
            let name = "log-\(day.adding(seconds: Int64(daysAgo) * -86_400).rfc3339.prefix(10)).sqlite"
            if daysAgo > 0 {
                try FileManager.default.copyItem(atPath: "\(place.data)/\(today)", toPath: "\(place.data)/\(name)")
            }
            try defect.make("\(place.data)/\(name)")
            let damaged = FileManager.default.contents(atPath: "\(place.data)/\(name)")
            try await Caller.with { caller in
                try await RunningHub.run(place) { hub in
                    _ = try await hub.call("GET", "/groups")
                    let since = day.adding(seconds: -3 * 86_400).rfc3339
                    let listed =
                        try await hub.call("GET", "/transactions?with_console=true&since=\(since)")["items"]?.array
                        ?? []
                    #expect(listed.contains { $0["path"] == "/api/linchpin/v1/groups" }, "\(listed)")
                    try await hub.ready(caller)
                    #expect(FileManager.default.contents(atPath: "\(place.data)/damaged-\(name)") == damaged)
                    let checks = try await hub.call("GET", "/checks")["items"]?.array ?? []
                    let check = checks.first { $0["name"] == "transaction log" }
                    #expect(check?["state"] == "warn" && check?["says"]?.string?.contains(name) == true, "\(checks)")
                    let lines = hub.program.complaint.split(separator: "\n")
                    #expect(lines.count == 1 && lines[0].contains("damaged-\(name)"), "\(lines)")
                }
            }
        }
    }

    @Test("a store's own log that is cut short: what was whole is there, and the chain is", arguments: [0.9, 0.5, 0.1])
    func writeAheadLog(_ part: Double) async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                try await hub.call("POST", "/users", ["name": "first"])
                hub.program.send(SIGTERM)
                #expect(await hub.program.status() == 0)
            }
            try await RunningHub.run(place) { hub in
                for number in 1...20 { try await hub.call("POST", "/users", ["name": .string("later-\(number)")]) }
                hub.program.send(SIGKILL)
                _ = await hub.program.status()
            }
            let log = place.data + "/hub.sqlite-wal"
            let size = try #require(FileManager.default.contents(atPath: log)?.count)
            #expect(size > 0)
            truncate(log, Int(Double(size) * part))
            try await RunningHub.run(place) { hub in
                let users = try await hub.call("GET", "/users")["items"]?.array ?? []
                let names = Set(users.compactMap { $0["name"]?.string })
                #expect(names.contains("first"))
                let later = names.filter { $0.hasPrefix("later-") }.count
                #expect(
                    names.isSuperset(of: (0..<later).map { "later-\($0 + 1)" }), "none is missing in between: \(names)")
                try await KillCheck.chain(hub, "after the log was cut")
            }
        }
    }

    /// The one sentence with which a hub refuses to start.
    private func refusal(_ place: HubPlace) async throws -> String {
        let program = try Program(
            words: ["serve"], environment: place.environment, complaints: place.folder + "/refusal")
        // It ends by itself; if it does not, the wrong line ends the wait.
        for await line in program.lines where line.contains("hub http://") {
            Issue.record("it started")
            program.send(SIGKILL)
        }
        #expect(await program.status() == 1)
        let lines = program.complaint.split(separator: "\n")
        #expect(lines.count == 1, "\(program.complaint)")
        return lines.first.map(String.init) ?? ""
    }

    /// Every file with its bytes, except the lock and the log that SQLite begins. Of a sound store only that it
    /// is there: GRDB makes and drops a table of its own when it opens one.
    private func contents(of folder: String) throws -> [String: Data] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter {
            !["lock", "hub.sock"].contains($0) && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
        }
        return Dictionary(
            uniqueKeysWithValues: files.map { file in
                let bytes = FileManager.default.contents(atPath: "\(folder)/\(file)") ?? Data()
                let isSound = file == "hub.sqlite" && bytes.count > 10_000
                return (file, isSound ? Data() : bytes)
            })
    }
}

/// Something that is wrong in a data folder.
struct Defect: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let says: String
    let make: @Sendable (_ folder: String) throws -> Void

    static let all = [
        Defect(testDescription: "master key cut short", says: "must be 64 lowercase hexadecimal digits") { folder in
            try shorten("\(folder)/master.key", to: 20)
        },
        Defect(testDescription: "master key empty", says: "must be 64 lowercase hexadecimal digits") { folder in
            try shorten("\(folder)/master.key", to: 0)
        },
        Defect(testDescription: "store is a text", says: "is not a database") { folder in
            try Data(String(repeating: "not a database. ", count: 500).utf8).write(
                to: URL(fileURLWithPath: "\(folder)/hub.sqlite"))
            chmod("\(folder)/hub.sqlite", 0o600)
        },
        Defect(testDescription: "store cut short", says: "is damaged") { folder in
            try shorten("\(folder)/hub.sqlite", to: 9_000)
        },
        Defect(testDescription: "store cut to nothing", says: "is empty, and log-") { folder in
            try shorten("\(folder)/hub.sqlite", to: 0)
        },
        Defect(testDescription: "store is gone", says: "is empty, and log-") { folder in
            try FileManager.default.removeItem(atPath: "\(folder)/hub.sqlite")
        },
        Defect(testDescription: "lock is a folder", says: "Is a directory") { folder in
            unlink("\(folder)/lock")
            mkdir("\(folder)/lock", 0o700)
        },
        Defect(testDescription: "folder open to others", says: "Others on this machine may look into") { folder in
            chmod(folder, 0o755)
        },
    ]

    /// What can be wrong with one day of the log.
    static let logs = [
        Defect(testDescription: "cut short", says: "") { try shorten($0, to: 9_000) },
        Defect(testDescription: "a text", says: "") {
            try Data(String(repeating: "not a database. ", count: 500).utf8).write(to: URL(fileURLWithPath: $0))
            chmod($0, 0o600)
        },
    ]

    private static func shorten(_ path: String, to size: Int) throws {
        guard truncate(path, size) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}
