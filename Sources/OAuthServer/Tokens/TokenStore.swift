import Core
import Storage

/// The table `token`.
enum TokenStore {
    /// Ends one token, of that client alone where one is named; whose it was, nil when there was none to end.
    static func revoke(
        _ token: TokenPlace, of client: ClientID?, at now: Timestamp, in writer: any SQLWriter
    ) throws -> ClientID? {
        try writer.returning(
            """
            UPDATE token SET revoked_at = $3
            WHERE slot = $1 AND hash = $2 AND revoked_at IS NULL AND expires_at > $3
                AND (CAST($4 AS TEXT) IS NULL OR client_ref = $4)
            RETURNING client_ref
            """,
            [.int(token.slot), .blob(token.hash), .int(now.epochMilliseconds), .optional(client?.rawValue)]
        ).first.map { ClientID(try $0.text("client_ref")) }
    }
}
