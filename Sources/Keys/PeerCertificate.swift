public import Core
import FoundationEssentials
import SwiftASN1
import X509

/// The certificate whose key the other end of a TLS connection proved to hold (RFC 8446 §4.4.3), with what it sent
/// along for others to vouch for it. Nothing else of it is known: whether it counts is judged where that is asked.
public struct PeerCertificate: Sendable, Equatable {
    /// In DER, its own first.
    private let chain: [[UInt8]]
    /// `x5t#S256`: SHA-256 of its own, in base64url (RFC 8705 §3.1).
    public let thumbprint: String

    /// Nil for none; of a long chain the end is not kept.
    public init?(chain: [[UInt8]]) {
        guard let own = chain.first else { return nil }
        self.chain = Array(chain.prefix(Limits.peerCertificates.value))
        thumbprint = Base64URL.encode(Hashing.sha256(own))
    }
}

extension PeerCertificate {
    /// Why it does not prove a client: a stable code for the log.
    public enum Problem: String, Sendable, CaseIterable {
        case unreadable = "client_certificate_unreadable"
        case notYet = "client_certificate_not_yet"
        case ended = "client_certificate_expired"
        case otherName = "client_certificate_other_name"
        case untrusted = "client_certificate_untrusted"
        case unregistered = "client_certificate_unregistered"
    }

    /// RFC 8705 §2.1: an authority vouches for it, and it has the name that the client is registered with. Nil: it
    /// counts.
    public func problem(
        naming name: CertificateName, under authorities: ClientAuthorities, at now: Timestamp
    ) async -> Problem? {
        let read: [Certificate]
        do { read = try chain.map { try Certificate(derEncoded: $0) } } catch { return .unreadable }
        if let problem = Self.problem(read[0], at: now) { return problem }
        // Before any signature is checked: a stranger's certificate costs little.
        guard name.stands(in: read[0]) else { return .otherName }
        return await authorities.vouch(for: read[0], with: read.dropFirst(), at: now) ? nil : .untrusted
    }

    /// RFC 8705 §2.2: it is one of those that the client registered; nobody vouches for it. Nil: it counts.
    public func problem(among registered: CertificateChain, at now: Timestamp) -> Problem? {
        guard let entry = registered.entries.first(where: { $0.thumbprint.isExactly(thumbprint) }) else {
            return .unregistered
        }
        return Self.problem(entry.certificate, at: now)
    }

    /// RFC 5280 §4.1.2.5: both ends belong to its time.
    private static func problem(_ certificate: Certificate, at now: Timestamp) -> Problem? {
        let now = Double(now.epochSeconds)
        if now < certificate.notValidBefore.timeIntervalSince1970 { return .notYet }
        return now > certificate.notValidAfter.timeIntervalSince1970 ? .ended : nil
    }
}
