import Core
import Crypto
import CryptoExtras
import X509

/// The key itself, by kind.
enum PublicMaterial: Sendable {
    case p256(P256.Signing.PublicKey)
    case p384(P384.Signing.PublicKey)
    case p521(P521.Signing.PublicKey)
    case rsa(_RSA.Signing.PublicKey)
    case ed25519(Curve25519.Signing.PublicKey)

    /// nil for a kind that we do not use.
    init?(_ key: Certificate.PublicKey) {
        if let key = P256.Signing.PublicKey(key) {
            self = .p256(key)
        } else if let key = P384.Signing.PublicKey(key) {
            self = .p384(key)
        } else if let key = P521.Signing.PublicKey(key) {
            self = .p521(key)
        } else if let key = _RSA.Signing.PublicKey(key) {
            self = .rsa(key)
        } else if let key = Curve25519.Signing.PublicKey(key) {
            self = .ed25519(key)
        } else {
            return nil
        }
    }

    var algorithms: Set<JWSAlgorithm> {
        switch self {
        case .p256: [.es256]
        case .p384: [.es384]
        case .p521: [.es512]
        // RFC 7518 §3.3, §3.5: the same key works for both paddings.
        case .rsa: [.rs256, .rs384, .rs512, .ps256]
        case .ed25519: [.edDSA]
        }
    }

    /// RFC 7518 §3.3, §3.5: at least 2048 bits; at most what verifying in good time allows.
    func checkSize() throws {
        guard case .rsa(let key) = self else { return }
        guard (2_048...Limits.rsaBits.value).contains(key.keySizeInBits) else {
            throw JWKReader.unusable("an RSA key must have 2048 to \(Limits.rsaBits.value) bits")
        }
    }

    /// The members that a JWK of this kind requires, in the order of RFC 7638 §3.2.
    var members: JSONObject {
        switch self {
        case .p256(let key): Self.curve("P-256", Array(key.rawRepresentation))
        case .p384(let key): Self.curve("P-384", Array(key.rawRepresentation))
        case .p521(let key): Self.curve("P-521", Array(key.rawRepresentation))
        case .rsa(let key): Self.rsa(key)
        case .ed25519(let key):
            ["crv": "Ed25519", "kty": "OKP", "x": .string(Base64URL.encode(key.rawRepresentation))]
        }
    }

    private static func curve(_ name: String, _ point: [UInt8]) -> JSONObject {
        let half = point.count / 2
        return [
            "crv": .string(name), "kty": "EC", "x": .string(Base64URL.encode(point.prefix(half))),
            "y": .string(Base64URL.encode(point.suffix(half))),
        ]
    }

    private static func rsa(_ key: _RSA.Signing.PublicKey) -> JSONObject {
        do {
            let numbers = try key.getKeyPrimitives()
            return [
                "e": .string(Base64URL.encode(numbers.publicExponent.drop { $0 == 0 })), "kty": "RSA",
                "n": .string(Base64URL.encode(numbers.modulus.drop { $0 == 0 })),
            ]
        } catch {
            // The library gives the numbers of every key that it made. A key without numbers fits no other.
            return ["kty": "RSA"]
        }
    }

    func verifies(_ signature: [UInt8], of bytes: [UInt8], as algorithm: JWSAlgorithm) -> Bool {
        switch (self, algorithm) {
        // RFC 7518 §3.4: R and S in their full lengths, one behind the other; another length is refused.
        case (.p256(let key), .es256):
            Self.ecdsa(signature) {
                key.isValidSignature(
                    try P256.Signing.ECDSASignature(rawRepresentation: $0), for: SHA256.hash(data: bytes))
            }
        case (.p384(let key), .es384):
            Self.ecdsa(signature) {
                key.isValidSignature(
                    try P384.Signing.ECDSASignature(rawRepresentation: $0), for: SHA384.hash(data: bytes))
            }
        case (.p521(let key), .es512):
            Self.ecdsa(signature) {
                key.isValidSignature(
                    try P521.Signing.ECDSASignature(rawRepresentation: $0), for: SHA512.hash(data: bytes))
            }
        case (.rsa(let key), .rs256):
            key.isValidSignature(
                .init(rawRepresentation: signature), for: SHA256.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case (.rsa(let key), .rs384):
            key.isValidSignature(
                .init(rawRepresentation: signature), for: SHA384.hash(data: bytes), padding: .insecurePKCS1v1_5)
        case (.rsa(let key), .rs512):
            key.isValidSignature(
                .init(rawRepresentation: signature), for: SHA512.hash(data: bytes), padding: .insecurePKCS1v1_5)
        // RFC 7518 §3.5: MGF1 and a salt of the digest's length, both of SHA-256.
        case (.rsa(let key), .ps256):
            key.isValidSignature(.init(rawRepresentation: signature), for: SHA256.hash(data: bytes), padding: .PSS)
        case (.ed25519(let key), .edDSA): signature.count == 64 && key.isValidSignature(signature, for: bytes)
        case (.p256, _), (.p384, _), (.p521, _), (.rsa, _), (.ed25519, _): false
        }
    }

    private static func ecdsa(_ signature: [UInt8], _ verify: ([UInt8]) throws -> Bool) -> Bool {
        // Two numbers of another length are no signature of this curve.
        do { return try verify(signature) } catch { return false }
    }
}
