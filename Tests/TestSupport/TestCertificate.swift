public import Core
import Crypto
import FoundationEssentials
public import Keys
import SwiftASN1
import X509

/// A certificate as a test wants it; it counts from 2020 to 2049 unless said otherwise.
public struct CertificateDraft: Sendable {
    /// What a key is for.
    public enum Use: Sendable { case clients, servers, unsaid }

    /// `O` and `CN` of the subject; empty: no subject.
    public var organization = "Example"
    public var common = "robot"
    public var hosts: [String] = []
    public var uris: [String] = []
    public var emails: [String] = []
    public var addresses: [[UInt8]] = []
    public var begins = Timestamp(epochSeconds: 1_577_836_800)
    public var ends = Timestamp(epochSeconds: 2_493_072_000)
    public var use = Use.clients
    /// What keyUsage says of signatures (RFC 5280 §4.2.1.3).
    public var signs = true
    /// Whether it carries a critical extension that nobody knows.
    public var isStrange = false

    public init() {}

    /// This draft changed.
    public func with(_ change: (inout CertificateDraft) -> Void) -> CertificateDraft {
        var draft = self
        change(&draft)
        return draft
    }
}

/// A certificate with its key.
public struct TestCertificate: Sendable {
    public let der: [UInt8]
    public let pem: String
    public let key: String

    /// As a connection shows it.
    public func peer(sending others: [TestCertificate] = []) throws -> PeerCertificate {
        guard let peer = PeerCertificate(chain: [der] + others.map(\.der)) else {
            throw HubError(.internal, "test", "no certificate")
        }
        return peer
    }

    /// One that its own key signs.
    public static func selfSigned(_ draft: CertificateDraft = CertificateDraft()) throws -> TestCertificate {
        let key = P256.Signing.PrivateKey()
        return try make(draft, key, issuer: draft.subject, by: key)
    }

    static func make(
        _ draft: CertificateDraft, _ own: P256.Signing.PrivateKey, issuer: DistinguishedName,
        by signer: P256.Signing.PrivateKey, subject: DistinguishedName? = nil,
        _ extensions: Certificate.Extensions? = nil
    ) throws -> TestCertificate {
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(own.publicKey),
            notValidBefore: date(draft.begins), notValidAfter: date(draft.ends), issuer: issuer,
            subject: subject ?? draft.subject, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: extensions ?? draft.extensions(),
            issuerPrivateKey: .init(signer))
        let pem = try certificate.serializeAsPEM()
        return TestCertificate(der: pem.derBytes, pem: pem.pemString + "\n", key: own.pemRepresentation + "\n")
    }

    private static func date(_ moment: Timestamp) -> Date {
        Date(timeIntervalSince1970: Double(moment.epochSeconds))
    }
}

extension TestAuthority {
    /// A certificate by this draft.
    public func issue(_ draft: CertificateDraft) throws -> TestCertificate {
        try TestCertificate.make(draft, P256.Signing.PrivateKey(), issuer: name, by: key)
    }

    /// An authority below this one, and its certificate.
    ///
    /// - Parameters:
    ///   - isOne: what its basic constraints say.
    ///   - maySign: what its key usage says of certificates.
    ///   - use: what its own certificate is for.
    public func subordinate(
        _ common: String, isOne: Bool = true, maySign: Bool = true, use: CertificateDraft.Use = .unsaid
    ) throws -> (authority: TestAuthority, own: TestCertificate) {
        let draft = CertificateDraft().with {
            $0.common = common
            $0.use = use
        }
        let own = P256.Signing.PrivateKey()
        let made = try TestCertificate.make(
            draft, own, issuer: name, by: key,
            try Certificate.Extensions {
                Critical(
                    isOne
                        ? BasicConstraints.isCertificateAuthority(maxPathLength: nil) : .notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: !maySign, keyCertSign: maySign))
                if let usage = try use.extendedKeyUsage { usage }
            })
        return (TestAuthority(key: own, name: draft.subject, certificate: made.pem), made)
    }

    /// A further certificate of this authority, by its own key, that another name tells from the others.
    public func again(_ host: String) throws -> TestCertificate {
        try TestCertificate.make(
            CertificateDraft(), key, issuer: name, by: key, subject: name,
            try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([.dnsName(host)])
            })
    }
}

extension CertificateDraft {
    fileprivate var subject: DistinguishedName {
        var parts: [RelativeDistinguishedName.Attribute] = []
        if !organization.isEmpty {
            parts.append(.init(type: .RDNAttributeType.organizationName, utf8String: organization))
        }
        if !common.isEmpty { parts.append(.init(type: .RDNAttributeType.commonName, utf8String: common)) }
        return DistinguishedName(parts.map { RelativeDistinguishedName($0) })
    }

    fileprivate func extensions() throws -> Certificate.Extensions {
        let names: [GeneralName] =
            hosts.map { .dnsName($0) } + uris.map { .uniformResourceIdentifier($0) } + emails.map { .rfc822Name($0) }
            + addresses.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
        let alternatives = SubjectAlternativeNames(names)
        return try Certificate.Extensions {
            Critical(BasicConstraints.notCertificateAuthority)
            Critical(KeyUsage(digitalSignature: signs, keyAgreement: !signs))
            if let usage = try use.extendedKeyUsage { usage }
            // RFC 5280 §4.2.1.6: critical where there is no subject.
            if !names.isEmpty, !subject.isEmpty { alternatives }
            if !names.isEmpty, subject.isEmpty { Critical(alternatives) }
            if isStrange {
                Certificate.Extension(
                    oid: [1, 3, 6, 1, 4, 1, 99999, 1], critical: true, value: ArraySlice([5, 0] as [UInt8]))
            }
        }
    }
}

extension CertificateDraft.Use {
    fileprivate var extendedKeyUsage: ExtendedKeyUsage? {
        get throws {
            switch self {
            case .clients: try ExtendedKeyUsage([.clientAuth])
            case .servers: try ExtendedKeyUsage([.serverAuth])
            case .unsaid: nil
            }
        }
    }
}
