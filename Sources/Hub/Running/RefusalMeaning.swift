import OAuthServer

/// What the reasons of the authorization server and of the sign-in mean, for the transaction log, which knows no feature.
enum RefusalMeaning {
    typealias Meaning = (says: String, next: String)

    /// Paths where the authorization server or its pages answer. Elsewhere the same code may be another's.
    private static let paths = [
        "/oauth2/", "/oauth_token.do", "/oauth_revoke_token.do", "/oauth_auth.do", OAuthServer.devicePath,
        "/console/device", "/console/consent", "/console/logout",
    ]

    private static let signInPaths = ["/console/sign-in", "/console/link"]

    /// Whoever signs in reads one sentence whatever the cause is; the audit trail has the cause.
    private static let signIn: [String: Meaning] = [
        "sign_in_refused": (
            "The name, the password or the link is wrong, or the user may not sign in.",
            "See which, under the same id: linchpin audit list --correlation ID"
        ),
        "code_refused": (
            "The code of the second factor is wrong, was used already, or is too old.",
            "Let the person type the next one, or a recovery code."
        ),
        "sign_in_over": (
            "The sign-in took too long, had too many wrong codes, or the user may not sign in now.",
            "Let the person begin anew; see: linchpin user get NAME"
        ),
        "too_many_sign_ins": (
            "The user or the address had too many sign-ins refused.",
            "Wait for a minute, or let the user in at once: linchpin admin link NAME"
        ),
    ]

    @Sendable static func of(path: String, reason: String) -> Meaning? {
        if signInPaths.contains(where: path.hasPrefix), let meaning = signIn[reason] { return meaning }
        guard paths.contains(where: path.hasPrefix) else { return nil }
        return RefusalReason.named(reason).map { ($0.says, $0.next) }
    }
}
