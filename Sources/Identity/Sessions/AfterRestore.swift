public import Core
public import Storage

extension Identity {
    /// Ends every session and withdraws every sign-in link, half-open sign-in and recovery code: one that was ended or used
    /// since a copy of the store was made must not work again when it comes back.
    ///
    /// - Returns: how many sessions were in force.
    public static func endEverySession(at now: Timestamp, in writer: any SQLWriter) throws -> Int {
        try writer.run("DELETE FROM sign_in_link", [])
        try writer.run("DELETE FROM sign_in_proof", [])
        try writer.run("DELETE FROM recovery_code", [])
        return try writer.run(
            "UPDATE user_session SET ended_at = $1 WHERE ended_at IS NULL", [.int(now.epochMilliseconds)])
    }
}
