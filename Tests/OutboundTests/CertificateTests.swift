import Core
import Foundation
import Ports
import TestSupport
import Testing

@testable import Outbound

/// A TLS server on loopback whose certificate nobody vouches for: `openssl s_server`.
private enum Impostor {
    /// Runs one; returns what came out of its decrypted side: a request that arrived would stand there.
    ///
    /// - Parameter hangsUp: whether it drops whoever connects: `s_server` does at the end of its input.
    static func with(hangsUp: Bool, _ body: (Int) async throws -> Void) async throws -> [String] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "impostor-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let made = Process()
        made.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        made.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
            "subjectAltName=IP:127.0.0.1",
        ]
        made.currentDirectoryURL = folder
        made.standardError = FileHandle.nullDevice
        try await ended(made)

        let out = folder.appending(path: "out").path
        guard FileManager.default.createFile(atPath: out, contents: nil) else { throw CocoaError(.fileWriteUnknown) }
        let server = Process()
        server.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        server.arguments = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert.pem", "-key", "key.pem"]
        server.currentDirectoryURL = folder
        let input = Pipe()
        server.standardInput = input
        if hangsUp { try input.fileHandleForWriting.close() }
        server.standardOutput = FileHandle(forWritingAtPath: out)
        server.standardError = FileHandle.nullDevice
        let (endings, ending) = AsyncStream<Void>.makeStream()
        server.terminationHandler = { _ in ending.finish() }
        try server.run()
        let result: Result<Void, any Error>
        do { result = .success(try await body(try await port(in: out))) } catch { result = .failure(error) }
        // It inherits a mask of signals in which SIGTERM may be blocked.
        kill(server.processIdentifier, SIGKILL)
        if !hangsUp { try input.fileHandleForWriting.close() }
        for await _ in endings {}
        try result.get()
        return said(in: out)
    }

    private static func said(in file: String) -> [String] {
        let bytes = FileManager.default.contents(atPath: file) ?? Data()
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The port, once the server says that it accepts.
    private static func port(in file: String) async throws -> Int {
        for _ in 0..<2_000_000 {
            let line = said(in: file).first { $0.hasPrefix("ACCEPT ") }
            if let port = line?.split(separator: ":").last.flatMap({ Int($0) }) { return port }
            await Task.yield()
        }
        throw HubError(.internal, "openssl_silent", "openssl s_server did not say where it accepts.")
    }

    private static func ended(_ process: Process) async throws {
        let status: Int32 = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        guard status == 0 else { throw HubError(.internal, "openssl_failed", "openssl failed; is it installed?") }
    }
}

@Test(
    "a certificate that nobody vouches for, or a host that hangs up in the handshake: not a byte of the request leaves",
    arguments: [false, true])
func impostorsAreRefused(hangsUp: Bool) async throws {
    let heard = try await Impostor.with(hangsUp: hangsUp) { port in
        let client = OutboundClient()
        var outcome = "answered"
        do throws(OutboundFailure) {
            _ = try await client.send(
                OutboundRequest(
                    method: "GET", url: "https://127.0.0.1:\(port)/api/v1/users/canary",
                    headers: [("Authorization", .secret(prefix: "SSWS ", Secret("canary")))], body: nil,
                    allowsLoopbackHTTP: true))
        } catch {
            switch error {
            case .notSent(let reason, _): outcome = "not sent: " + reason
            case .unknown(let reason, _): outcome = "unknown: " + reason
            }
        }
        try await client.shutdown()
        #expect(outcome == "not sent: tls_failed")
    }
    #expect(!heard.contains { $0.contains("canary") || $0.contains("HTTP/1.1") })
}
