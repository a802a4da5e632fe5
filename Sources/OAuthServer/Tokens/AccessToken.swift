import Core
import Keys

/// An access token's text, and where its row is.
///
/// An opaque one is a machine secret, a dot, and its slot in hexadecimal: `lpat_….19ac2f3b40d`. The slot is the
/// millisecond of issue and leads the key of the token's row: tokens that are issued together lie together, one lookup
/// finds a row whatever the token's life, and no caller can make the hub try many. It is no secret (`expires_in` tells
/// as much), stands behind the prefix that secret scanners know, and is hashed with the rest, so a token has one
/// spelling only. RFC 6750 §2.1: b64token allows letters, digits, `-._~+/`.
///
/// A JWT has it in its `jti`, written in the same way. Tokens of hubs before `oauth-016` have the hour in place of the
/// millisecond, and JWTs of then only that of their `iat`.
struct AccessToken: Sendable {
    /// Milliseconds since 1970 at issue, by the clock of the hub that issued it; hours in tokens from before `oauth-016`.
    let slot: Int64
    /// SHA-256 of the whole text: all that is stored.
    let hash: [UInt8]
    /// The JWT, nothing of which is verified yet; nil for an opaque token.
    let jwt: UnverifiedJWS?

    /// Makes a new token: the text for the caller once, and what is stored.
    static func new(at now: Timestamp, _ effects: Effects) -> (text: Secret, token: AccessToken) {
        let secret = MachineSecret.new(.accessToken, effects)
        let text = secret.reveal { Secret($0 + Array(Self.ending(at: now).utf8)) }
        return (text, AccessToken(slot: now.epochMilliseconds, hash: MachineSecret.hash(text), jwt: nil))
    }

    /// What a text ends with that says its slot.
    static func ending(at now: Timestamp) -> String { "." + String(now.epochMilliseconds, radix: 16) }

    /// Whether it was issued by now, or an hour ahead at most: another hub's clock may be. A slot that counts hours passes.
    func isPossible(at now: Timestamp) -> Bool { slot <= now.adding(seconds: 3_600).epochMilliseconds }

    /// Reads a presented text; nil when it cannot be one of ours, so that made-up texts never reach the store.
    init?(_ text: String) {
        guard text.utf8.count <= Limits.tokenBytes.value else { return nil }
        if let opaque = Self(opaque: text) { self = opaque } else { self.init(jwt: text) }
    }

    private init?(opaque text: String) {
        guard text.utf8.count <= 80, let (secret, slot) = Self.parts(of: text),
            MachineSecret.isWellFormed(String(secret), .accessToken)
        else { return nil }
        self.init(slot: slot, hash: MachineSecret.hash(Secret(text)), jwt: nil)
    }

    private init?(jwt text: String) {
        guard let jwt = UnverifiedJWS(reading: text), let token = JWTAccessToken(claims: jwt.unverifiedClaims) else {
            return nil
        }
        let slot = Self.parts(of: token.id)?.slot ?? token.issuedAt.epochSeconds / 3_600
        self.init(slot: slot, hash: MachineSecret.hash(Secret(text)), jwt: jwt)
    }

    private init(slot: Int64, hash: [UInt8], jwt: UnverifiedJWS?) {
        self.slot = slot
        self.hash = hash
        self.jwt = jwt
    }

    /// What stands before the dot, and the slot behind it in its one spelling.
    private static func parts(of text: String) -> (before: Substring, slot: Int64)? {
        guard let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let digits = text[text.index(after: dot)...]
        guard let slot = Int64(digits, radix: 16), slot >= 0,
            String(slot, radix: 16).isExactly(digits)
        else { return nil }
        return (text[..<dot], slot)
    }
}
