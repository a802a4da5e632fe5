import Core
import Foundation
import NIOCore
import NIOSSL

/// A certificate chain and its key, as PEM files that were checked.
struct CertificateFiles: Sendable {
    let certificate: String
    let key: String

    /// What tells one version of the files from another.
    struct Mark: Equatable, Sendable {
        fileprivate let parts: [Int64]
    }

    /// The files as they lie there now; a missing one is a version too.
    var mark: Mark {
        Mark(
            parts: [certificate, key].flatMap { path -> [Int64] in
                var status = stat()
                guard stat(path, &status) == 0 else { return [-1] }
                return [
                    Int64(status.st_ino), Int64(status.st_size), Int64(status.st_mtim.tv_sec),
                    Int64(status.st_mtim.tv_nsec), Int64(status.st_mode),
                ]
            })
    }

    /// What new connections are served with, and when the certificate ends.
    ///
    /// Throws `HubError` that names the file and says what to do, in words fit for the terminal.
    ///
    /// - Parameter askingClients: whether connections are asked for a client certificate, without which they go on too.
    func load(at now: Timestamp, askingClients: Bool = false) throws -> (context: NIOSSLContext, end: Timestamp) {
        let chain = try chain()
        let end = Timestamp(epochSeconds: Int64(chain[0].notValidAfter))
        guard now < end else {
            throw problem("certificate_expired", "\(certificate) ended on \(end.rfc3339). Renew it.")
        }
        guard Timestamp(epochSeconds: Int64(chain[0].notValidBefore)) <= now else {
            throw problem("certificate_not_yet", "\(certificate) does not count yet. Check this machine's clock.")
        }
        return (try context(chain, try privateKey(), askingClients), end)
    }

    private func chain() throws -> [NIOSSLCertificate] {
        try readable(certificate)
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch { chain = [] }
        guard !chain.isEmpty else {
            throw problem("certificate_malformed", "\(certificate) holds no PEM certificate. Name the right file.")
        }
        return chain
    }

    private func privateKey() throws -> NIOSSLPrivateKey {
        let status = try readable(key)
        guard status.st_mode & 0o027 == 0 else {
            throw problem(
                "key_open", "Others on this machine may read or change the key \(key). Close it: chmod 600 \(key)")
        }
        do { return try NIOSSLPrivateKey(file: key, format: .pem) } catch {
            throw problem(
                "key_malformed", "\(key) holds no PEM key without a pass phrase. Name the right file.")
        }
    }

    @discardableResult private func readable(_ path: String) throws -> stat {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, R_OK) == 0,
            status.st_size <= Limits.certificateBytes.value
        else {
            throw problem("certificate_unreadable", "\(path) cannot be read as a file. Check its name and its owner.")
        }
        return status
    }

    private func context(
        _ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey, _ asksClients: Bool
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        // RFC 8996 §4, §5 (MUST NOT): no TLS 1.0, no TLS 1.1. The library's own minimum is 1.0.
        configuration.minimumTLSVersion = .tlsv12
        // RFC 9325 §4.2 and RFC 9113 §9.2.2: forward secrecy and authenticated encryption, nothing else.
        configuration.cipherSuiteValues = [
            .TLS_AES_128_GCM_SHA256, .TLS_AES_256_GCM_SHA384, .TLS_CHACHA20_POLY1305_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        configuration.applicationProtocols = ["h2", "http/1.1"]
        if asksClients {
            configuration.certificateVerification = .optionalVerification
            // None of the system's: who vouches for a client is not for TLS to say.
            configuration.trustRoots = .certificates([])
        }
        // An idle peer that does not answer our goodbye holds up a stop for five seconds otherwise.
        configuration.shutdownTimeout = .milliseconds(500)
        do { return try NIOSSLContext(configuration: configuration) } catch {
            throw problem("key_mismatch", "\(self.key) is not the key of \(certificate). Name the pair.")
        }
    }

    private func problem(_ reason: String, _ says: String) -> HubError { HubError(.invalid, reason, says) }
}
