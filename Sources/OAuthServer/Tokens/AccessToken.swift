import Core
import Keys

/// An access token's text, and where its row is.
///
/// An opaque one is a machine secret, a dot, and the hour of issue in hexadecimal: `lpat_….79a3c`. The hour leads the
/// key of the token's row, so one lookup finds it whatever the token's life, and no caller can make the hub try many.
/// The hour is no secret (`expires_in` tells as much), stands behind the prefix that secret scanners know, and is hashed
/// with the rest, so a token has one spelling only. RFC 6750 §2.1: b64token allows letters, digits, `-._~+/`.
///
/// A JWT's hour is that of its `iat`.
struct AccessToken: Sendable {
    /// Hours since 1970, by the clock of the hub that issued it.
    let issuedHour: Int64
    /// SHA-256 of the whole text: all that is stored.
    let hash: [UInt8]
    /// The JWT, nothing of which is verified yet; nil for an opaque token.
    let jwt: UnverifiedJWS?

    /// Makes a new token: the text for the caller once, and what is stored.
    static func new(at now: Timestamp, _ effects: Effects) -> (text: Secret, token: AccessToken) {
        let hour = hour(of: now)
        let secret = MachineSecret.new(.accessToken, effects)
        let text = secret.reveal { Secret($0 + Array(("." + String(hour, radix: 16)).utf8)) }
        return (text, AccessToken(issuedHour: hour, hash: MachineSecret.hash(text), jwt: nil))
    }

    /// Reads a presented text; nil when it cannot be one of ours, so that made-up texts never reach the store.
    init?(_ text: String) {
        guard text.utf8.count <= Limits.tokenBytes.value else { return nil }
        if let opaque = Self(opaque: text) { self = opaque } else { self.init(jwt: text) }
    }

    private init?(opaque text: String) {
        guard text.utf8.count <= 80, let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let digits = text[text.index(after: dot)...]
        guard MachineSecret.isWellFormed(String(text[..<dot]), .accessToken), let hour = Int64(digits, radix: 16),
            hour >= 0, String(hour, radix: 16).utf8.elementsEqual(digits.utf8)
        else { return nil }
        self.init(issuedHour: hour, hash: MachineSecret.hash(Secret(text)), jwt: nil)
    }

    private init?(jwt text: String) {
        guard let jwt = UnverifiedJWS(reading: text), let token = JWTAccessToken(claims: jwt.unverifiedClaims) else {
            return nil
        }
        self.init(issuedHour: Self.hour(of: token.issuedAt), hash: MachineSecret.hash(Secret(text)), jwt: jwt)
    }

    private init(issuedHour: Int64, hash: [UInt8], jwt: UnverifiedJWS?) {
        self.issuedHour = issuedHour
        self.hash = hash
        self.jwt = jwt
    }

    static func hour(of moment: Timestamp) -> Int64 { moment.epochSeconds / 3_600 }
}
