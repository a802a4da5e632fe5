public import Core
import Crypto
import CryptoExtras
import SwiftASN1

/// A private key that signs JWS. It never prints, and it leaves only as a `Secret`.
public struct JWSPrivateKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let material: PrivateMaterial
    /// What it signs with.
    public let algorithm: JWSAlgorithm

    public var description: String { "<private key \(algorithm.rawValue)>" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    private init(_ material: PrivateMaterial, _ algorithm: JWSAlgorithm) throws {
        guard material.publicMaterial.algorithms.contains(algorithm) else {
            throw JWKReader.pem("A key of its kind does not sign with \(algorithm.rawValue).")
        }
        try material.publicMaterial.checkSize()
        self.material = material
        self.algorithm = algorithm
    }

    /// A new key from the system's random numbers; RSA with 2048 bits.
    public static func make(_ algorithm: JWSAlgorithm) throws -> JWSPrivateKey {
        try JWSPrivateKey(try PrivateMaterial.make(algorithm), algorithm)
    }

    /// Reads a PEM with an unencrypted PKCS#8 key (RFC 7468 §10; RFC 5958 §2). An RSA key signs with RS256.
    ///
    /// Throws `HubError` (`key_pem`) for anything else, and for RSA keys under 2048 bits (`jwk_unusable`).
    public init(pem: Secret) throws { try self.init(pem: pem, as: nil) }

    /// The same for an RSA key that signs with another algorithm of its kind.
    public init(pem: Secret, as algorithm: JWSAlgorithm?) throws {
        let material = try pem.reveal { try PrivateMaterial(pem: String(decoding: $0, as: UTF8.self)) }
        try self.init(material, algorithm ?? material.standardAlgorithm)
    }

    /// A key from `forSealing`.
    public init(sealed: Secret) throws {
        let (name, pem) = sealed.reveal { bytes in
            let name = bytes.prefix { $0 != UInt8(ascii: "\n") }
            return (String(decoding: name, as: UTF8.self), Secret(Array(bytes.dropFirst(name.count + 1))))
        }
        guard let algorithm = JWSAlgorithm(rawValue: name) else {
            throw HubError(.internal, "sealed_key", "Internal error.", detail: "a sealed key names no algorithm")
        }
        try self.init(pem: pem, as: algorithm)
    }

    /// The algorithm's name, a line feed and the PEM: what `init(sealed:)` reads, to be sealed before it is stored.
    public var forSealing: Secret {
        pem.reveal { Secret(Array(algorithm.rawValue.utf8) + [UInt8(ascii: "\n")] + $0) }
    }

    /// The key as a PKCS#8 PEM (RFC 7468 §10), for the file of whom it was made for.
    public var pem: Secret { Secret(material.pem) }

    /// What others verify with; its `id` is its thumbprint.
    public var publicKey: JWSPublicKey {
        let key = JWSPublicKey(material.publicMaterial, algorithms: [algorithm], id: nil)
        return key.named(key.thumbprint)
    }

    func sign(_ bytes: [UInt8]) throws -> [UInt8] { try material.sign(bytes, as: algorithm) }
}
