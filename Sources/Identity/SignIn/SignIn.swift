import AuditTrail
public import Core
import Keys
public import Ports
import Storage

/// What a password check says. A refusal says no more: unknown, wrong, locked and switched off look alike.
public enum SignIn: Sendable, Equatable {
    /// It is this user.
    case accepted(UserFacts)
    /// It is not, or the user may not sign in now.
    case refused
}

extension Identity {
    /// Checks a name and a password, and counts: `Limits.signInFailures` wrong ones in a row lock the user for
    /// `Limits.signInLockSeconds`.
    ///
    /// Every call reads once, hashes once and writes a transaction, whoever is named, so that time does not tell who
    /// exists. Guesses that are hashed at the same moment are counted after their hash: at most
    /// `Limits.passwordHashesWaiting` can overshoot. Whether a service account may use what it gets is for the caller:
    /// look at `isWebServiceOnly`.
    /// - Throws: `HubError` of kind `unavailable` when too many wait for the hash.
    public func checkPassword(user name: String, password: Secret, by cause: Cause) async throws -> SignIn {
        let facts = try await proved(user: name, password: password, by: cause) { facts, account, writer in
            // Where there is a second factor, the password alone does not make up for wrong codes.
            if try !SecondFactorRows.isSet(facts.id, in: writer) { try account.settle(in: writer) }
            try writer.record(AuditEvent(.signedIn, on: account.target, by: cause))
            return facts
        }
        return facts.map(SignIn.accepted) ?? .refused
    }

    /// The same, and what follows for a user who proved it, in the same transaction; nil for who did not.
    ///
    /// `then` calls `settle` where the password was all that had to be proved.
    func proved<R: Sendable>(
        user name: String, password: Secret, by cause: Cause,
        then: @escaping @Sendable (UserFacts, Account, any SQLWriter) throws -> R?
    ) async throws -> R? {
        guard password.count > 0, password.count <= Limits.passwordBytes.value else { return nil }
        let account = try await database.read { reader in try Account.find(name, in: reader) }
        let isRight = try await verify(password, against: account?.password)
        guard let account else {
            try await sum("unknown_user", by: cause)
            return nil
        }
        guard isRight else {
            try await database.write(.bookkeeping("a wrong password; what counts records its event")) { writer in
                if try !account.refuse("wrong_password", in: writer, by: cause) {
                    try Self.sum("wrong_password", on: account.target, by: cause, in: writer)
                }
            }
            return nil
        }
        return try await database.write(.change) { writer in
            guard let facts = try account.accept(in: writer, by: cause) else { return nil }
            return try then(facts, account, writer)
        }
    }

    private func verify(_ password: Secret, against stored: String?) async throws -> Bool {
        guard let stored else {
            // Nobody, or no password: as much work, for nothing.
            _ = try await hasher.hash(password, salt: effects.randomBytes(Passwords.saltBytes))
            return false
        }
        return try await hasher.verify(password, against: stored)
    }
}

/// What the check needs to know of a user, as it was read before the hash.
struct Account: Sendable {
    let id: UserID
    let name: String
    let password: String?

    var target: AuditEvent.Target { .init("user", id: id.rawValue, name: name) }

    static func find(_ name: String, in reader: any SQLReader) throws -> Account? {
        try reader.row(
            "SELECT id, name, password FROM principal_user WHERE name = $1 ORDER BY id LIMIT 1", [.text(name)]
        ).map { row in
            Account(
                id: UserID(try row.text("id")), name: try row.text("name"), password: try row.optionalText("password"))
        }
    }

    /// The user of an id, by whatever it was proved.
    static func find(id: UserID, in reader: any SQLReader) throws -> Account? {
        try reader.row("SELECT id, name, password FROM principal_user WHERE id = $1", [.text(id.rawValue)]).map { row in
            Account(id: id, name: try row.text("name"), password: try row.optionalText("password"))
        }
    }

    /// The user, if still active, not locked, and the password still the one that was checked.
    func accept(in writer: any SQLWriter, by cause: Cause) throws -> UserFacts? {
        let count = try writer.run(
            """
            UPDATE principal_user SET locked_until = NULL
            WHERE id = $1 AND COALESCE(password, '') = $2 AND active = 1 AND locked = 0
                AND (locked_until IS NULL OR locked_until <= $3)
            """, [.text(id.rawValue), .text(password ?? ""), .int(cause.now.epochMilliseconds)])
        guard count == 1, let facts = try Identity.facts(id.rawValue, at: cause.now, in: writer) else {
            try writer.record(AuditEvent(.signInRefused, on: target, by: cause, [.reason: "locked_or_inactive"]))
            return nil
        }
        return facts
    }

    /// Forgets wrong passwords and codes: everything that had to be proved is proved.
    func settle(in writer: any SQLWriter) throws {
        try writer.run(
            "UPDATE principal_user SET failed_sign_ins = 0 WHERE id = $1 AND failed_sign_ins > 0", [.text(id.rawValue)])
    }

    /// Counts a wrong password or code; the last one allowed locks. While locked nothing is counted, and the answer is
    /// false.
    func refuse(_ reason: String, in writer: any SQLWriter, by cause: Cause) throws -> Bool {
        let rows = try writer.returning(
            """
            UPDATE principal_user SET
                locked_until = CASE WHEN failed_sign_ins + 1 >= $3 THEN CAST($4 AS BIGINT) ELSE NULL END,
                failed_sign_ins = CASE WHEN failed_sign_ins + 1 >= $3 THEN 0 ELSE failed_sign_ins + 1 END
            WHERE id = $1 AND (locked_until IS NULL OR locked_until <= $2)
            RETURNING locked_until
            """,
            [
                .text(id.rawValue), .int(cause.now.epochMilliseconds), .int(Int64(Limits.signInFailures.value)),
                .int(cause.now.adding(seconds: Int64(Limits.signInLockSeconds.value)).epochMilliseconds),
            ])
        guard let row = rows.first else { return false }
        try writer.record(AuditEvent(.signInRefused, on: target, by: cause, [.reason: reason]))
        if let until = try row.optionalInt("locked_until") {
            try writer.record(
                AuditEvent(
                    .userLockedOut, on: target, by: cause, [.until: Timestamp(epochMilliseconds: until).rfc3339]))
        }
        return true
    }
}
