public import Core
import Crypto
import CryptoExtras

/// Hashes passwords that people choose with scrypt (RFC 7914 §6): N = 2^15, r = 8, p = 1, 32 MiB each.
///
/// At most `Limits.passwordHashesAtOnce` run at once, on threads of their own; `Limits.passwordHashesWaiting` more may
/// wait, and the next is refused with `unavailable`, so that a flood of sign-ins neither fills the memory nor starves
/// the rest of the hub. Build one and share it.
public final class PasswordHasher: Sendable {
    private static let standardLogN = 15
    private static let keyBytes = 32

    private let logN: Int
    private let work = WorkQueue(
        atOnce: Limits.passwordHashesAtOnce.value, waiting: Limits.passwordHashesWaiting.value)

    /// A hasher that writes cost 2^`logN`; only tests lower it.
    public init(logN: Int = 15) { self.logN = logN }

    /// The stored form: `$scrypt$ln=15,r=8,p=1$<salt>$<hash>`, both base64url.
    ///
    /// - Parameter salt: at least 16 bytes that nobody can foretell, new for each password.
    /// - Throws: `HubError`: `invalid` for an empty or overlong password, `unavailable` when too many wait.
    public func hash(_ password: Secret, salt: [UInt8]) async throws -> String {
        guard PasswordRecord.saltBytes.contains(salt.count) else {
            throw HubError(.internal, "bad_salt", "Internal error.", detail: "a salt has 16 to 64 bytes")
        }
        guard password.count > 0, password.count <= Limits.passwordBytes.value else {
            throw HubError(
                .invalid, "bad_password_length",
                "A password has at most \(Limits.passwordBytes.value) bytes and is not empty. Choose another.")
        }
        let cost = Scrypt.Cost(logN: logN, r: 8, p: 1)
        let key = try await work.run {
            try Scrypt.derive(password, salt: salt, cost: cost, byteCount: Self.keyBytes)
        }
        return PasswordRecord(cost: cost, salt: salt, key: key).text
    }

    /// Whether the password is the one behind the stored form; compared in constant time.
    ///
    /// An empty or overlong password is simply wrong.
    /// - Throws: `HubError`: `internal` for a stored form that is damaged or asks for more work than `hash` writes (a
    ///   row that somebody planted must not stop the hub), `unavailable` when too many wait.
    public func verify(_ password: Secret, against stored: String) async throws -> Bool {
        guard let record = PasswordRecord(stored, mostLogN: max(logN, Self.standardLogN)) else {
            throw HubError(
                .internal, "password_hash_unreadable", "Internal error.",
                detail: "a stored password hash is damaged or above the cost we write")
        }
        guard password.count > 0, password.count <= Limits.passwordBytes.value else { return false }
        let key = try await work.run {
            try Scrypt.derive(password, salt: record.salt, cost: record.cost, byteCount: record.key.count)
        }
        return ConstantTime.equal(key, record.key)
    }
}

/// The primitive, without bounds; blocks.
enum Scrypt {
    struct Cost: Sendable, Equatable {
        let logN: Int
        let r: Int
        let p: Int
    }

    static func derive(_ password: Secret, salt: [UInt8], cost: Cost, byteCount: Int) throws -> [UInt8] {
        try password.reveal { password in
            try KDF.Scrypt.deriveKey(
                from: password, salt: salt, outputByteCount: byteCount, rounds: 1 << cost.logN, blockSize: cost.r,
                parallelism: cost.p
            ).withUnsafeBytes { Array($0) }
        }
    }
}
