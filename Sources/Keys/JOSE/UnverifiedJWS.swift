public import Core

/// A token that is well-formed and proves nothing yet.
///
/// What it says of itself serves to find the key to verify it with, and for nothing else.
public struct UnverifiedJWS: Sendable {
    let head: JWSHeader
    /// What the token claims while nobody has verified it: only to find the client or issuer whose key verifies it.
    public let unverifiedClaims: JSONObject
    let input: [UInt8]
    let signature: [UInt8]

    /// The protected header.
    public var header: JSONObject { head.members }
    /// `alg`.
    public var algorithm: JWSAlgorithm { head.algorithm }
    /// `kid`; nil when the header names none.
    public var keyID: String? { head.keyID }
    /// `typ` as written; nil when the header names none.
    public var type: String? { head.type }
    /// `jwk`: a public key that the sender chose. That it verifies the token shows possession, and no more.
    public var embeddedKey: JWSPublicKey? { head.embeddedKey }

    /// The claims, once the signature is the key's.
    ///
    /// Times, issuer and audience are the caller's to judge (RFC 8725 §3.8, §3.9).
    /// - Parameters:
    ///   - algorithms: what the caller accepts; the header alone never decides (RFC 8725 §3.1).
    ///   - type: the media type that `typ` must name, such as `dpop+jwt`; nil where the protocol fixes none.
    public func verified(
        by key: JWSPublicKey, allowing algorithms: Set<JWSAlgorithm>, type: String?
    ) throws(JWSProblem) -> VerifiedJWS {
        guard algorithms.contains(algorithm) else { throw .algorithmNotAllowed }
        guard key.algorithms.contains(algorithm) else { throw .algorithmDoesNotFitKey }
        if let type, !head.isOfType(type) { throw .wrongType }
        guard key.verifies(signature, of: input, as: algorithm) else { throw .signatureWrong }
        return VerifiedJWS(header: header, claims: unverifiedClaims, algorithm: algorithm)
    }
}

/// A token whose signature is right. Made by `UnverifiedJWS.verified` alone.
public struct VerifiedJWS: Sendable {
    /// The protected header.
    public let header: JSONObject
    /// The claims.
    public let claims: JSONObject
    /// What it was signed with.
    public let algorithm: JWSAlgorithm

    init(header: JSONObject, claims: JSONObject, algorithm: JWSAlgorithm) {
        self.header = header
        self.claims = claims
        self.algorithm = algorithm
    }
}
