import Core
import Foundation
import Ports
import TestSupport
import Testing

/// An outside system that answers with malice, over real sockets, to a hub that is a process of its own.
struct HostileAnswerTests {
    /// What comes back to one look-up, or to one list of groups, and what the hub makes of it.
    struct Row: Sendable {
        /// The login that is looked up; it tells the server how to answer.
        let name: String
        var flow = "look"
        /// The reason with which the step ends.
        let reason: String
        let answer: @Sendable (_ path: String, _ port: UInt16) -> HostileServer.Answer

        var isTriedAgain: Bool { ["connection_broken", "provider_unavailable"].contains(reason) }
    }

    /// A gigabyte in pieces of 64 KiB.
    private static func gigabyte(_ head: [String], _ piece: [UInt8]) -> HostileServer.Answer {
        let head = (["HTTP/1.1 200 OK", "Content-Type: application/json"] + head).joined(separator: "\r\n")
        return .init(beginning: Array((head + "\r\n\r\n").utf8), piece: piece, times: 16_384)
    }

    private static let piece = [UInt8](repeating: UInt8(ascii: " "), count: 65_536)
    private static let chunk = Array("10000\r\n".utf8) + piece + Array("\r\n".utf8)
    private static let json = ["Content-Type: application/json"]
    private static let html = ["Content-Type: text/html"]
    private static let page = #"[{"id":"g1","type":"OKTA_GROUP","profile":{"name":"A"}}]"#

    static let rows: [Row] = [
        Row(name: "announced", reason: "reply_too_large") { _, _ in gigabyte(["Content-Length: 1073741824"], piece) },
        Row(name: "chunked", reason: "reply_too_large") { _, _ in gigabyte(["Transfer-Encoding: chunked"], chunk) },
        Row(name: "unframed", reason: "reply_too_large") { _, _ in gigabyte(["Connection: close"], piece) },
        Row(name: "headers", reason: "connection_broken") { _, _ in
            .init(
                beginning: Array("HTTP/1.1 200 OK\r\n".utf8),
                piece: Array(String(repeating: "X-Filler: \(String(repeating: "x", count: 200))\r\n", count: 300).utf8),
                times: 16_384)
        },
        Row(name: "header", reason: "connection_broken") { _, _ in
            .init(
                beginning: Array("HTTP/1.1 200 OK\r\nX-Filler: ".utf8), piece: Array(repeating: 120, count: 65_536),
                times: 16_384)
        },
        Row(name: "html", reason: "reply_not_json") { _, _ in .whole("200 OK", html, "<html>Sign in</html>") },
        Row(name: "broken", reason: "provider_unavailable") { _, _ in
            .whole("500 Internal Server Error", html, "<html>Oops</html>")
        },
        Row(name: "nothing", reason: "provider_refused") { _, _ in .whole("404 Not Found", html, "<html>No</html>") },
        Row(name: "deep", reason: "reply_not_json") { _, _ in
            .whole("200 OK", json, String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000))
        },
        Row(name: "deep-objects", reason: "reply_not_json") { _, _ in
            .whole(
                "200 OK", json,
                String(repeating: #"{"a":"#, count: 10_000) + "1" + String(repeating: "}", count: 10_000))
        },
        Row(name: "wide", reason: "reply_not_json") { _, _ in
            .whole("200 OK", json, "[" + String(repeating: "1,", count: 300_000) + "1]")
        },
        Row(name: "elsewhere", reason: "provider_redirected") { _, port in
            .whole("302 Found", ["Location: http://127.0.0.1:\(port)/redirected"], "")
        },
        Row(name: "foreign", flow: "list", reason: "foreign_next_link") { _, port in
            .whole("200 OK", json + ["Link: <http://localhost:\(port)/foreign>; rel=\"next\""], page)
        },
        Row(name: "circle", flow: "list", reason: "repeated_cursor") { _, port in
            .whole("200 OK", json + ["Link: <http://127.0.0.1:\(port)/api/v1/users/circle/groups>; rel=\"next\""], page)
        },
        Row(name: "pages", flow: "list", reason: "too_many_items") { path, port in
            let number = path.split(separator: "=").last.flatMap { Int($0) } ?? 0
            let next = "http://127.0.0.1:\(port)/api/v1/users/pages/groups?after=\(number + 1)"
            return .whole("200 OK", json + ["Link: <\(next)>; rel=\"next\""], page)
        },
    ]

    @Test("each is refused within its bound, memory stays bounded, and the hub serves meanwhile and afterwards")
    func answers() async throws {
        let server = try HostileServer { path, port in
            let row = Self.rows.first { path.hasSuffix("/" + $0.name) || path.contains("/\($0.name)/") }
            return row?.answer(path, port) ?? .whole("404 Not Found", [], "")
        }
        defer { server.close() }
        try await TestStore.sqlite.withHubPlace { place in
            try await Caller.with { caller in
                try await RunningHub.run(place) { hub in
                    try await Self.connect(hub, to: server.port)
                    let before = try Self.mostMemory(of: hub)
                    var executions: [String] = []
                    for row in Self.rows {
                        let run = try await hub.call(
                            "POST", "/flows/\(row.isTriedAgain ? row.name : row.flow)/run",
                            ["input": ["login": .string(row.name)]])
                        executions.append(run["execution"]?.string ?? "-")
                    }
                    try await hub.ready(caller)
                    for (row, id) in zip(Self.rows, executions) {
                        let execution = try await eventually("the end of \(row.name)", every: 100) { () -> JSON? in
                            let execution = try await hub.call("GET", "/executions/\(id)")
                            return ["waiting", "running"].contains(execution["state"]) ? JSON?.none : execution
                        }
                        #expect(execution["state"] == "failed", "\(row.name): \(execution)")
                        #expect(execution["reason"]?.string == row.reason, "\(row.name): \(execution)")
                        #expect(execution["says"]?.string?.contains("html") == false, "what came is not repeated")
                    }
                    try Self.expectBounds(server, memory: try Self.mostMemory(of: hub) - before)
                    try await hub.ready(caller)
                }
            }
        }
    }

    private static func expectBounds(_ server: HostileServer, memory: Int) throws {
        // What the hub takes, and what lies in the buffers of the system between the two.
        let most = Limits.outboundBodyBytes.value + 24 * 1_048_576
        for name in ["announced", "chunked", "unframed"] {
            #expect(server.sent("/api/v1/users/\(name)") < most, "\(name)")
        }
        for name in ["headers", "header"] {
            // Tried again a few times, as a line that breaks is.
            #expect(server.sent("/api/v1/users/\(name)") < (Limits.transientTurns.value + 1) * most, "\(name)")
        }
        #expect(memory < 256 * 1_048_576, "the hub took \(memory) bytes more")
        #expect(!server.requests.contains { $0.hasPrefix("/redirected") || $0.hasPrefix("/foreign") })
        #expect(server.requests.count { $0.contains("/circle/") } == 2)
        #expect(server.requests.count { $0.contains("/pages/") } == Limits.streamPages.value)
        #expect(server.requests.count { $0.hasSuffix("/html") } == 1)
    }

    /// The most memory that the hub ever had, in bytes.
    private static func mostMemory(of hub: RunningHub) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(hub.program.pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return 1_024 * (try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }))
    }

    /// A connection to the server, and an alias that leads there.
    private static func line(_ name: String, to port: UInt16, on hub: RunningHub) async throws {
        try await hub.call(
            "POST", "/connections",
            [
                "name": .string(name), "spoke": "okta", "url": .string("http://127.0.0.1:\(port)"), "credential": "key",
                "allow_loopback_http": true, "actions": ["lookup_user", "user_groups_stream"],
            ])
        try await hub.call(
            "POST", "/aliases", ["name": .string("alias-\(name)"), "spoke": "okta", "connection": .string(name)])
    }

    private static func connect(_ hub: RunningHub, to port: UInt16) async throws {
        try await hub.call("POST", "/spokes/okta/activate", [:])
        try await hub.call("POST", "/credentials", ["name": "key", "kind": "api_key", "secret": "00canary"])
        let look = "okta.lookup_user, with: { login: { from: trigger.input.login } }"
        try await line("hostile", to: port, on: hub)
        // What is tried again fails often enough to open a circuit, which is not to stop the others.
        let own = rows.filter(\.isTriedAgain).map { (name: $0.name, alias: "alias-\($0.name)", step: look) }
        for flow in own { try await line(flow.name, to: port, on: hub) }
        for (name, alias, step) in own + [
            ("look", "alias-hostile", look),
            ("list", "alias-hostile", "okta.user_groups_stream, with: { user_id: { from: trigger.input.login } }"),
        ] {
            let source = """
                flow: \(name)
                title: Ask a hostile system
                trigger: { manual: { login: { type: text, says: How it answers. } } }
                uses: { okta: \(alias) }
                steps: [{ ask: { action: \(step) } }]
                """
            try await hub.call("POST", "/flows", ["source": .string(source)])
            try await hub.call("POST", "/flows/\(name)/activate", [:])
        }
    }
}
