import Core
import SwiftASN1
import X509

/// The one name in a certificate by which a client is known (RFC 8705 §2.1.2), checked.
public struct CertificateName: Sendable, Equatable {
    /// Which name, as the metadata of clients calls it.
    public enum Kind: String, Sendable, CaseIterable {
        case subject = "tls_client_auth_subject_dn"
        case dns = "tls_client_auth_san_dns"
        case uri = "tls_client_auth_san_uri"
        case address = "tls_client_auth_san_ip"
        case email = "tls_client_auth_san_email"
    }

    /// Which name.
    public let kind: Kind
    /// As it was registered.
    public let text: String

    /// Nil when the text is no name of that kind.
    public init?(_ kind: Kind, _ text: String) {
        let isOne =
            switch kind {
            case .subject: DistinguishedNameText(text) != nil
            // No `*`: it would be compared as a letter.
            case .dns: !text.isEmpty && text.utf8.allSatisfy(Self.isHostByte)
            case .uri: Self.isPrintable(text) && text.utf8.contains(UInt8(ascii: ":"))
            case .address: IPLiteral.bytes(text) != nil
            case .email: Self.isPrintable(text) && text.utf8.contains(UInt8(ascii: "@"))
            }
        guard isOne else { return nil }
        self.kind = kind
        self.text = text
    }

    /// Whether a certificate has it: a whole entry, never a part or a pattern.
    func stands(in certificate: Certificate) -> Bool {
        if kind == .subject {
            guard let wanted = DistinguishedNameText(text), let found = DistinguishedNameText(certificate.subject)
            else {
                return false
            }
            return wanted == found
        }
        do {
            return try certificate.extensions.subjectAlternativeNames?.contains(where: isSame) ?? false
        } catch {
            // An extension that cannot be read names nobody.
            return false
        }
    }

    private func isSame(as other: GeneralName) -> Bool {
        switch (kind, other) {
        // RFC 5280 §7.2: host names without regard to case.
        case (.dns, .dnsName(let name)): name.utf8.map(Self.lowered).elementsEqual(text.utf8.map(Self.lowered))
        case (.uri, .uniformResourceIdentifier(let name)): name.isExactly(text)
        case (.email, .rfc822Name(let name)): name.isExactly(text)
        // RFC 5952 §8: as bytes.
        case (.address, .ipAddress(let bytes)): IPLiteral.bytes(text).map(bytes.bytes.elementsEqual) ?? false
        default: false
        }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isPrintable(_ text: String) -> Bool { text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch lowered(byte) {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "-._".utf8.contains(byte)
        }
    }
}
