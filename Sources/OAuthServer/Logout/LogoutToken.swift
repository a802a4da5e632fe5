import Core

/// What tells a client that a session ended (OpenID Connect Back-Channel Logout 1.0 §2.4).
enum LogoutToken {
    /// `typ` of its header, so that it is taken for no ID token (§2.4; RFC 8725 §3.11).
    static let type = "logout+jwt"
    private static let event = "http://schemas.openid.net/event/backchannel-logout"

    /// - Parameter id: `jti`, new for each token.
    static func claims(
        of session: String, _ user: UserID, to client: Client, issuer: String, id: String, at now: Timestamp
    ) -> JSONObject {
        [
            "iss": .string(issuer), "sub": .string(user.rawValue), "aud": .string(client.publicID),
            "iat": .int(now.epochSeconds), "exp": .int(now.epochSeconds + Int64(Limits.logoutTokenSeconds.value)),
            "jti": .string(id), "sid": .string(IDToken.mark(of: session, for: client.publicID)),
            // §2.4 (PROHIBITED): no nonce.
            "events": .object([event: [:]]),
        ]
    }
}
