import Core
import Foundation
import Ports
import TestSupport
import Testing

@testable import Outbound

/// A TLS server on loopback whose certificate nobody vouches for: `openssl s_server`.
private enum Impostor {
    /// Runs one; returns what came out of its decrypted side: a request that arrived would stand there.
    static func with(_ body: (Int) async throws -> Void) async throws -> [String] {
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
        server.standardInput = FileHandle.nullDevice
        server.standardOutput = FileHandle(forWritingAtPath: out)
        server.standardError = FileHandle.nullDevice
        let (endings, ending) = AsyncStream<Void>.makeStream()
        server.terminationHandler = { _ in ending.finish() }
        try server.run()
        let result: Result<Void, any Error>
        do { result = .success(try await body(try await port(in: out))) } catch { result = .failure(error) }
        server.terminate()
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

@Test("a certificate that nobody vouches for: refused, and not a byte of the request leaves")
func impostorsAreRefused() async throws {
    let heard = try await Impostor.with { port in
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
            case .notSent(let reason, _), .unknown(let reason, _): outcome = reason
            }
        }
        try await client.shutdown()
        // The server's reset may overtake our own verdict; then the outcome counts as unknown, which is the safe side.
        #expect(["tls_failed", "connection_broken"].contains(outcome), "\(outcome)")
    }
    #expect(!heard.contains { $0.contains("canary") || $0.contains("HTTP/1.1") })
}
