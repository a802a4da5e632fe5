import OAuthServer

/// What the reasons of the authorization server mean, for the transaction log, which knows no feature.
enum RefusalMeaning {
    /// Paths where the authorization server or its pages answer. Elsewhere the same code may be another's.
    private static let paths = [
        "/oauth2/", "/oauth_token.do", "/oauth_revoke_token.do", "/oauth_auth.do", OAuthServer.devicePath,
        "/console/device", "/console/consent", "/console/logout",
    ]

    @Sendable static func of(path: String, reason: String) -> (says: String, next: String)? {
        guard paths.contains(where: path.hasPrefix) else { return nil }
        return RefusalReason.named(reason).map { ($0.says, $0.next) }
    }
}
