import Core
import Crypto
import CryptoExtras
import SwiftASN1

/// The private key itself, by kind.
enum PrivateMaterial: Sendable {
    case p256(P256.Signing.PrivateKey)
    case p384(P384.Signing.PrivateKey)
    case p521(P521.Signing.PrivateKey)
    case rsa(_RSA.Signing.PrivateKey)
    case ed25519(Curve25519.Signing.PrivateKey)

    static func make(_ algorithm: JWSAlgorithm) throws -> PrivateMaterial {
        switch algorithm {
        case .es256: .p256(P256.Signing.PrivateKey())
        case .es384: .p384(P384.Signing.PrivateKey())
        case .es512: .p521(P521.Signing.PrivateKey())
        case .rs256, .rs384, .rs512, .ps256: .rsa(try _RSA.Signing.PrivateKey(keySize: .bits2048))
        case .edDSA: .ed25519(Curve25519.Signing.PrivateKey())
        }
    }

    init(pem: String) throws {
        do {
            let document = try PEMDocument(pemString: pem)
            guard document.discriminator == "PRIVATE KEY" else {
                throw JWKReader.pem("It is not a BEGIN PRIVATE KEY block; openssl pkcs8 -topk8 -nocrypt makes one.")
            }
            self = try Self.read(document.derBytes)
        } catch let error as HubError { throw error } catch {
            throw JWKReader.pem("It cannot be read as a private key.", detail: "\(type(of: error))")
        }
    }

    private static func read(_ der: [UInt8]) throws -> PrivateMaterial {
        let key = try PKCS8(derEncoded: der)
        switch key.kind {
        case PKCS8.p256: return .p256(try P256.Signing.PrivateKey(derRepresentation: der))
        case PKCS8.p384: return .p384(try P384.Signing.PrivateKey(derRepresentation: der))
        case PKCS8.p521: return .p521(try P521.Signing.PrivateKey(derRepresentation: der))
        case PKCS8.rsa: return .rsa(try _RSA.Signing.PrivateKey(derRepresentation: der))
        case PKCS8.ed25519:
            // RFC 8410 §7: an OCTET STRING inside the OCTET STRING.
            let seed = try ASN1OctetString(derEncoded: key.inner)
            return .ed25519(try Curve25519.Signing.PrivateKey(rawRepresentation: Array(seed.bytes)))
        default: throw JWKReader.pem("It is not a P-256, P-384, P-521, RSA or Ed25519 key.")
        }
    }

    var standardAlgorithm: JWSAlgorithm {
        switch self {
        case .p256: .es256
        case .p384: .es384
        case .p521: .es512
        case .rsa: .rs256
        case .ed25519: .edDSA
        }
    }

    var publicMaterial: PublicMaterial {
        switch self {
        case .p256(let key): .p256(key.publicKey)
        case .p384(let key): .p384(key.publicKey)
        case .p521(let key): .p521(key.publicKey)
        case .rsa(let key): .rsa(key.publicKey)
        case .ed25519(let key): .ed25519(key.publicKey)
        }
    }

    var pem: String {
        let text =
            switch self {
            case .p256(let key): key.pemRepresentation
            case .p384(let key): key.pemRepresentation
            case .p521(let key): key.pemRepresentation
            case .rsa(let key): key.pkcs8PEMRepresentation
            case .ed25519(let key):
                PEMDocument(
                    type: "PRIVATE KEY", derBytes: PKCS8.ed25519Beginning + Array(key.rawRepresentation)
                ).pemString
            }
        return text.hasSuffix("\n") ? text : text + "\n"
    }

    func sign(_ bytes: [UInt8], as algorithm: JWSAlgorithm) throws -> [UInt8] {
        switch (self, algorithm) {
        case (.p256(let key), .es256): Array(try key.signature(for: SHA256.hash(data: bytes)).rawRepresentation)
        case (.p384(let key), .es384): Array(try key.signature(for: SHA384.hash(data: bytes)).rawRepresentation)
        case (.p521(let key), .es512): Array(try key.signature(for: SHA512.hash(data: bytes)).rawRepresentation)
        case (.rsa(let key), .rs256): try Self.rsa(key, SHA256.hash(data: bytes), .insecurePKCS1v1_5)
        case (.rsa(let key), .rs384): try Self.rsa(key, SHA384.hash(data: bytes), .insecurePKCS1v1_5)
        case (.rsa(let key), .rs512): try Self.rsa(key, SHA512.hash(data: bytes), .insecurePKCS1v1_5)
        case (.rsa(let key), .ps256): try Self.rsa(key, SHA256.hash(data: bytes), .PSS)
        case (.ed25519(let key), .edDSA): Array(try key.signature(for: bytes))
        case (.p256, _), (.p384, _), (.p521, _), (.rsa, _), (.ed25519, _):
            throw HubError(.internal, "key_algorithm", "Internal error.", detail: "the key does not sign so")
        }
    }

    private static func rsa(
        _ key: _RSA.Signing.PrivateKey, _ digest: some Digest, _ padding: _RSA.Signing.Padding
    ) throws -> [UInt8] {
        Array(try key.signature(for: digest, padding: padding).rawRepresentation)
    }
}

/// What kind of key a PKCS#8 structure holds (RFC 5958 §2).
struct PKCS8 {
    typealias Kind = [ASN1ObjectIdentifier]
    static let p256: Kind = [[1, 2, 840, 10045, 2, 1], [1, 2, 840, 10045, 3, 1, 7]]
    static let p384: Kind = [[1, 2, 840, 10045, 2, 1], [1, 3, 132, 0, 34]]
    static let p521: Kind = [[1, 2, 840, 10045, 2, 1], [1, 3, 132, 0, 35]]
    static let rsa: Kind = [[1, 2, 840, 113549, 1, 1, 1]]
    static let ed25519: Kind = [[1, 3, 101, 112]]
    /// Everything of an Ed25519 key but its seed (RFC 8410 §7).
    static let ed25519Beginning: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    /// The algorithm, and the curve behind it where there is one.
    let kind: Kind
    /// The key, as its kind spells it.
    let inner: [UInt8]

    init(derEncoded der: [UInt8]) throws {
        (kind, inner) = try DER.sequence(try DER.parse(der), identifier: .sequence) { nodes in
            _ = try Int(derEncoded: &nodes)
            guard let algorithm = nodes.next() else { throw ASN1Error.truncatedASN1Field() }
            let kind = try Self.kind(algorithm)
            let inner = try ASN1OctetString(derEncoded: &nodes)
            // Attributes and the public key may follow; neither says anything that the key does not.
            while nodes.next() != nil {}
            return (kind, Array(inner.bytes))
        }
    }

    private static func kind(_ algorithm: ASN1Node) throws -> Kind {
        try DER.sequence(algorithm, identifier: .sequence) { nodes in
            let algorithm = try ASN1ObjectIdentifier(derEncoded: &nodes)
            guard let parameters = nodes.next(), parameters.identifier == .objectIdentifier else {
                return [algorithm]
            }
            return [algorithm, try ASN1ObjectIdentifier(derEncoded: parameters)]
        }
    }
}
