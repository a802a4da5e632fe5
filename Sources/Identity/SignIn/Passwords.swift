import Core

/// What a password must be (NIST SP 800-63B §5.1.1.2: length matters, composition rules do not).
enum Passwords {
    static let fewestCharacters = 12
    static let saltBytes = 16

    /// Throws unless it has 12 characters or more and at most `Limits.passwordBytes`.
    static func check(_ password: Secret) throws {
        guard password.count <= Limits.passwordBytes.value else {
            throw HubError(
                .invalid, "password_too_long",
                "A password has at most \(Limits.passwordBytes.value) bytes. Choose a shorter one.")
        }
        let characters = password.reveal { String(decoding: $0, as: UTF8.self).unicodeScalars.count }
        guard characters >= fewestCharacters else { throw tooShort }
    }

    /// A password behind other bytes, to be hashed.
    static func joined(_ start: [UInt8], _ password: Secret) -> Secret { password.reveal { Secret(start + $0) } }

    static let tooShort = HubError(
        .invalid, "password_too_short",
        "A password has at least \(fewestCharacters) characters. Choose a longer one; a few words do well.")
}
