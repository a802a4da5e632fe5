// Bounds of OpenID Connect.
extension Limits {
    public static let idTokenSeconds = Bound("id_token_seconds", 3_600, "seconds", "life of an ID token")
    public static let claimsBytes = Bound("claims_bytes", 2_000, "bytes", "the parameter claims of a request")
    public static let claimsNamed = Bound("claims_named", 50, "claims", "that one request asks for by name")
    public static let logoutURIBytes = Bound(
        "logout_uri_bytes", 1_000, "bytes", "the address where a client is told that a session ended")
    public static let logoutTokenSeconds = Bound("logout_token_seconds", 120, "seconds", "life of a logout token")
    public static let logoutTries = Bound(
        "logout_tries", 8, "times", "it is tried to tell a client that a session ended")
    public static let logoutWaitSeconds = Bound(
        "logout_wait", 60, "seconds", "between the first two of those tries; each wait is twice the one before")
    public static let logoutsAtOnce = Bound("logouts_at_once", 10, "clients", "told at once that a session ended")

    static let openID: [Bound] = [
        idTokenSeconds, claimsBytes, claimsNamed, logoutURIBytes, logoutTokenSeconds, logoutTries, logoutWaitSeconds,
        logoutsAtOnce,
    ]
}
