public import Core
import Crypto
import CryptoExtras
import SwiftASN1
import X509

/// A public key that verifies JWS: P-256, P-384, P-521, RSA of 2048 bits or more, or Ed25519.
public struct JWSPublicKey: Sendable {
    let material: PublicMaterial
    /// What it may be used with; one of its kind's, where its JWK says so.
    public let algorithms: Set<JWSAlgorithm>
    /// `kid`; nil when nobody named the key.
    public let id: String?

    init(_ material: PublicMaterial, algorithms: Set<JWSAlgorithm>, id: String?) {
        self.material = material
        self.algorithms = algorithms
        self.id = id
    }

    /// Reads a JWK (RFC 7517 §4).
    ///
    /// Throws `HubError` of kind `invalid`: `jwk_private` for one that holds a private or symmetric key, else
    /// `jwk_unusable` for another kind or use of key, a point off its curve, a small modulus, or a malformed member.
    public init(jwk: JSON) throws {
        guard let members = jwk.object else { throw JWKReader.unusable("it is not an object") }
        try JWKReader.refusePrivate(members)
        try JWKReader.checkUse(members)
        let material = try JWKReader.material(members)
        let algorithms = try JWKReader.algorithm(members, of: material).map { [$0] } ?? material.algorithms
        self.init(material, algorithms: algorithms, id: try JWKReader.id(members))
    }

    /// Reads a PEM with a SubjectPublicKeyInfo (RFC 7468 §13); throws `HubError` (`key_pem`) for anything else.
    public init(pem: String) throws {
        let material: PublicMaterial?
        do {
            let document = try PEMDocument(pemString: pem)
            guard document.discriminator == "PUBLIC KEY" else {
                throw JWKReader.pem("It is not a BEGIN PUBLIC KEY block.")
            }
            let key = try Certificate.PublicKey(pemDocument: document)
            material = PublicMaterial(key)
        } catch let error as HubError { throw error } catch {
            throw JWKReader.pem("It cannot be read as a public key.", detail: "\(type(of: error))")
        }
        guard let material else { throw JWKReader.pem("It is not a P-256, P-384, P-521, RSA or Ed25519 key.") }
        try material.checkSize()
        self.init(material, algorithms: material.algorithms, id: nil)
    }

    /// The key as a JWK: what its kind requires, then `alg` where there is one only, and `kid` where it has one.
    public var jwk: JSON {
        var members = material.members
        if algorithms.count == 1, let only = algorithms.first { members["alg"] = .string(only.rawValue) }
        if let id { members["kid"] = .string(id) }
        return .object(members)
    }

    /// base64url of the SHA-256 of the required members in their fixed spelling (RFC 7638 §3).
    public var thumbprint: String {
        Base64URL.encode(Hashing.sha256(Array(JSON.object(material.members).text(sorted: true).utf8)))
    }

    /// The same key under that id.
    public func named(_ id: String) -> JWSPublicKey { JWSPublicKey(material, algorithms: algorithms, id: id) }

    /// Whether the signature is this key's for exactly these bytes; false for any malformed signature.
    func verifies(_ signature: [UInt8], of bytes: [UInt8], as algorithm: JWSAlgorithm) -> Bool {
        algorithms.contains(algorithm) && material.verifies(signature, of: bytes, as: algorithm)
    }
}

extension JWSPublicKey: Equatable {
    /// The same key, whatever its id.
    public static func == (left: Self, right: Self) -> Bool { left.material.members == right.material.members }
}
