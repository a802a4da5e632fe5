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
    public static let deviceSeconds = Bound(
        "device_seconds", 600, "seconds", "until a person must have answered a device, and the device have asked")
    public static let devicePollSeconds = Bound(
        "device_poll", 5, "seconds", "between two questions of a waiting device, and more after each hasty one")
    public static let devicePollLongestSeconds = Bound(
        "device_poll_longest", 60, "seconds", "the longest that hasty questions make a device wait")
    public static let devicesOfOneClient = Bound(
        "devices_of_one_client", 1_000, "devices", "of one client that wait for an answer; more means 429")
    public static let devicesOfOneAddress = Bound(
        "devices_of_one_address", 60, "a minute", "devices of one public client that begin from one address before 429")
    public static let userCodesOfOneUser = Bound(
        "user_codes_of_one_user", 10, "a minute", "wrong codes of devices that one user types before 429")
    public static let userCodesOfOneAddress = Bound(
        "user_codes_of_one_address", 30, "a minute", "wrong codes of devices from one address before 429")
    public static let bearersLookedAt = Bound(
        "bearers_looked_at", 10_000, "tokens",
        "of a client, from each end, that its report looks at for one bound to no key")

    static let grants: [Bound] = [
        codeSeconds, refreshTokenSeconds, publicIdleSeconds, refreshRetrySeconds, redirectURIs, refreshTokenBytes,
        tokenExchanges, deviceSeconds, devicePollSeconds, devicePollLongestSeconds, devicesOfOneClient,
        devicesOfOneAddress, userCodesOfOneUser, userCodesOfOneAddress, bearersLookedAt,
    ]
}
