import Core
import Keys
import Storage

/// A secret for a second factor, made before the transaction that keeps it.
struct NewFactor: Sendable {
    let totp: TOTP
    let nonce: [UInt8]

    init(_ effects: Effects) {
        totp = TOTP(secret: Secret(effects.randomBytes(TOTP.secretBytes)))
        nonce = effects.randomBytes(SealingKey.nonceBytes)
    }
}

/// Seals the secrets of second factors, each for its user.
struct SecondFactorSeal: Sendable {
    let key: Secret

    func close(_ new: NewFactor, of user: UserID) throws -> [UInt8] {
        try SealingKey(key).seal(new.totp.secret, nonce: new.nonce, associated: Self.place(user))
    }

    func open(_ sealed: [UInt8], of user: UserID) throws -> TOTP {
        TOTP(secret: try SealingKey(key).open(sealed, associated: Self.place(user)))
    }

    private static func place(_ user: UserID) -> [UInt8] { Array("second factor 1\n\(user.rawValue)".utf8) }
}

/// The table `second_factor`: at most one row for each user. Unconfirmed ones count for nothing.
enum SecondFactorRows {
    struct Row {
        let sealed: [UInt8]
        let confirmedAt: Timestamp?
    }

    static func find(_ user: UserID, in reader: any SQLReader) throws -> Row? {
        try reader.row(
            "SELECT sealed, confirmed_at FROM second_factor WHERE user_id = $1", [.text(user.rawValue)]
        ).map { Row(sealed: try $0.blob("sealed"), confirmedAt: try $0.optionalMoment("confirmed_at")) }
    }

    /// Whether the user has one that counts.
    static func isSet(_ user: UserID, in reader: any SQLReader) throws -> Bool {
        try find(user, in: reader)?.confirmedAt != nil
    }

    /// Keeps a secret until its first right code, in place of an earlier one without; false when one counts already.
    static func begin(_ sealed: [UInt8], of user: UserID, at now: Timestamp, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            INSERT INTO second_factor (user_id, sealed, begun_at, confirmed_at, last_used_step)
            VALUES ($1, $2, $3, NULL, 0)
            ON CONFLICT (user_id) DO UPDATE SET sealed = $2, begun_at = $3 WHERE second_factor.confirmed_at IS NULL
            """, [.text(user.rawValue), .blob(sealed), .int(now.epochMilliseconds)]) == 1
    }

    /// The first right code: from now on it counts. False when it did already, or another secret is there by now.
    static func confirm(
        _ sealed: [UInt8], step: Int64, of user: UserID, at now: Timestamp, in writer: any SQLWriter
    ) throws -> Bool {
        try writer.run(
            """
            UPDATE second_factor SET confirmed_at = $3, last_used_step = $4
            WHERE user_id = $1 AND sealed = $2 AND confirmed_at IS NULL
            """, [.text(user.rawValue), .blob(sealed), .int(now.epochMilliseconds), .int(step)]) == 1
    }

    /// Uses a step up, once (RFC 6238 §5.2), and with it every earlier one.
    static func use(_ step: Int64, of user: UserID, in writer: any SQLWriter) throws -> Bool {
        try writer.run(
            """
            UPDATE second_factor SET last_used_step = $2
            WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_used_step < $2
            """, [.text(user.rawValue), .int(step)]) == 1
    }

    /// Takes it away with its recovery codes and half-open sign-ins; false when there was none that counted.
    static func remove(_ user: UserID, in writer: any SQLWriter) throws -> Bool {
        try RecoveryCodes.replace([], of: user, in: writer)
        try SignInProof.withdraw(of: user, in: writer)
        let gone = try writer.returning(
            "DELETE FROM second_factor WHERE user_id = $1 RETURNING confirmed_at", [.text(user.rawValue)])
        return try gone.first?.optionalMoment("confirmed_at") != nil
    }
}
