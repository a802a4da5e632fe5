public import Core
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// Certificates out of a PEM that somebody gave, in its order, as far as the hub decides on them.
public struct CertificateChain: Sendable, Equatable {
    /// What is said of one certificate.
    public struct Entry: Sendable, Equatable {
        /// Whom it names (RFC 5280 §4.1.2.6), as text.
        public let subject: String
        /// From when it counts.
        public let begins: Timestamp
        /// When it ends.
        public let ends: Timestamp
        /// SHA-256 of its public key (SubjectPublicKeyInfo), in Base64: what a pin is.
        public let pin: String
        /// `x5t#S256`: SHA-256 of all of it, in base64url (RFC 8705 §3.1).
        public let thumbprint: String
        /// Whether it is an authority (RFC 5280 §4.2.1.9).
        public let isAuthority: Bool
        /// Whether it is an authority that names itself: where trust begins.
        public let isRoot: Bool
        /// Whether a client may prove itself with it, as far as it says (RFC 5280 §4.2.1.12).
        public let isForClients: Bool
        /// Whether its key may verify signatures, as far as it says (RFC 5280 §4.2.1.3).
        public let isForSignatures: Bool
        fileprivate let issuer: String
        let certificate: Certificate
    }

    /// At least one.
    public let entries: [Entry]

    /// Reads all certificates of a PEM (RFC 7468 §5.1).
    ///
    /// Throws `HubError` (`bad_certificates`) where there is none, where there are too many or one twice, or where
    /// anything else stands among them, such as a private key. Nothing of it is quoted.
    public init(pem: String, field: String) throws {
        var found: [Entry] = []
        do {
            for document in try PEMDocument.parseMultiple(pemString: pem) {
                guard document.discriminator == Certificate.defaultPEMDiscriminator else {
                    throw Self.problem(field, "holds something other than certificates. Give certificates alone.")
                }
                guard found.count < Limits.chainCertificates.value else {
                    throw Self.problem(field, "holds more than \(Limits.chainCertificates.value) certificates.")
                }
                found.append(try Entry(document))
            }
        } catch let error as HubError { throw error } catch {
            throw Self.problem(field, "cannot be read as PEM certificates. Copy it again, whole.")
        }
        guard !found.isEmpty else {
            throw Self.problem(field, "holds no certificate: it must have lines -----BEGIN CERTIFICATE-----.")
        }
        for (index, entry) in found.enumerated()
        where found[..<index].contains(where: { $0.thumbprint == entry.thumbprint }) {
            throw Self.problem(field, "holds the certificate of \(Shown.name(entry.subject)) twice. Give it once.")
        }
        entries = found
    }

    /// The certificate that stands first; in a chain it is whose the key is.
    public var leaf: Entry { entries[0] }

    /// Whether each certificate is followed by the one of its issuer.
    public var isInOrder: Bool { zip(entries, entries.dropFirst()).allSatisfy { $0.issuer == $1.subject } }

    /// Whether a private key is the first certificate's; nil when it is no unencrypted PEM key that TLS can use.
    public func belongs(_ key: Secret) -> Bool? {
        do {
            let read = try key.reveal { try Certificate.PrivateKey(pemEncoded: String(decoding: $0, as: UTF8.self)) }
            return read.publicKey == leaf.certificate.publicKey
        } catch { return nil }
    }

    private static func problem(_ field: String, _ says: String) -> HubError {
        HubError(.invalid, "bad_certificates", "\"\(field)\" \(says)")
    }
}

extension CertificateChain.Entry {
    fileprivate init(_ document: PEMDocument) throws {
        certificate = try Certificate(pemDocument: document)
        thumbprint = Base64URL.encode(Hashing.sha256(document.derBytes))
        subject = certificate.subject.description
        issuer = certificate.issuer.description
        begins = Timestamp(epochSeconds: Int64(certificate.notValidBefore.timeIntervalSince1970))
        ends = Timestamp(epochSeconds: Int64(certificate.notValidAfter.timeIntervalSince1970))
        pin = Base64.encode(Hashing.sha256(try certificate.publicKey.serializeAsPEM().derBytes))
        if case .isCertificateAuthority = try certificate.extensions.basicConstraints {
            isAuthority = true
        } else {
            isAuthority = false
        }
        isRoot = isAuthority && certificate.issuer == certificate.subject
        isForClients =
            try certificate.extensions.extendedKeyUsage.map { usage in
                usage.contains(.clientAuth) || usage.contains(.any)
            } ?? true
        isForSignatures = try certificate.extensions.keyUsage.map(\.digitalSignature) ?? true
    }

    /// Its public key, as one that verifies what a JWS says; nil for a kind or a size that does not.
    public var signatureKey: JWSPublicKey? {
        guard let material = PublicMaterial(certificate.publicKey) else { return nil }
        do { try material.checkSize() } catch { return nil }
        return JWSPublicKey(material, algorithms: material.algorithms, id: nil)
    }
}
