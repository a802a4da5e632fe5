import Core
import Foundation
import Synchronization
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
                            "POST /api/now/table/incident HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                                + "Authorization: Bearer \(String(decoding: token, as: UTF8.self))\r\n"
                                + "Content-Length: \(body.utf8.count)\r\n\r\n" + body.prefix(10))
                    }
                    // A second answer over another connection: the first request is in the hub by now.
                    _ = try await hub.call("GET", "/users")
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
                hub.program.send(SIGTERM)
                #expect(await hub.program.status() == 0)
            }
            let log = FileManager.default.contents(atPath: place.data + "/hub.sqlite-wal") ?? Data()
            #expect(log.isEmpty, "a hub that has stopped is one whole file")
            try defect.make(place.data)
            let before = try contents(of: place.data)
            let sentence = try await refusal(place)
            #expect(sentence.contains(defect.says))
            #expect(try contents(of: place.data) == before)
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
                return (file, isSound ? Data("sound".utf8) : bytes)
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
        Defect(testDescription: "folder open to others", says: "Others on this machine may look into") { folder in
            chmod(folder, 0o755)
        },
    ]

    private static func shorten(_ path: String, to size: Int) throws {
        guard truncate(path, size) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }
}

/// A plain connection, for requests that come in pieces.
final class Wire: Sendable {
    private let descriptor: Int32
    private let isClosed = Mutex(false)

    init(to url: String) throws {
        guard let port = url.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw CocoaError(.formatting) }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { [descriptor] in
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else {
            close()
            throw CocoaError(.fileReadUnknown)
        }
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes {
            Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// The beginning of the answer; empty when there is none within 20 seconds.
    func read() -> String {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }

    func close() {
        let isFirst = isClosed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        if isFirst { Foundation.close(descriptor) }
    }
}
