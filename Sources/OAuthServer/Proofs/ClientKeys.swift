import Core
import Keys

/// The public keys that a client registers.
enum ClientKeys {
    /// Checks a set as it is sent, and returns it as it is kept: the known members of each key, and nothing else. Nil for
    /// an empty list, which takes all keys away.
    ///
    /// Throws `HubError` of kind `invalid`: `bad_jwks`, or what `JWSPublicKey` says of one key.
    static func checked(_ sent: JSON) throws -> JSON? {
        guard let elements = sent["keys"]?.array else {
            throw bad("must be a JWK set: an object with a list of \"keys\"")
        }
        guard elements.count <= Limits.clientKeys.value else {
            throw bad("holds more than \(Limits.clientKeys.value) keys")
        }
        let keys = try elements.map { try JWSPublicKey(jwk: $0) }
        for key in keys {
            guard key.id != nil else { throw bad("holds a key without a kid, by which it is found") }
            guard !key.algorithms.isDisjoint(with: Assertion.algorithms) else {
                throw bad("holds a key that is not EC on P-256, RSA for RS256 or PS256, or Ed25519")
            }
        }
        let ids = Set(keys.compactMap { $0.id.map { Array($0.utf8) } })
        guard ids.count == keys.count else { throw bad("holds two keys with one kid") }
        // Not by `?:`, whose nil would be a JSON null.
        guard !keys.isEmpty else { return nil }
        return JWKSet(publishing: keys).json
    }

    private static func bad(_ what: String) -> HubError {
        HubError(.invalid, "bad_jwks", "\"jwks\" \(what). Give 1 to \(Limits.clientKeys.value) public keys.")
    }
}
