import Core
import Keys

/// The text of a refresh token: `lprt_`, the family's id, a dot, the generation in hexadecimal, a dot, and a mark.
///
/// The mark is an HMAC of the rest under a key that the vault holds, so the successor of a token follows from its family
/// and its number: whoever repeats a request whose answer was lost gets the same one, and nothing of it is stored. It also
/// tells a token that was ours once from a made-up one, which could otherwise end a stranger's family.
struct RefreshToken: Sendable, Equatable {
    static let prefix = "lprt_"

    let family: String
    let generation: Int64

    func text(_ key: Secret) -> Secret {
        let named = named
        return Secret(named + "." + Base64URL.encode(Hashing.hmacSHA256(Array(named.utf8), key: key)))
    }

    /// Reads a presented text; nil for one that we never issued.
    init?(_ text: String, _ key: Secret) {
        let parts = text.dropFirst(Self.prefix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= Limits.refreshTokenBytes.value, text.hasPrefix(Self.prefix), parts.count == 3,
            let generation = Int64(parts[1], radix: 16), generation > 0
        else { return nil }
        self.init(family: String(parts[0]), generation: generation)
        guard self.text(key).matches(Secret(text)) else { return nil }
    }

    init(family: String, generation: Int64) {
        self.family = family
        self.generation = generation
    }

    private var named: String { Self.prefix + family + "." + String(generation, radix: 16) }
}
