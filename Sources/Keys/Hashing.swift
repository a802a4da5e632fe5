public import Core
import Crypto

/// Digests.
public enum Hashing {
    /// SHA-256 (FIPS 180-4): 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: bytes)) }

    /// SHA-512 (FIPS 180-4) of a secret's bytes: 64 bytes.
    public static func sha512(_ secret: Secret) -> [UInt8] { secret.reveal { Array(SHA512.hash(data: $0)) } }

    /// HMAC with SHA-256 (RFC 2104 §2): 32 bytes.
    public static func hmacSHA256(_ bytes: [UInt8], key: Secret) -> [UInt8] {
        key.reveal { Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: $0))) }
    }

    /// HMAC with SHA-1 (RFC 2104 §2): 20 bytes. For one-time passwords alone, whose apps know no other (RFC 4226 §5.2);
    /// collisions of SHA-1 do not touch an HMAC (RFC 6194 §3.3).
    public static func hmacSHA1(_ bytes: [UInt8], key: Secret) -> [UInt8] {
        key.reveal {
            Array(HMAC<Insecure.SHA1>.authenticationCode(for: bytes, using: SymmetricKey(data: $0)))
        }
    }
}

/// SHA-256 (FIPS 180-4) of what comes piece by piece, such as a file that memory need not hold.
public struct RunningHash {
    private var hash = SHA256()

    /// Of nothing yet.
    public init() {}

    /// Takes the next piece.
    public mutating func add(_ bytes: some Sequence<UInt8>) { hash.update(data: Array(bytes)) }

    /// The 32 bytes of all pieces.
    public func finish() -> [UInt8] { Array(hash.finalize()) }
}
