public import Core
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A TLS certificate for trials: ECDSA P-256, signed by its own key, so that nobody vouches for it.
public enum SelfMadeCertificate {
    /// What it is for: `localhost`, both loopback addresses, and the host that the hub listens on.
    public struct Names: Sendable {
        fileprivate let all: [GeneralName]

        /// - Parameter host: a name or an address; the ones that stand for every address add nothing.
        public init(host: String) {
            var all: [GeneralName] = [
                .dnsName("localhost"), Self.address([127, 0, 0, 1]), Self.address(Self.loopback6),
            ]
            let own: GeneralName = IPLiteral.bytes(host).map(Self.address) ?? .dnsName(host)
            if !["0.0.0.0", "::"].contains(host), !all.contains(own) { all.append(own) }
            self.all = all
        }

        private static let loopback6 = [UInt8](repeating: 0, count: 15) + [1]
        // RFC 5280 §4.2.1.6: an address is its bytes in network order.
        private static func address(_ bytes: [UInt8]) -> GeneralName {
            .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
        }
    }

    /// A new certificate and its key, both as PEM.
    public static func make(
        _ names: Names, from now: Timestamp, days: Int, _ effects: Effects
    ) throws -> (certificate: [UInt8], key: Secret) {
        let key = try P256.Signing.PrivateKey(rawRepresentation: effects.randomBytes(32))
        let subject = try DistinguishedName { CommonName("Linchpin trial") }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(bytes: [1] + effects.randomBytes(15)),
            publicKey: .init(key.publicKey),
            // An hour of grace for clients whose clock is behind.
            notValidBefore: date(now.adding(seconds: -3_600)),
            notValidAfter: date(now.adding(seconds: Int64(days) * 86_400)), issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names.all)
            }, issuerPrivateKey: .init(key))
        let pem = try certificate.serializeAsPEM().pemString + "\n"
        return (Array(pem.utf8), Secret(key.pemRepresentation + "\n"))
    }

    /// Whether a PEM is a certificate for all these names that is valid until then.
    public static func serves(_ pem: [UInt8], _ names: Names, until end: Timestamp) -> Bool {
        do {
            let found = try Certificate(pemEncoded: String(decoding: pem, as: UTF8.self))
            let named = try found.extensions.subjectAlternativeNames.map(Array.init) ?? []
            return found.notValidAfter >= date(end) && names.all.allSatisfy(named.contains)
        } catch {
            // Whatever it is, it does not serve; the caller makes another.
            return false
        }
    }

    private static func date(_ moment: Timestamp) -> Date {
        Date(timeIntervalSince1970: Double(moment.epochSeconds))
    }
}

/// An address as the C library reads it in numeric mode.
enum IPLiteral {
    static func bytes(_ text: String) -> [UInt8]? {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }
}
