import Core
import Keys

/// Proof keys of code exchanges (RFC 7636 §4).
enum CodeChallenge {
    /// RFC 7636 §4.1 and §4.2: a verifier, and a challenge, are 43 to 128 unreserved characters.
    static func isWellFormed(_ text: String) -> Bool {
        (43...128).contains(text.utf8.count)
            && text.utf8.allSatisfy(PercentEncoding.isUnreserved)
    }

    /// Whether it can be one of S256: 32 bytes in base64url (RFC 7636 §4.2). Any other fits no verifier.
    static func isS256(_ challenge: String) -> Bool { Base64URL.decode(challenge)?.count == 32 }

    /// RFC 7636 §4.6: BASE64URL-ENCODE(SHA256(ASCII(code_verifier))) == code_challenge.
    static func matches(challenge: String, verifier: String) -> Bool {
        isWellFormed(verifier)
            && ConstantTime.equal(
                Array(Base64URL.encode(Hashing.sha256(Array(verifier.utf8))).utf8), Array(challenge.utf8))
    }
}
