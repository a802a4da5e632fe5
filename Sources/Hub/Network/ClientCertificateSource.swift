import Core
import Foundation
import Keys
import OAuthServer

/// What was configured about client certificates (RFC 8705 §2, §3).
public enum ClientCertificateSource: Sendable, Equatable {
    /// No connection is asked for one.
    case none
    /// Each connection is asked, and need not have one; the file holds the authorities that vouch for them.
    case optional(authorities: String?)

    /// Throws `HubError` that names the variable.
    init(asked: String?, authorities: String?, overTLS: Bool) throws {
        switch (asked ?? "none", authorities) {
        case ("none", nil): self = .none
        case ("none", .some):
            throw HubConfiguration.problem(
                "tls.client.authorities", "says nothing without LINCHPIN_TLS_CLIENT_CERTIFICATES=optional. Set both")
        case ("optional", let authorities):
            guard overTLS else {
                throw HubConfiguration.problem(
                    "tls.client.certificates", "is for TLS. Set LINCHPIN_TLS_CERTIFICATE and LINCHPIN_TLS_KEY")
            }
            guard authorities != "" else {
                throw HubConfiguration.problem("tls.client.authorities", "must name a file")
            }
            self = .optional(authorities: authorities)
        default: throw HubConfiguration.problem("tls.client.certificates", "must be none or optional")
        }
    }

    /// Whether connections are asked.
    public var areAskedFor: Bool { self != .none }

    /// Reads the file; throws `HubError` in words fit for the terminal.
    func load() throws -> ClientCertificates {
        guard case .optional(let path) = self else { return .none }
        guard let path else { return .optional(nil) }
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= Limits.certificateBytes.value
        else {
            throw HubError(
                .invalid, "certificate_unreadable", "\(path) cannot be read as a file. Check its name and its owner.")
        }
        let pem = String(decoding: bytes, as: UTF8.self)
        return .optional(try ClientAuthorities(pem: pem, field: "LINCHPIN_TLS_CLIENT_AUTHORITIES"))
    }
}
