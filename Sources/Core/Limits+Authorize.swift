// Bounds of the authorization endpoint.
extension Limits {
    public static let redirectURIBytes = Bound(
        "redirect_uri_bytes", 1_000, "bytes", "one redirect URI of a client, as it is registered")
    public static let authorizeTextBytes = Bound(
        "authorize_text_bytes", 512, "bytes", "nonce and login_hint of an authorization request, each")
    public static let consentDays = Bound(
        "consent_days", 365, "days", "until a person is asked again what was allowed once")

    static let authorize: [Bound] = [redirectURIBytes, authorizeTextBytes, consentDays]
}
