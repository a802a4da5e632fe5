import Core
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// An authority made for one test, and what it issues. All of it counts from 2020 to 2049 unless said otherwise.
public struct TestAuthority: Sendable {
    /// A certificate with its key, both as PEM.
    public struct Issued: Sendable {
        public let certificate: String
        public let key: String
        /// SHA-256 of its public key, in Base64, made by the library alone.
        public let pin: String
    }

    /// What a certificate is for.
    public enum Use: Sendable { case server, client }

    let key: P256.Signing.PrivateKey
    let name: DistinguishedName
    /// Its own certificate, as PEM.
    public let certificate: String

    /// - Parameter ends: when its own certificate ends.
    public init(_ common: String, ends: Int = 2049) throws {
        key = P256.Signing.PrivateKey()
        name = try DistinguishedName { CommonName(common) }
        certificate = try Self.make(
            subject: name, issuer: name, key: key.publicKey, by: key, ends: ends,
            try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            })
    }

    init(key: P256.Signing.PrivateKey, name: DistinguishedName, certificate: String) {
        self.key = key
        self.name = name
        self.certificate = certificate
    }

    /// A certificate for `localhost` and 127.0.0.1, or for a client.
    public func issue(_ use: Use, ends: Int = 2049) throws -> Issued {
        let own = P256.Signing.PrivateKey()
        let pem = try Self.make(
            subject: try DistinguishedName { CommonName(use == .server ? "localhost" : "the hub") }, issuer: name,
            key: own.publicKey, by: key, ends: ends,
            try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([use == .server ? .serverAuth : .clientAuth])
                SubjectAlternativeNames([
                    .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
                ])
            })
        let spki = own.publicKey.derRepresentation
        return Issued(
            certificate: pem, key: own.pemRepresentation + "\n",
            pin: Base64.encode(Array(SHA256.hash(data: spki))))
    }

    private static func make(
        subject: DistinguishedName, issuer: DistinguishedName, key: P256.Signing.PublicKey,
        by signer: P256.Signing.PrivateKey, ends: Int, _ extensions: Certificate.Extensions
    ) throws -> String {
        // Whole years of 365.25 days since 1970: near enough to the first of January.
        let year = { (year: Int) in Date(timeIntervalSince1970: Double(year - 1970) * 31_557_600) }
        return try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key),
            notValidBefore: year(2020), notValidAfter: year(ends), issuer: issuer, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions, issuerPrivateKey: .init(signer)
        ).serializeAsPEM().pemString + "\n"
    }
}
