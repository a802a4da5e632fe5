import Core
import Keys
import Storage

/// A half-open sign-in: somebody proved the password, or had a link, and has `Limits.signInProofSeconds` for the rest. It
/// opens nothing by itself; a new password, the end of all sessions, or a removed second factor withdraws it.
enum SignInProof {
    /// What is still to come.
    enum Rest: Int64, Sendable {
        /// A code of the second factor.
        case code = 0
        /// The first code of a second factor that the user must have and has not.
        case enrolment = 1
    }

    static func begin(
        _ new: NewSecret, of user: UserID, rest: Rest, at now: Timestamp, in writer: any SQLWriter
    ) throws {
        let end = now.adding(seconds: Int64(Limits.signInProofSeconds.value))
        try writer.run(
            "INSERT INTO sign_in_proof (hash, user_id, rest, expires_at, tries) VALUES ($1, $2, $3, $4, 0)",
            [.blob(new.hash), .text(user.rawValue), .int(rest.rawValue), .int(end.epochMilliseconds)])
    }

    /// Counts one more try and says whose it is; nil when it is none of ours, over, or was tried too often.
    static func attempt(
        _ presented: Secret, rest: Rest, at now: Timestamp, in writer: any SQLWriter
    ) throws -> UserID? {
        guard MachineSecret.isWellFormed(presented, .signInProof) else { return nil }
        return try writer.returning(
            """
            UPDATE sign_in_proof SET tries = tries + 1
            WHERE hash = $1 AND rest = $2 AND expires_at > $3 AND tries < $4 RETURNING user_id
            """, values(presented, rest, now)
        ).first.map { UserID(try $0.text("user_id")) }
    }

    /// Whose it is, without counting a try; nil when it is none of ours, over, or was tried too often.
    static func user(_ presented: Secret, rest: Rest, at now: Timestamp, in reader: any SQLReader) throws -> UserID? {
        guard MachineSecret.isWellFormed(presented, .signInProof) else { return nil }
        return try reader.row(
            "SELECT user_id FROM sign_in_proof WHERE hash = $1 AND rest = $2 AND expires_at > $3 AND tries < $4",
            values(presented, rest, now)
        ).map { UserID(try $0.text("user_id")) }
    }

    private static func values(_ presented: Secret, _ rest: Rest, _ now: Timestamp) -> [SQLValue] {
        [
            .blob(MachineSecret.hash(presented)), .int(rest.rawValue), .int(now.epochMilliseconds),
            .int(Int64(Limits.signInProofTries.value)),
        ]
    }

    /// Uses it up, with the session that it was good for.
    static func use(_ presented: Secret, in writer: any SQLWriter) throws {
        try writer.run("DELETE FROM sign_in_proof WHERE hash = $1", [.blob(MachineSecret.hash(presented))])
    }

    /// Withdraws all of a user; how many it were.
    @discardableResult
    static func withdraw(of user: UserID, in writer: any SQLWriter) throws -> Int {
        try writer.run("DELETE FROM sign_in_proof WHERE user_id = $1", [.text(user.rawValue)])
    }
}
