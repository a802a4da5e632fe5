import Core
import Keys

/// The secret half of a code challenge (RFC 7636 §4.1).
enum CodeVerifier {
    /// 43 to 128 unreserved characters.
    static func isWellFormed(_ text: String) -> Bool {
        (43...128).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || "-._~".utf8.contains(byte)
            }
    }

    /// RFC 7636 §4.6, S256.
    static func fits(_ verifier: String, _ challenge: String) -> Bool {
        isWellFormed(verifier) && Base64URL.encode(Hashing.sha256(Array(verifier.utf8))) == challenge
    }
}
