public import Core
import Crypto

/// A private Ed25519 key (RFC 8032 §5.1).
public struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// The key of a 32-byte seed; throws `HubError` (`bad_key_length`) otherwise.
    public init(seed: Secret) throws {
        guard seed.count == 32 else {
            throw HubError(
                .internal, "bad_key_length", "A signing seed has exactly 32 bytes.", detail: "it has \(seed.count)")
        }
        key = try seed.reveal { try Curve25519.Signing.PrivateKey(rawRepresentation: $0) }
    }

    /// The 32 bytes that others verify with.
    public var publicKey: [UInt8] { Array(key.publicKey.rawRepresentation) }

    /// Names the key: the first 8 bytes of the public key's SHA-256, as 16 hexadecimal digits.
    public var id: String { KeyID.of(publicKey) }

    /// The 64-byte signature.
    public func sign(_ bytes: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: bytes)) }
}

/// A public Ed25519 key (RFC 8032 §5.1).
public struct VerifyingKey: Sendable {
    private let key: Curve25519.Signing.PublicKey

    /// The key of 32 bytes; throws `HubError` (`bad_key_length`) for another length.
    public init(_ publicKey: [UInt8]) throws {
        guard publicKey.count == 32 else {
            throw HubError(
                .invalid, "bad_key_length", "A public key has exactly 32 bytes.", detail: "it has \(publicKey.count)")
        }
        key = try Curve25519.Signing.PublicKey(rawRepresentation: publicKey)
    }

    /// Its 32 bytes.
    public var publicKey: [UInt8] { Array(key.rawRepresentation) }

    /// Names the key, as `SigningKey.id` does.
    public var id: String { KeyID.of(publicKey) }

    /// Whether the signature is this key's for exactly these bytes; false for any malformed signature.
    public func verifies(_ signature: [UInt8], of bytes: [UInt8]) -> Bool {
        signature.count == 64 && key.isValidSignature(signature, for: bytes)
    }
}

enum KeyID {
    static func of(_ publicKey: [UInt8]) -> String { Hex.encode(Hashing.sha256(publicKey).prefix(8)) }
}
