import Core
import Keys
import NIOHTTP1
import NIOSSL
import Outbound
import Ports
import TestSupport
import Testing

/// What became of one call with a secret in it.
private func outcome(
    _ url: String, _ passage: Passage, loopback: Bool = true, _ client: OutboundClient? = nil
) async throws -> String {
    var bounds = OutboundClient.Bounds()
    bounds.connectMilliseconds = 3_000
    let used = client ?? OutboundClient(bounds: bounds)
    var said = ""
    do throws(OutboundFailure) {
        let reply = try await used.send(
            OutboundRequest(
                method: "GET", url: url, headers: [("authorization", .secret(prefix: "SSWS ", Secret("canary")))],
                body: nil, allowsLoopbackHTTP: loopback, passage: passage))
        said = "\(reply.status)"
    } catch {
        switch error {
        case .notSent(let reason, _): said = "not sent: \(reason)"
        case .unknown(let reason, _): said = "unknown: \(reason)"
        }
    }
    if client == nil { try await used.shutdown() }
    return said
}

private let spare = [UInt8](repeating: 7, count: 32)

private func bytes(_ pin: String) throws -> [UInt8] { try #require(Base64.decode(pin.utf8)) }

private func pair(_ issued: TestAuthority.Issued) -> Passage.ClientCertificate {
    Passage.ClientCertificate(chain: issued.certificate, key: Secret(issued.key))
}

struct PassageTests {
    /// Whom the connection trusts, which key it pins, and what must come of it.
    struct Row: CustomTestStringConvertible, Sendable {
        enum Trust: Sendable { case system, own, other }
        enum Pin: Sendable { case none, server, serverSecond, authority, another }
        let testDescription: String
        let trust: Trust
        let pin: Pin
        var newest = TLSVersion.tlsv13
        let outcome: String
    }

    @Test(
        "trusted authorities and pins are judged before a byte of the request leaves",
        arguments: [
            Row(
                testDescription: "the system's authorities", trust: .system, pin: .none,
                outcome: "not sent: tls_failed"),
            Row(testDescription: "its own authority", trust: .own, pin: .none, outcome: "200"),
            Row(testDescription: "another authority", trust: .other, pin: .none, outcome: "not sent: tls_failed"),
            Row(testDescription: "its own key is pinned", trust: .own, pin: .server, outcome: "200"),
            Row(testDescription: "its own key is the spare", trust: .own, pin: .serverSecond, outcome: "200"),
            Row(testDescription: "others are pinned", trust: .own, pin: .another, outcome: "not sent: pin_mismatch"),
            Row(
                testDescription: "the authority's key is no pin of the server", trust: .own, pin: .authority,
                outcome: "not sent: pin_mismatch"),
            Row(
                testDescription: "a pin makes up for no trust", trust: .system, pin: .server,
                outcome: "not sent: tls_failed"),
            Row(testDescription: "TLS 1.2", trust: .own, pin: .server, newest: .tlsv12, outcome: "200"),
            Row(
                testDescription: "TLS 1.2, others pinned", trust: .own, pin: .another, newest: .tlsv12,
                outcome: "not sent: pin_mismatch"),
            Row(testDescription: "TLS 1.1", trust: .own, pin: .none, newest: .tlsv11, outcome: "not sent: tls_failed"),
        ])
    func trust(row: Row) async throws {
        let authority = try TestAuthority("own")
        let other = try TestAuthority("other")
        let issued = try authority.issue(.server)
        let roots: String? =
            switch row.trust {
            case .system: nil
            case .own: authority.certificate
            case .other: other.certificate
            }
        let pins: [[UInt8]] =
            switch row.pin {
            case .none: []
            case .server: [try bytes(issued.pin), spare]
            case .serverSecond: [spare, try bytes(issued.pin)]
            case .authority: [try bytes(try CertificateReading.pin(authority.certificate)), spare]
            case .another: [spare, try bytes(try other.issue(.server).pin)]
            }
        try await TLSServer.with(issued, newest: row.newest) { server in
            let said = try await outcome(
                "https://127.0.0.1:\(server.port)/", Passage(trustRoots: roots, pins: pins))
            #expect(said == row.outcome)
            #expect(server.received.count == (row.outcome == "200" ? 1 : 0))
        }
    }

    @Test("calls of different passages share no socket, whichever goes first", arguments: [true, false])
    func apart(trustedFirst: Bool) async throws {
        let authority = try TestAuthority("own")
        let issued = try authority.issue(.server)
        let good = Passage(trustRoots: authority.certificate)
        let pinned = Passage(trustRoots: authority.certificate, pins: [spare, [UInt8](repeating: 8, count: 32)])
        try await TLSServer.with(issued) { server in
            let client = OutboundClient()
            let url = "https://127.0.0.1:\(server.port)/"
            for passage in trustedFirst ? [good, pinned, good] : [pinned, good, pinned] {
                let said = try await outcome(url, passage, client)
                #expect(said == (passage.pins.isEmpty ? "200" : "not sent: pin_mismatch"))
            }
            try await client.shutdown()
            #expect(server.received.count == (trustedFirst ? 2 : 1))
        }
    }

    @Test(
        "a server that wants a client certificate gets the connection's, and reads nothing without it",
        arguments: [TLSVersion.tlsv12, .tlsv13])
    func mutual(newest: TLSVersion) async throws {
        let authority = try TestAuthority("own")
        let issuer = try TestAuthority("clients")
        let stranger = try TestAuthority("stranger")
        try await TLSServer.with(try authority.issue(.server), wants: issuer, newest: newest) { server in
            let url = "https://127.0.0.1:\(server.port)/"
            let welcome = Passage(trustRoots: authority.certificate, clientCertificate: pair(try issuer.issue(.client)))
            let said = try await outcome(url, welcome)
            #expect(said == "200")
            #expect(server.received.count == 1)
            let foreign = pair(try stranger.issue(.client))
            for certificate in [nil, foreign] {
                let refused = try await outcome(
                    url, Passage(trustRoots: authority.certificate, clientCertificate: certificate))
                #expect(refused.hasPrefix("not sent: tls_failed") || refused.hasPrefix("unknown: "))
            }
            #expect(server.received.count == 1)
        }
    }

    @Test("what cannot be used as trust or as a pair sends nothing")
    func unusable() async throws {
        let pair = Passage.ClientCertificate(chain: "x", key: Secret("y"))
        for passage in [Passage(trustRoots: "-----BEGIN"), Passage(clientCertificate: pair)] {
            let said = try await outcome("https://127.0.0.1:1/", passage)
            #expect(said == "not sent: passage_unusable")
        }
    }
}

struct ProxyTests {
    private static func proxy(_ port: Int, _ host: String = "127.0.0.1", user: String? = nil) -> Passage.Proxy {
        Passage.Proxy(host: host, port: port, user: user, password: Secret("pr0xy-canary"))
    }

    @Test("through a proxy TLS goes from end to end, and the proxy sees the name and its own password")
    func tunnel() async throws {
        let authority = try TestAuthority("own")
        let issued = try authority.issue(.server)
        try await TLSServer.with(issued) { server in
            try await TunnelServer.with(wants: "Basic aHViOnByMHh5LWNhbmFyeQ==") { tunnel in
                let url = "https://localhost:\(server.port)/"
                let pins = [try bytes(issued.pin), spare]
                let good = Passage(
                    trustRoots: authority.certificate, pins: pins, proxy: Self.proxy(tunnel.port, user: "hub"))
                let said = try await outcome(url, good)
                #expect(said == "200")
                #expect(server.received.first?.headers["authorization"] == ["SSWS canary"])
                #expect(server.received.first?.headers.contains(name: "proxy-authorization") == false)
                #expect(tunnel.requests.first?.hasPrefix("CONNECT localhost:\(server.port) HTTP/1.1\r\n") == true)
                #expect(tunnel.requests.allSatisfy { !$0.contains("SSWS") })

                let rows: [(Passage, String)] = [
                    (
                        Passage(trustRoots: authority.certificate, proxy: Self.proxy(tunnel.port)),
                        "not sent: proxy_refused_us"
                    ),
                    (Passage(proxy: Self.proxy(tunnel.port, user: "hub")), "not sent: tls_failed"),
                    (
                        Passage(
                            trustRoots: authority.certificate, pins: [spare, [UInt8](repeating: 9, count: 32)],
                            proxy: Self.proxy(tunnel.port, user: "hub")), "not sent: pin_mismatch"
                    ),
                ]
                for (passage, expected) in rows {
                    let refused = try await outcome(url, passage)
                    #expect(refused == expected)
                }
                #expect(server.received.count == 1)
            }
        }
    }

    @Test(
        "the proxy's own address is judged like any other, and a host without a name is not asked for",
        arguments: [
            ("127.0.0.1", false, "https://example.com/", "not sent: address_forbidden"),
            ("10.0.0.1", true, "https://example.com/", "not sent: address_forbidden"),
            ("169.254.169.254", true, "https://example.com/", "not sent: address_forbidden"),
            ("127.0.0.1", true, "https://127.0.0.1/", "not sent: proxy_needs_name"),
            ("127.0.0.1", true, "https://[::1]/", "not sent: proxy_needs_name"),
            ("127.0.0.1", true, "https://10.0.0.1/", "not sent: proxy_needs_name"),
            ("127.0.0.1", true, "http://localhost/", "not sent: plain_http"),
            ("no-such-host.invalid", true, "https://example.com/", "not sent: host_not_found"),
        ])
    func addresses(host: String, loopback: Bool, url: String, expected: String) async throws {
        try await TunnelServer.with { tunnel in
            let said = try await outcome(
                url, Passage(proxy: Self.proxy(tunnel.port, host)), loopback: loopback)
            #expect(said == expected)
            #expect(tunnel.requests.isEmpty)
        }
    }
}

/// The pin of a certificate as the hub itself reads it.
private enum CertificateReading {
    static func pin(_ pem: String) throws -> String { try CertificateChain(pem: pem, field: "x").leaf.pin }
}
