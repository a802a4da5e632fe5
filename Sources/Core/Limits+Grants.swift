// Bounds of what people allow clients.
extension Limits {
    public static let codeSeconds = Bound("code_seconds", 60, "seconds", "until a code must be redeemed")
    public static let refreshTokenSeconds = Bound(
        "refresh_token_seconds", 8_640_000, "seconds", "longest that a client renews what a person allowed")
    public static let publicIdleSeconds = Bound(
        "public_idle_seconds", 86_400, "seconds", "a public client's refresh token may lie unused")
    public static let refreshRetrySeconds = Bound(
        "refresh_retry_seconds", 60, "seconds", "a public client may send a refresh token again whose answer was lost")
    public static let redirectURIs = Bound("redirect_uris", 20, "addresses", "of one client, to which codes may go")
    public static let refreshTokenBytes = Bound("refresh_token_bytes", 200, "bytes", "a refresh token, or a code")
    public static let tokenExchanges = Bound(
        "token_exchanges", 4, "exchanges", "that one access token may come of, and so actors in it")

    static let grants: [Bound] = [
        codeSeconds, refreshTokenSeconds, publicIdleSeconds, refreshRetrySeconds, redirectURIs, refreshTokenBytes,
        tokenExchanges,
    ]
}
