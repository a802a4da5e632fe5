import Core
import Foundation
import Ports
import TestSupport
import Testing

/// More connections than the hub takes, and clients that would hold up its end.
struct ListenerTests {
    @Test("at the bound of connections a further one waits, the others are served, and it is served when one ends")
    func bound() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            // What a shell allows a program: fewer files than the hub takes connections.
            try await RunningHub.run(place, before: ["prlimit", "--nofile=1024:"]) { hub in
                Self.allowFiles()
                var taken: [Wire] = []
                defer { for wire in taken { wire.close() } }
                for _ in 0..<Limits.connections.value { taken.append(try Wire(to: hub.url)) }
                // The system takes some more for the hub; the hub takes a few of them at a time.
                let waiting = try (0..<40).map { _ in try Wire(to: hub.url) }
                defer { for wire in waiting { wire.close() } }
                for wire in waiting { wire.send(Self.request) }
                taken[0].send(Self.request)
                #expect(taken[0].read().hasPrefix("HTTP/1.1 200"))
                #expect(try await hub.call("GET", "/users")["items"] != nil, "the hub's own socket has its own bound")
                let last = try #require(waiting.last)
                // Those that say nothing are closed in time. While all are there, nobody may have been let in instead.
                let isUntouched = !last.hasNews
                #expect(isUntouched || taken.contains { $0.hasNews })
                for wire in taken.prefix(100) { wire.close() }
                for wire in waiting { #expect(wire.read().hasPrefix("HTTP/1.1 200")) }
                #expect(hub.program.complaint == "")
            }
        }
    }

    @Test("clients that stall do not hold up a stop: it ends in order, within its bound")
    func stop() async throws {
        try await TestStore.sqlite.withHubPlace { place in
            try await RunningHub.run(place) { hub in
                let (silent, idle, head, body) = (
                    try Wire(to: hub.url), try Wire(to: hub.url), try Wire(to: hub.url), try Wire(to: hub.url)
                )
                defer { for wire in [silent, idle, head, body] { wire.close() } }
                idle.send(Self.request)
                #expect(idle.read().hasPrefix("HTTP/1.1 200"))
                head.send("GET /health/live HTTP/1.1\r\nHost: x\r\nX: ")
                body.send("POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\ngrant")
                // An answer over another connection: what was sent before is in the hub by now.
                _ = try await hub.call("GET", "/users")
                hub.program.send(SIGTERM)
                #expect(await hub.program.status() == 0)
                #expect(hub.program.complaint == "")
            }
            try await RunningHub.run(place) { hub in #expect(hub.program.complaint == "") }
        }
    }

    private static let request = "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    /// This process holds the other ends.
    private static func allowFiles() {
        var limit = rlimit()
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        getrlimit(files, &limit)
        limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, 8_192))
        setrlimit(files, &limit)
    }
}
