import Core
import Foundation
import Hub
import Ports
import Testing

@testable import Web

@Suite("What never becomes a request") struct WireRefusalTests {
    enum Door: String, Sendable, CaseIterable { case network, socket }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let sent: String
        var status = 400
        var reason = "malformed_request"
        /// Whether the caller says that nothing more comes.
        var isCut = false
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "no HTTP at all", sent: "canary\r\n\r\n"),
        Row(name: "binary", sent: "\u{1}\u{2}canary\0\r\n\r\n"),
        Row(name: "a method that nobody knows", sent: "BREW /canary HTTP/1.1\r\nHost: x\r\n\r\n"),
        Row(name: "a NUL in the target", sent: "GET /\0canary HTTP/1.1\r\nHost: x\r\n\r\n"),
        Row(name: "no version", sent: "GET /canary\r\n\r\n"),
        Row(name: "another version", sent: "GET /canary HTTP/9.9\r\nHost: x\r\n\r\n"),
        Row(name: "HTTP/2 without TLS", sent: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        Row(name: "a header without a name", sent: "GET / HTTP/1.1\r\nHost: x\r\n: canary\r\n\r\n"),
        Row(name: "a space before the colon", sent: "GET / HTTP/1.1\r\nHost: x\r\nCanary : canary\r\n\r\n"),
        Row(name: "a folded header", sent: "GET / HTTP/1.1\r\nHost: x\r\nX: canary\r\n\0canary\r\n\r\n"),
        Row(name: "a header that ends early", sent: "GET /canary HTTP/1.1\r\nHost: x\r\nX: can", isCut: true),
        Row(
            name: "two lengths",
            sent: "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\ncanary"),
        Row(
            name: "a length that is no number",
            sent: "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: canary\r\n\r\ncanary"),
        Row(
            name: "a length and chunks",
            sent: "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n"
                + "\r\n0\r\n\r\n"),
        Row(
            name: "a header field over the bound",
            sent: "GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "canary", count: 10_000))\r\n\r\n",
            status: 431, reason: "header_too_large"),
        Row(
            name: "many header fields",
            sent: "GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X: canary\r\n", count: 200))\r\n",
            status: 431, reason: "header_too_large"),
        Row(
            name: "a target over the header's bound",
            sent: "GET /\(String(repeating: "canary", count: 10_000)) HTTP/1.1\r\nHost: x\r\n\r\n",
            status: 431, reason: "header_too_large"),
        Row(name: "no Host", sent: "GET /canary HTTP/1.1\r\n\r\n", reason: "bad_host"),
        Row(name: "two Hosts", sent: "GET /canary HTTP/1.1\r\nHost: x\r\nHost: canary\r\n\r\n", reason: "bad_host"),
        Row(
            name: "the same Host twice", sent: "GET /canary HTTP/1.1\r\nHost: x\r\nhost: x\r\n\r\n",
            reason: "bad_host"),
        Row(name: "a list of Hosts", sent: "GET / HTTP/1.1\r\nHost: x, canary\r\n\r\n", reason: "bad_host"),
        Row(name: "a Host with a path", sent: "GET / HTTP/1.1\r\nHost: x/canary\r\n\r\n", reason: "bad_host"),
        Row(name: "a Host with a user", sent: "GET / HTTP/1.1\r\nHost: canary@x\r\n\r\n", reason: "bad_host"),
    ]

    @Test(
        "Each is answered with an id, has a row with its reason, and repeats nothing", arguments: rows, Door.allCases)
    func refused(row: Row, door: Door) async throws {
        try await TestHub.with { test in
            let reply = try await test.raw(row.sent, door, isCut: row.isCut)
            #expect(reply.status == row.status, "\(reply.text)")
            #expect(reply.header("connection") == "close")
            #expect(reply.header("content-type") == "application/problem+json")
            #expect(reply.header("x-content-type-options") == "nosniff")
            #expect(reply.header("date")?.hasSuffix(" GMT") == true)
            let body = try JSON.read(Array(reply.body.utf8))
            #expect(body["reason"]?.string == row.reason)
            #expect(body["status"]?.int == Int64(row.status))
            #expect(body["correlation"]?.string == reply.correlation)
            #expect(!reply.text.lowercased().contains("canary"), "\(reply.text)")
            let rows = try await test.transactions(reply.correlation ?? "none")
            #expect(rows.map { $0["reason"]?.string } == [row.reason])
            #expect(rows.first?["status"]?.int == Int64(row.status))
            #expect(rows.first?["outcome"]?.string == "refused")
            #expect(rows.first?["address"]?.string == (door == .network ? "127.0.0.1" : "-"))
            // Nobody's: so the buffer sums them past its bound.
            #expect(rows.first?["user"]?.string == "-" && rows.first?["client"]?.string == "-")
            #expect(rows.first.map { $0.description.contains("canary") } == false)
            #expect(try await test.send("GET", "/health/ready").status == 200)
        }
    }

    @Test("Who was gone before anybody could see from where has nothing done for him")
    func gone() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller(
                "hr", roles: ["hr_leaver_writer", "hr_leaver_reader"], scopes: [.tables])
            let pipeline = Pipeline(
                hub: test.hub, handlers: try Handlers(hub: test.hub), logger: LogLines().logger)
            for (address, status) in [(OtherEnd.gone, 400), ("192.0.2.1", 201)] {
                let body = Array("{\"name\":\"a\",\"email\":\"b\",\"status\":\"leaving\"}".utf8)
                let reply = await pipeline.respond(
                    to: Pipeline.Incoming(
                        method: "POST", rawTarget: "/api/now/table/hr_leaver",
                        headers: [
                            ("authorization", "Bearer \(caller.token)"), ("content-type", "application/json"),
                            ("content-length", "\(body.count)"),
                        ], body: { _, _ in .whole(body) }, peer: .network, address: address))
                #expect(reply.status == status)
                let id = reply.headers.first { $0.name == "x-correlation-id" }?.value ?? "-"
                let row = try await test.transactions(id).first
                #expect(row?["address"]?.string == address)
                #expect(row?["reason"]?.string == (status == 400 ? "caller_gone" : ""))
            }
        }
    }

    @Test("An answer that is due comes first, the refusal last, and nothing after it", arguments: Door.allCases)
    func order(door: Door) async throws {
        try await TestHub.with { test in
            let live = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
            let reply = try await test.raw(live + live + "BREW /canary HTTP/1.1\r\nHost: x\r\n\r\n" + live, door)
            #expect(reply.statuses == [200, 200, 400], "\(reply.text)")
        }
    }

    @Test("A body that breaks is its request's: one answer, with the request's own row", arguments: Door.allCases)
    func brokenBody(door: Door) async throws {
        try await TestHub.with { test in
            for (path, status, reason) in [
                ("/oauth2/token", 400, "body_broken_off"), ("/canary", 404, "no_such_path"),
            ] {
                let reply = try await test.raw(
                    "POST \(path) HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                        + "Content-Type: application/x-www-form-urlencoded\r\n\r\nzz\r\ncanary\r\n", door)
                #expect(reply.statuses == [status], "\(reply.text)")
                let rows = try await test.transactions(reply.correlation ?? "none")
                #expect(rows.map { $0["reason"]?.string } == [reason])
            }
        }
    }

    @Test("A header that trickles in is refused when its time is over", arguments: Door.allCases)
    func slow(door: Door) async throws {
        try await TestHub.with { test in
            let reply = try await test.raw("GET /canary HTTP/1.1\r\nHost: x\r\nX: can", door)
            #expect(reply.statuses == [408], "\(reply.text)")
            let rows = try await test.transactions(reply.correlation ?? "none")
            #expect(rows.map { $0["reason"]?.string } == ["header_too_slow"])
            #expect(!reply.text.contains("canary"))
        }
    }

    @Test("A body that is not wanted is not waited for", arguments: Door.allCases)
    func unwanted(door: Door) async throws {
        try await TestHub.with { test in
            let reply = try await test.raw("POST /canary HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\nx", door)
            #expect(reply.statuses == [404], "\(reply.text)")
        }
    }

    @Test("What the parser does not read on after is the last request of its connection, and is answered")
    func last() async throws {
        try await TestHub.with { test in
            for head in [
                "GET /health/live HTTP/1.0\r\n", "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Close\r\n",
                "GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n",
            ] {
                let reply = try await test.raw(head + "\r\n", .network)
                #expect(reply.statuses == [200], "\(reply.text)")
                #expect(reply.header("connection") == "close")
            }
            let connect = try await test.raw("CONNECT canary:443 HTTP/1.1\r\nHost: canary:443\r\n\r\n", .network)
            #expect(connect.statuses == [400], "\(connect.text)")
        }
    }
}

extension TestHub {
    /// Bytes over TCP or over the hub's own socket, as they are.
    func raw(_ text: String, _ door: WireRefusalTests.Door, isCut: Bool = false) async throws -> WireReply {
        let place = door == .socket ? Wire.Place.socket(hub.folder.socket) : .port(port)
        let reply = try await Wire.exchange(Array(text.utf8), at: place, isCut: isCut)
        seen.add(reply.bytes)
        return reply
    }
}

extension WireReply {
    /// The status of each answer on the connection, in order.
    var statuses: [Int] {
        text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap { Int($0.prefix(3)) }
    }
}
