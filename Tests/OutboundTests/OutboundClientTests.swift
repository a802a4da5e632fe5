import Core
import Foundation
import NIOHTTP1
import Outbound
import Ports
import Testing

private func with<R>(
    _ bounds: OutboundClient.Bounds = .init(), _ body: (OutboundClient) async throws -> R
) async throws -> R {
    let client = OutboundClient(bounds: bounds)
    do {
        let result = try await body(client)
        try await client.shutdown()
        return result
    } catch {
        try await client.shutdown()
        throw error
    }
}

private func request(
    _ url: String, method: String = "GET", _ headers: [(name: String, value: HeaderValue)] = [], body: [UInt8]? = nil,
    loopback: Bool = true
) -> OutboundRequest {
    OutboundRequest(method: method, url: url, headers: headers, body: body, allowsLoopbackHTTP: loopback)
}

private func failure(_ client: OutboundClient, _ request: OutboundRequest) async -> String {
    do throws(OutboundFailure) {
        return "\(try await client.send(request).status)"
    } catch {
        switch error {
        case .notSent(let reason, _): return "not sent: \(reason)"
        case .unknown(let reason, _): return "unknown: \(reason)"
        }
    }
}

@Test func aRequestGoesOutAsItIsAndTheSecretOnlyInItsHead() async throws {
    try await TestServer.with { server in
        try await with { client in
            let secret = HeaderValue.secret(prefix: "SSWS ", Secret("canary"))
            let reply = try await client.send(
                request(
                    "http://127.0.0.1:\(server.port)/a%2Fb?c=%20", method: "POST",
                    [("authorization", secret), ("accept", .plain("x/y"))], body: []))
            #expect(reply.status == 200 && reply.header("x-echo") == "POST 0")
            #expect(String(decoding: reply.body, as: UTF8.self) == "hello")
            let head = try #require(server.received.first)
            #expect(head.uri == "/a%2Fb?c=%20")
            #expect(head.headers["authorization"] == ["SSWS canary"] && head.headers["accept"] == ["x/y"])
            #expect(head.headers["content-length"] == ["0"])
        }
    }
}

@Test(arguments: ["http://127.0.0.1", "http://localhost", "https://127.0.0.1"])
func withoutTheFlagLoopbackIsRefused(_ origin: String) async throws {
    try await TestServer.with { server in
        try await with { client in
            let answer = await failure(client, request("\(origin):\(server.port)/", loopback: false))
            #expect(answer == (origin.hasPrefix("https") ? "not sent: address_forbidden" : "not sent: plain_http"))
            #expect(server.received.isEmpty)
        }
    }
}

@Test func aNameOfLoopbackIsReachedWithTheFlag() async throws {
    try await TestServer.with { server in
        try await with { client in
            let answer = await failure(client, request("http://localhost:\(server.port)/"))
            // Where localhost is ::1 first, our server is not there; it is never the wrong place.
            #expect(answer == "200" || answer == "not sent: unreachable")
        }
    }
}

@Test(arguments: [
    "http://8.8.8.8/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/", "http://169.254.169.254/latest/meta-data",
])
func theFlagIsForLoopbackOnly(_ url: String) async throws {
    try await with { client in
        let answer = await failure(client, request(url))
        #expect(answer == "not sent: plain_http")
    }
}

@Test(arguments: [
    "https://169.254.169.254/", "https://10.0.0.1/", "https://[fe80::1]/", "https://0/", "https://0x7f.1/",
])
func forbiddenAddressesAreNotCalled(_ url: String) async throws {
    try await with { client in
        let answer = await failure(client, request(url, loopback: false))
        #expect(answer == "not sent: address_forbidden")
    }
}

@Test(arguments: ["/redirect", "/x"])
func redirectsComeBackAsTheyAre(_ path: String) async throws {
    try await TestServer.with { server in
        try await with { client in
            let answer = await failure(client, request("http://127.0.0.1:\(server.port)\(path)"))
            #expect(answer == (path == "/x" ? "200" : "302"))
            #expect(server.received.count == 1)
        }
    }
}

@Test(arguments: [
    ("/announced", "unknown: reply_too_large"), ("/chunked", "unknown: reply_too_large"),
    ("/silent", "unknown: timed_out"), ("/close", "unknown: connection_broken"),
    ("/half", "unknown: connection_broken"),
])
func answersBeyondTheBoundsAreUnknown(_ path: String, _ expected: String) async throws {
    var bounds = OutboundClient.Bounds()
    bounds.bodyBytes = 1_000
    // Only the silent server is meant to run into it.
    bounds.totalMilliseconds = path == "/silent" ? 300 : 60_000
    try await TestServer.with { server in
        try await with(bounds) { client in
            let answer = await failure(client, request("http://127.0.0.1:\(server.port)\(path)", method: "POST"))
            #expect(answer == expected)
        }
    }
}

@Test(arguments: ["HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 "])
func anAnswerThatComesAByteAtATimeIsNotWaitedForBeyondTheBound(_ beginning: String) async throws {
    var bounds = OutboundClient.Bounds()
    bounds.totalMilliseconds = 300
    try await DripServer.with(beginning) { port in
        try await with(bounds) { client in
            let answer = await failure(client, request("http://127.0.0.1:\(port)/"))
            #expect(answer == "unknown: timed_out")
        }
    }
}

@Test func whereNobodyListensNothingIsSent() async throws {
    let port = try await TestServer.with { $0.port }
    try await with { client in
        let answer = await failure(client, request("http://127.0.0.1:\(port)/"))
        #expect(answer == "not sent: unreachable")
    }
}

@Test func aServerWithoutTLSGetsNoRequest() async throws {
    try await TestServer.with { server in
        try await with { client in
            let answer = await failure(client, request("https://127.0.0.1:\(server.port)/"))
            #expect(answer == "not sent: tls_failed")
            #expect(server.received.isEmpty)
        }
    }
}

@Test(arguments: [
    ("x-a", "b\r\nx-c: d"), ("x-a", "b\nc"), ("x-a", "\u{0}"), ("x-a", "é"), ("x a", "b"), ("x:a", "b"), ("", "b"),
    ("x-a\r\n", "b"), ("Host", "evil.example"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked"),
])
func headersThatCouldBreakOutAreNotSent(_ name: String, _ value: String) async throws {
    try await TestServer.with { server in
        try await with { client in
            for header in [HeaderValue.plain(value), .secret(prefix: "", Secret(value))] {
                let answer = await failure(client, request("http://127.0.0.1:\(server.port)/", [(name, header)]))
                #expect(answer == "not sent: header_unfit")
            }
            #expect(server.received.isEmpty)
        }
    }
}

@Test func afterShutdownNothingIsSent() async throws {
    let client = OutboundClient()
    try await client.shutdown()
    let answer = await failure(client, request("http://127.0.0.1:1/"))
    #expect(answer == "not sent: outbound_busy")
}

@Test func theSocketIsCalledAndSaysWhenNobodyIsThere() async throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "l-\(UUID().uuidString.prefix(8)) x.sock").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await TestServer.with(socket: path) { server in
        let client = LocalClient(socketPath: path)
        let reply = try await client.call(method: "POST", path: "/api/x?y=1", body: Array("{}".utf8))
        try await client.close()
        #expect(reply.status == 200 && reply.header("x-echo") == "POST 2")
        #expect(server.received.first?.uri == "/api/x?y=1")
    }
    let client = LocalClient(socketPath: path)
    let failure = await #expect(throws: OutboundFailure.self) {
        try await client.call(method: "GET", path: "/", body: nil)
    }
    try await client.close()
    guard case .notSent("hub_not_running", _)? = failure else {
        Issue.record("\(String(describing: failure))")
        return
    }
}
