public import Core
import FoundationEssentials
import SwiftASN1
@_spi(FixedExpiryValidationTime) import X509

/// The authorities that vouch for the certificates of clients (RFC 8705 §2.1). They vouch for nothing else.
public struct ClientAuthorities: Sendable {
    private let certificates: [Certificate]
    /// The first that ends: whom it names, and when.
    public let firstEnd: (subject: String, ends: Timestamp)

    /// Reads a PEM; throws `HubError` (`bad_certificates`) where it holds anything other than authorities.
    ///
    /// - Parameter field: what a message calls it.
    public init(pem: String, field: String) throws {
        let entries = try CertificateChain(pem: pem, field: field).entries
        if let other = entries.first(where: { !$0.isAuthority }) {
            throw HubError(
                .invalid, "bad_certificates",
                "\"\(field)\" holds the certificate of \(Shown.name(other.subject)), which is no authority. "
                    + "Give the certificates of authorities alone.")
        }
        let first = entries.min { $0.ends < $1.ends } ?? entries[0]
        firstEnd = (first.subject, first.ends)
        certificates = entries.map(\.certificate)
    }

    /// Whether a path leads from a client's certificate to one of them (RFC 5280 §6.1).
    func vouch(for own: Certificate, with others: ArraySlice<Certificate>, at now: Timestamp) async -> Bool {
        let moment = Date(timeIntervalSince1970: Double(now.epochSeconds))
        var verifier = Verifier(rootCertificates: CertificateStore(certificates)) {
            RFC5280Policy(fixedExpiryValidationTime: moment)
            ClientUsePolicy()
        }
        switch await verifier.validate(leaf: own, intermediates: CertificateStore(Self.distinct(others))) {
        case .validCertificate: return true
        case .couldNotValidate: return false
        }
    }

    /// One for each name and key: then a certificate has one issuer among them at most, and nobody can send a tangle
    /// whose paths multiply.
    private static func distinct(_ certificates: ArraySlice<Certificate>) -> [Certificate] {
        struct Issuer: Hashable {
            let name: DistinguishedName
            let key: Certificate.PublicKey
        }
        var seen: Set<Issuer> = []
        return certificates.filter { seen.insert(Issuer(name: $0.subject, key: $0.publicKey)).inserted }
    }
}

/// What `RFC5280Policy` leaves out: what a key may be used for.
private struct ClientUsePolicy: VerifierPolicy {
    // A critical subjectAltName (RFC 5280 §4.2.1.6) is understood: names are compared before.
    let verifyingCriticalExtensions: [ASN1ObjectIdentifier] = [
        .X509ExtensionID.extendedKeyUsage, .X509ExtensionID.subjectAlternativeName,
    ]

    func chainMeetsPolicyRequirements(chain: UnverifiedCertificateChain) async -> PolicyEvaluationResult {
        do {
            // RFC 5280 §4.2.1.12: for clients, if it says for what. Said by an authority, it holds for what it issues.
            for certificate in chain {
                guard let uses = try certificate.extensions.extendedKeyUsage else { continue }
                guard uses.contains(.clientAuth) || uses.contains(.any) else {
                    return .failsToMeetPolicy(reason: "not for clients")
                }
            }
            // RFC 5280 §4.2.1.3: the client's key signs a handshake, an authority's signs certificates.
            guard try chain.leaf.extensions.keyUsage?.digitalSignature ?? true else {
                return .failsToMeetPolicy(reason: "not for signatures")
            }
            for issuer in chain.dropFirst() {
                guard try issuer.extensions.keyUsage?.keyCertSign ?? true else {
                    return .failsToMeetPolicy(reason: "an issuer that may not sign certificates")
                }
            }
            return .meetsPolicy
        } catch {
            return .failsToMeetPolicy(reason: "an extension that cannot be read")
        }
    }
}
