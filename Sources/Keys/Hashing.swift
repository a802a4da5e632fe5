public import Core
import Crypto

/// Digests.
public enum Hashing {
    /// SHA-256 (FIPS 180-4): 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// HMAC with SHA-256 (RFC 2104 §2): 32 bytes.
    public static func hmacSHA256(_ bytes: [UInt8], key: Secret) -> [UInt8] {
        key.reveal { Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: $0))) }
    }
}
