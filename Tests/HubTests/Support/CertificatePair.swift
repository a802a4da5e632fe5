import Core
import Foundation

/// A certificate and its key, made by openssl, that nobody else vouches for.
struct CertificatePair: Sendable {
    let folder: String
    var certificate: String { folder + "/c.pem" }
    var key: String { folder + "/k.pem" }
    var variables: [String: String] { ["LINCHPIN_TLS_CERTIFICATE": certificate, "LINCHPIN_TLS_KEY": key] }

    /// Makes one, in the place of what was there.
    ///
    /// - Parameter dates: openssl's own words for its time.
    func make(_ name: String, dates: [String] = ["-days", "60"]) async throws {
        let made = try await Program.run(
            "openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                "/CN=\(name)",
                "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", key + ".new", "-out",
                certificate + ".new",
            ] + dates)
        guard made.status == 0 else { throw HubError(.internal, "test", "openssl failed: \(made.errors)") }
        for path in [key, certificate] {
            guard chmod(path + ".new", 0o600) == 0, rename(path + ".new", path) == 0 else {
                throw HubError(.internal, "test", "cannot place \(path)")
            }
        }
    }
}

extension TestHub {
    /// What curl gets, with this file as what it trusts.
    func curl(_ path: String, trusting: String, _ more: [String] = [], input: String = "") async throws -> Program {
        try await Program.run(
            "curl", ["-sS", "-m", "120", "--cacert", trusting] + more + ["https://localhost:\(port)" + path],
            input: input)
    }

    /// What openssl says of a handshake.
    func handshake(_ more: [String], input: String = "") async throws -> Program {
        try await Program.run(
            "timeout", ["20", "openssl", "s_client", "-connect", "127.0.0.1:\(port)"] + more, input: input)
    }
}
