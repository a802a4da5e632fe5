public import Core
public import Storage

extension OAuthServer {
    /// Ends every token: what was revoked since a copy of the store was made must not work again when it comes back.
    ///
    /// - Returns: how many were in force.
    public static func endEveryToken(at now: Timestamp, in writer: any SQLWriter) throws -> Int {
        try writer.run(
            "UPDATE token SET revoked_at = $1 WHERE revoked_at IS NULL AND expires_at > $1",
            [.int(now.epochMilliseconds)])
    }

    /// Ends everything that people allowed clients, every code and every pushed request, for the same reason.
    ///
    /// - Returns: how many there were.
    public static func endEveryFamily(at now: Timestamp, in writer: any SQLWriter) throws -> Int {
        try writer.run("DELETE FROM authorization_code", []) + writer.run("DELETE FROM pushed_request", [])
            + writer.run("DELETE FROM device_authorization", [])
            + writer.run(
                "UPDATE refresh_family SET ended_at = $1 WHERE ended_at IS NULL", [.int(now.epochMilliseconds)])
    }

    /// Ends every signing key: one that was given up since the copy was made must not be published again.
    ///
    /// - Returns: how many there were.
    public static func endEverySigningKey(at now: Timestamp, in writer: any SQLWriter) throws -> Int {
        try TokenKeyStore.removeAll(at: now, in: writer)
    }

    /// Ends every registration token: uses that were taken since the copy would count again.
    ///
    /// - Returns: how many there were.
    public static func endEveryRegistrationToken(in writer: any SQLWriter) throws -> Int {
        try writer.run("DELETE FROM registration_token", [])
    }
}
