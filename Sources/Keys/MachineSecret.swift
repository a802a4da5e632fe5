public import Core

/// A secret that the hub makes itself: a recognisable prefix, 256 random bits, and a checksum.
///
/// The prefix is for secret scanners; the checksum catches typos and made-up values before the store is asked. It
/// proves nothing: only the lookup of the hash does.
public enum MachineSecret {
    /// What it is for. The raw value is the prefix.
    public enum Kind: String, Sendable, CaseIterable {
        /// An opaque access token.
        case accessToken = "lpat_"
        /// A code that a client redeems for tokens.
        case authorizationCode = "lpac_"
        /// What a device polls with.
        case deviceCode = "lpdc_"
        /// A client's secret.
        case clientSecret = "lpcs_"
        /// A session of the console.
        case session = "lpss_"
        /// A one-use sign-in link.
        case signInLink = "lpsl_"
        /// A sign-in whose password was right and whose second factor is still to come.
        case signInProof = "lpsp_"
        /// What an outside system proves itself with at a hook.
        case hookSecret = "lphs_"
        /// What names an authorization request that a client pushed.
        case pushedRequest = "lppr_"
        /// What lets clients register themselves.
        case registrationToken = "lpri_"
        /// What a client that registered itself changes its registration with.
        case registrationAccess = "lpra_"
    }

    private static let bodyCharacters = 43  // 32 bytes
    private static let checksumCharacters = 6  // 4 bytes

    /// A new one: prefix, base64url of 32 random bytes, base64url of the CRC-32 of prefix and body; 54 characters.
    public static func new(_ kind: Kind, _ effects: Effects) -> Secret {
        let text = kind.rawValue + Base64URL.encode(effects.randomBytes(32))
        return Secret(text + Base64URL.encode(checksum(text.utf8)))
    }

    /// Whether a text could be one of ours: prefix, length, alphabet, no unused bits set, checksum.
    ///
    /// Tells nothing about whether it is in use. One character changed anywhere makes it false.
    public static func isWellFormed(_ text: String, _ kind: Kind) -> Bool {
        let bytes = Array(text.utf8)
        let prefix = Array(kind.rawValue.utf8)
        guard bytes.count == prefix.count + bodyCharacters + checksumCharacters, bytes.starts(with: prefix),
            Base64URL.decode(String(decoding: bytes.dropFirst(prefix.count).prefix(bodyCharacters), as: UTF8.self))
                != nil,
            let claimed = Base64URL.decode(String(decoding: bytes.suffix(checksumCharacters), as: UTF8.self))
        else { return false }
        return claimed == checksum(bytes.dropLast(checksumCharacters))
    }

    /// The same of a presented secret.
    public static func isWellFormed(_ presented: Secret, _ kind: Kind) -> Bool {
        presented.reveal { isWellFormed(String(decoding: $0, as: UTF8.self), kind) }
    }

    /// SHA-256 of the whole text: only this is stored. 256 random bits cannot be guessed, so no slow hash is needed.
    public static func hash(_ secret: Secret) -> [UInt8] { secret.reveal(Hashing.sha256) }

    private static func checksum(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let value = CRC32.of(bytes)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }
}

/// CRC-32 (ISO 3309, as in zlib).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { start in
        (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }
}
