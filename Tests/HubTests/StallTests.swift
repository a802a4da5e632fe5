import Core
import Foundation
import Hub
import Ports
import Testing

/// Clients that stop half-way. Each row waits for the hub to end the connection; the bounds are those of `Limits`, and
/// what is waited for beyond them is only a guard.
@Suite("A client that stalls") struct StallTests {
    struct Row: Sendable {
        let name: String
        let sent: [UInt8]
        let bound: Bound
        /// What it is told before the end.
        var told = ""

        init(_ name: String, _ sent: [UInt8], _ bound: Bound, told: String = "") {
            (self.name, self.sent, self.bound, self.told) = (name, sent, bound, told)
        }

        init(_ name: String, text: String, _ bound: Bound, told: String = "") {
            self.init(name, Array(text.utf8), bound, told: told)
        }
    }

    static let plain = [
        Row("says nothing", text: "", Limits.idleConnectionSeconds),
        Row(
            "half a header", text: "GET /health/live HTTP/1.1\r\nHost: x\r\nX: ", Limits.headerSeconds,
            told: "header_too_slow"),
        Row(
            "half a body", text: "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\ngrant",
            Limits.requestBodySeconds),
        Row(
            "half a chunk",
            text: "POST /oauth2/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ngrant",
            Limits.requestBodySeconds),
        Row(
            "a request, and no other", text: "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
            Limits.idleConnectionSeconds, told: "200 OK"),
    ]

    static let secure = [
        Row("says nothing", [], Limits.handshakeSeconds),
        // RFC 8446 §5.1: a record of 512 bytes is announced, the beginning of a ClientHello comes.
        Row("half a ClientHello", [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, 7, 7, 7], Limits.handshakeSeconds),
    ]

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let settings = TLSTests.frame(4, 0, 0, [])
    // RFC 7541 §6: POST, https, the path as a literal, the authority "x" as a literal.
    private static let post: [UInt8] = [0x83, 0x87, 0x44, 13] + Array("/oauth2/token".utf8) + [0x41, 1, 0x78]

    static let streams = [
        Row("no preface", [], Limits.idleConnectionSeconds),
        Row("half a preface", Array(preface.prefix(9)), Limits.idleConnectionSeconds),
        Row("no settings", preface, Limits.idleConnectionSeconds),
        Row("no request", preface + settings, Limits.idleConnectionSeconds),
        Row(
            "half a header", preface + settings + TLSTests.frame(1, 0, 1, TLSTests.head), Limits.idleConnectionSeconds),
        Row("no body", preface + settings + TLSTests.frame(1, 4, 1, post), Limits.requestBodySeconds),
    ]

    @Test("In the clear: its connection ends within its bound, and nobody else waits")
    func clear() async throws {
        try await TestHub.with { test in
            try await withThrowingTaskGroup(of: (Row, WireReply).self) { group in
                for row in Self.plain {
                    group.addTask {
                        (
                            row,
                            try await Wire.exchange(
                                row.sent, at: .port(test.port), within: row.bound.value + Self.guardSeconds)
                        )
                    }
                }
                #expect(try await test.send("GET", "/health/ready").status == 200)
                for try await (row, reply) in group {
                    #expect(reply.isEnded, "\(row.name)")
                    #expect(row.told.isEmpty || reply.text.contains(row.told), "\(row.name): \(reply.text)")
                }
            }
            // Over a connection of its own: one that was kept from before ends for idleness at about this moment.
            let well = "GET /health/ready HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            let reply = try await Wire.exchange(Array(well.utf8), at: .port(test.port), within: Self.guardSeconds)
            #expect(reply.text.hasPrefix("HTTP/1.1 200"), "\(reply.text)")
        }
    }

    @Test("In a TLS handshake and in HTTP/2: the same")
    func tls() async throws {
        try await TestHub.with(variables: ["LINCHPIN_TLS_TRIAL": "true"]) { test in
            try await withThrowingTaskGroup(of: (Row, isEnded: Bool).self) { group in
                for row in Self.secure {
                    group.addTask {
                        let reply = try await Wire.exchange(
                            row.sent, at: .port(test.port), within: row.bound.value + Self.guardSeconds)
                        return (row, reply.isEnded)
                    }
                }
                for (index, row) in Self.streams.enumerated() {
                    group.addTask { (row, try await stream(row, index, test)) }
                }
                let trusted = test.hub.folder.trialCertificate
                let well = try await test.curl("/health/ready", trusting: trusted, ["--http2"])
                #expect(well.output.contains("\"ready\""), "\(well.everything)")
                for try await (row, isEnded) in group { #expect(isEnded, "\(row.name)") }
            }
            let well = try await test.curl("/health/ready", trusting: test.hub.folder.trialCertificate, ["--http2"])
            #expect(well.output.contains("\"ready\""), "\(well.everything)")
        }
    }

    @Test("One that never reads its answer is cut off, and nobody else waits")
    func reader() async throws {
        try await TestHub.with { test in
            let client = try Wire.connection(port: test.port, room: 2_048)
            defer { close(client) }
            // More than the buffers between the two hold.
            let size = try await test.send("GET", "/api/linchpin/openapi.json").body.count
            let requests = String(
                repeating: "GET /api/linchpin/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n", count: 12_000_000 / size)
            let sent = Array(requests.utf8).withUnsafeBytes { send(client, $0.baseAddress, $0.count, 0) }
            #expect(sent == requests.utf8.count)
            let began = test.hub.effects.monotonicNanoseconds()
            let bound = UInt64(Limits.answerSeconds.value + Self.guardSeconds) * 1_000_000_000
            while try Self.isServed(client), test.hub.effects.monotonicNanoseconds() < began + bound {
                #expect(try await test.send("GET", "/health/ready").status == 200)
                try await Effects.live().sleep(250)
            }
            #expect(try !Self.isServed(client))
        }
    }

    @Test("A body that trickles in without end is cut off, and its sender hears why")
    func trickle() async throws {
        try await TestHub.with { test in
            let client = try Wire.connection(port: test.port)
            defer { close(client) }
            Self.put("POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n", client)
            let began = test.hub.effects.monotonicNanoseconds()
            let bound = UInt64(Limits.requestBodySeconds.value + Self.guardSeconds) * 1_000_000_000
            var answer = ""
            // Never silent for as long as an idle connection may be.
            while !answer.contains(Self.tooSlow), test.hub.effects.monotonicNanoseconds() < began + bound {
                try await Effects.live().sleep(2_000)
                Self.put("x", client)
                answer += Self.arrived(client)
            }
            #expect(answer.hasPrefix("HTTP/1.1 408") && answer.contains(Self.tooSlow), "\(answer)")
        }
    }

    @Test("The same in a stream of HTTP/2")
    func trickleInStream() async throws {
        try await TestHub.with(variables: ["LINCHPIN_TLS_TRIAL": "true"]) { test in
            let (begun, more) = (test.folder + "/trickle-begun", test.folder + "/trickle-more")
            let head = Self.preface + Self.settings + TLSTests.frame(1, 4, 1, Self.post)
            try Data(head).write(to: URL(fileURLWithPath: begun))
            try Data(TLSTests.frame(0, 0, 1, [0x78])).write(to: URL(fileURLWithPath: more))
            let answered = try await Program.run(
                "sh",
                [
                    "-c",
                    "(cat $3; while sleep 2 && ! grep -aq \"$6\" $5; do cat $4 || exit; done) 2>/dev/null "
                        + "| timeout $1 openssl s_client -quiet -no_ign_eof -alpn h2 -connect 127.0.0.1:$2 "
                        + "> $5 2>/dev/null; grep -ao \"$6\" $5",
                    "sh", "\(Limits.requestBodySeconds.value + Self.guardSeconds)", "\(test.port)", begun, more,
                    test.folder + "/trickle-answer", Self.tooSlow,
                ])
            #expect(answered.output.contains(Self.tooSlow), "\(answered.everything)")
        }
    }

    private static let guardSeconds = 90
    /// How the hub answers it.
    private static let tooSlow = "The body took too long to arrive"

    private static func put(_ text: String, _ client: Int32) {
        _ = Array(text.utf8).withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    /// What has come by now.
    private static func arrived(_ client: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(client, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
    }

    /// Whether the hub ends a stream within its bound; `timeout` says 124 when it does not.
    private func stream(_ row: Row, _ index: Int, _ test: TestHub) async throws -> Bool {
        let path = test.folder + "/stall-\(index)"
        try Data(row.sent).write(to: URL(fileURLWithPath: path))
        let seconds = row.bound.value + Limits.idleConnectionSeconds.value + Self.guardSeconds
        let ended = try await Program.run(
            "sh",
            [
                "-c",
                "timeout $1 openssl s_client -quiet -ign_eof -alpn h2 -connect 127.0.0.1:$2 <$3 >/dev/null 2>&1",
                "sh", "\(seconds)", "\(test.port)", path,
            ])
        return ended.status != 124
    }

    /// Whether the other side of a connection is still open, as the system's own list has it: state 01 is ESTABLISHED.
    private static func isServed(_ client: Int32) throws -> Bool {
        var (own, peer) = (sockaddr_in(), sockaddr_in())
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &own) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(client, $0, &size) }
        }
        withUnsafeMutablePointer(to: &peer) { pointer in
            _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(client, $0, &size) }
        }
        func place(_ address: sockaddr_in) -> String {
            String(format: "0100007F:%04X", UInt16(bigEndian: address.sin_port))
        }
        let list = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)
        return list.contains("\(place(peer)) \(place(own)) 01")
    }
}
