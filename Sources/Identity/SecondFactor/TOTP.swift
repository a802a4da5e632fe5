public import Core
import Keys

/// One-time passwords by time (RFC 6238 §4.2) with what every authenticator app takes for granted: HMAC-SHA-1, six digits,
/// steps of 30 seconds since 1970.
struct TOTP: Sendable {
    /// RFC 4226 §4 R6: 160 bits are recommended.
    static let secretBytes = 20

    /// What the app holds too.
    let secret: Secret

    /// The step of a moment (RFC 6238 §4.2: T).
    static func step(at now: Timestamp) -> Int64 { now.epochSeconds / Int64(Limits.codeStepSeconds.value) }

    /// The code of a step, with leading zeros (RFC 4226 §5.3).
    func code(_ step: Int64, digits: Int = Limits.codeDigits.value) -> String {
        let counter = stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: step >> Int64($0)) }
        let hash = Hashing.hmacSHA1(counter, key: secret)
        let offset = Int(hash[19] & 0xF)
        let number = hash[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let text = String(UInt64(number) % (0..<digits).reduce(1) { power, _ in power * 10 })
        return String(repeating: "0", count: digits - text.utf8.count) + text
    }

    /// The step whose code this is: the present one, or one to either side for clocks that differ (RFC 6238 §5.2); the
    /// latest of them, nil for none. Takes as long whichever it is.
    func step(of code: Secret, at now: Timestamp) -> Int64? {
        let digits = code.reveal { $0.filter { $0 != UInt8(ascii: " ") } }
        let present = Self.step(at: now)
        return (present - 1...present + 1).reduce(nil) { found, step in
            ConstantTime.equal(digits, Array(self.code(step).utf8)) ? step : found
        }
    }

    /// The address that an authenticator app reads, by a camera or by hand (the Key URI Format of those apps).
    ///
    /// - Parameters:
    ///   - user: the account as the app shows it.
    ///   - issuer: the hub as the app shows it.
    func address(user: String, issuer: String) -> Secret {
        let (user, issuer) = (PercentEncoding.encode(user), PercentEncoding.encode(issuer))
        let facts = "algorithm=SHA1&digits=\(Limits.codeDigits.value)&period=\(Limits.codeStepSeconds.value)"
        return secret.reveal {
            Secret("otpauth://totp/\(issuer):\(user)?secret=\(Base32.encode($0))&issuer=\(issuer)&\(facts)")
        }
    }

    /// The secret as apps take it when it is typed.
    var typed: Secret { secret.reveal { Secret(Base32.encode($0)) } }
}

/// What an authenticator app needs to know once.
public struct Enrolment: Sendable {
    let user: String
    let totp: TOTP

    /// The secret for typing, in base 32.
    public var secret: Secret { totp.typed }

    /// The address that the app reads, which holds the secret too.
    ///
    /// - Parameter issuer: the hub, as the app shows it.
    public func address(issuer: String) -> Secret { totp.address(user: user, issuer: issuer) }
}
