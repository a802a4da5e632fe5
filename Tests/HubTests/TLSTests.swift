import Core
import Foundation
import Hub
import Ports
import Testing

@Suite("TLS, with real clients") struct TLSTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let words: [String]
        let says: String
        var testDescription: String { words.joined(separator: " ") }
    }

    static let handshakes: [Row] = [
        Row(words: ["-tls1", "-cipher", "ALL:@SECLEVEL=0"], says: "alert protocol version"),
        Row(words: ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], says: "alert protocol version"),
        Row(words: ["-tls1_2"], says: "New, TLSv1.2, Cipher is ECDHE-ECDSA-"),
        Row(words: ["-tls1_3"], says: "New, TLSv1.3, Cipher is TLS_"),
        // Neither forward secrecy nor authenticated encryption.
        Row(
            words: ["-tls1_2", "-cipher", "AES128-SHA:AES128-GCM-SHA256:@SECLEVEL=0"], says: "alert handshake failure"),
        Row(words: ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"], says: "alert handshake failure"),
        Row(words: ["-alpn", "h2,http/1.1"], says: "ALPN protocol: h2"),
        Row(words: ["-alpn", "http/1.1"], says: "ALPN protocol: http/1.1"),
        Row(words: [], says: "No ALPN negotiated"),
        Row(words: ["-verify_ip", "127.0.0.1", "-verify_return_error"], says: "Verify return code: 0 (ok)"),
        Row(words: ["-verify_hostname", "localhost", "-verify_return_error"], says: "Verify return code: 0 (ok)"),
    ]

    @Test("E11 (BCP 195): what is negotiated and what not; the hub's own certificate is good for this machine's names")
    func negotiated() async throws {
        try await TestHub.with(variables: ["LINCHPIN_TLS_TRIAL": "true"]) { test in
            for row in Self.handshakes {
                let said = try await test.handshake(row.words + ["-CAfile", test.hub.folder.trialCertificate])
                #expect(said.everything.contains(row.says), "\(row.testDescription): \(said.everything)")
            }
            for path in [test.hub.folder.trialCertificate, test.hub.folder.trialKey] {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect(mode == 0o600)
            }
            #expect(test.hub.url == "https://127.0.0.1:\(test.port)")
            #expect(test.hub.issuer == test.hub.url)
        }
    }

    @Test("Both versions of HTTP go the one way: answer, id, row", arguments: ["1.1", "2"])
    func versions(version: String) async throws {
        try await TestHub.with(variables: ["LINCHPIN_TLS_TRIAL": "true"]) { test in
            let trusted = test.hub.folder.trialCertificate
            let got = try await test.curl(
                "/api/now/table/incident", trusting: trusted,
                ["--http\(version)", "-w", "\n%{http_version} %{http_code} %header{x-correlation-id}"])
            let last = got.output.split(separator: "\n").last?.split(separator: " ").map(String.init) ?? []
            #expect(last.prefix(2) == [version, "401"], "\(got.everything)")
            let rows = try await test.transactions(last.last ?? "none")
            #expect(rows.map { $0["reason"]?.string } == ["no_credential"])

            // A body whose length nobody announced.
            let sent = try await test.curl(
                "/oauth2/token", trusting: trusted,
                [
                    "--http\(version)", "-X", "POST", "-T", "-", "-H",
                    "Content-Type: application/x-www-form-urlencoded",
                ], input: "grant_type=client_credentials")
            #expect(sent.output.contains("invalid_client"), "\(sent.everything)")

            let heavy = try await test.curl(
                "/health/live", trusting: trusted,
                ["--http\(version)", "-H", "X: " + String(repeating: "a", count: 40_000), "-w", "%{http_code}"])
            #expect(heavy.output.hasSuffix(version == "2" ? "000" : "431"), "\(heavy.everything)")
            #expect(heavy.status != 28, "it was left waiting")

            let hosts = try await test.curl(
                "/health/live", trusting: trusted, ["--http\(version)", "-H", "Host: x/canary", "-w", "%{http_code}"])
            #expect(hosts.output.contains("bad_host") && hosts.output.hasSuffix("400"), "\(hosts.everything)")
            #expect(!hosts.output.contains("canary"))
        }
    }

    @Test("E10 (RFC 6749 §1.6): plain HTTP on a TLS port is not answered, and what nobody vouches for is not trusted")
    func strangers() async throws {
        try await TestHub.with(variables: ["LINCHPIN_TLS_TRIAL": "true"]) { test in
            let plain = try await Program.run("curl", ["-sS", "-m", "20", "http://127.0.0.1:\(test.port)/health/live"])
            #expect(plain.status != 0 && plain.output.isEmpty, "\(plain.everything)")
            let untrusted = try await Program.run(
                "curl", ["-sS", "-m", "20", "https://127.0.0.1:\(test.port)/health/live"])
            #expect(untrusted.status == 60 && untrusted.output.isEmpty, "\(untrusted.everything)")
        }
    }

    /// Frames of HTTP/2 by hand (RFC 9113 §4.1): what no library sends.
    static func frame(_ type: UInt8, _ flags: UInt8, _ stream: UInt32, _ payload: [UInt8]) -> [UInt8] {
        [0, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF), type, flags]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> UInt32($0)) } + payload
    }

    // RFC 7541 §6: GET, https, / from the static table; the authority "x" as a literal.
    static let head: [UInt8] = [0x82, 0x87, 0x84, 0x41, 0x01, 0x78]
    static let floods: [(name: String, frames: [UInt8])] = [
        ("pings", (0..<2_000).flatMap { _ in frame(6, 0, 0, [0, 1, 2, 3, 4, 5, 6, 7]) }),
        ("settings", (0..<2_000).flatMap { _ in frame(4, 0, 0, []) }),
        (
            "rapid reset",
            (0..<2_000).flatMap { number -> [UInt8] in
                let stream = UInt32(number * 2 + 1)
                return frame(1, 0x4, stream, head) + frame(3, 0, stream, [0, 0, 0, 8])
            }
        ),
        (
            "continuations without end",
            frame(1, 0, 1, head) + (0..<2_000).flatMap { _ in frame(9, 0, 1, [0x40, 1, 0x61, 1, 0x61]) }
        ),
        ("empty data", frame(1, 0x4, 1, head) + (0..<2_000).flatMap { _ in frame(0, 0, 1, []) }),
    ]

    @Test("A flood of frames ends its connection, and nothing else", arguments: floods.indices)
    func flood(index: Int) async throws {
        try await TestHub.with(variables: ["LINCHPIN_TLS_TRIAL": "true"]) { test in
            let bytes =
                Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + Self.frame(4, 0, 0, []) + Self.floods[index].frames
            let path = test.folder + "/flood"
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            // It waits for the other side to close; `timeout` says 124 when that does not come.
            let ended = try await Program.run(
                "sh",
                [
                    "-c",
                    "timeout 15 openssl s_client -quiet -ign_eof -alpn h2 -connect 127.0.0.1:$1 <$2 >/dev/null 2>&1",
                    "sh", "\(test.port)", path,
                ])
            #expect(ended.status != 124, "\(Self.floods[index].name): the connection stayed")
            let well = try await test.curl("/health/ready", trusting: test.hub.folder.trialCertificate, ["--http2"])
            #expect(well.output.contains("\"ready\""), "\(well.everything)")
        }
    }

    @Test("New files serve new connections; a bad pair changes nothing and is said; the right one settles it")
    func reload() async throws {
        try await TestHub.withFolder { folder in
            let pair = CertificatePair(folder: folder)
            try await pair.make("first")
            try await TestHub.with(variables: pair.variables) { test in
                #expect(try await subject(test) == "CN = first")
                try await pair.make("second")
                #expect(try await eventually { try await subject(test) == "CN = second" })
                try Data("canary".utf8).write(to: URL(fileURLWithPath: pair.key))
                #expect(try await eventually { test.hub.attention.all.map(\.matter) == ["certificate"] })
                #expect(try await subject(test) == "CN = second")
                let ready = try await test.curl("/health/ready", trusting: pair.certificate)
                #expect(ready.output == #"{"status":"ready","attention":["certificate"]}"#, "\(ready.everything)")
                #expect(test.logged.all.contains { $0.contains("the new certificate is not used") })
                #expect(!test.logged.all.contains { $0.contains("canary") })
                try await pair.make("third")
                #expect(try await eventually { try await subject(test) == "CN = third" })
                #expect(test.hub.attention.all.isEmpty)
            }
        }
    }

    private func subject(_ test: TestHub) async throws -> String {
        let said = try await test.handshake([])
        let line = said.output.split(separator: "\n").first { $0.hasPrefix("subject=") } ?? ""
        return String(line.dropFirst("subject=".count))
    }

    /// Whether it comes true while the hub looks at its files a few times; each try takes a process, which is pause enough.
    private func eventually(_ body: () async throws -> Bool) async throws -> Bool {
        for _ in 0..<300 {
            if try await body() { return true }
            _ = try await Program.run("sleep", ["0.1"])
        }
        return false
    }
}
