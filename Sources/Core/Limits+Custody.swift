// Bounds of the custody of outside tokens.
extension Limits {
    public static let refreshLeadSeconds = Bound(
        "refresh_lead", 300, "seconds", "an outside token is fetched anew so long before its end, or at a quarter of it"
    )
    public static let refusedTokenSeconds = Bound(
        "refused_token", 60, "seconds", "an outside token that was refused when younger is not fetched anew for that")
    public static let refreshLeaseSeconds = Bound(
        "refresh_lease", 60, "seconds", "one hub fetches a credential's tokens alone; longer than its call may take")
    public static let refreshRenewSeconds = Bound(
        "refresh_renew", 15, "seconds", "between two renewals of that lease while the call is under way")
    public static let refreshSendSeconds = Bound(
        "refresh_send", 20, "seconds", "from the intent to the sending; a hub that stalled for longer sends nothing")
    public static let refreshPolls = Bound(
        "refresh_polls", 160, "looks", "at a token that another hub fetches, 250 ms apart, before the call is put off")
    public static let refreshKeeps = Bound(
        "refresh_keeps", 40, "times", "storing tokens that came back is tried while the store is out of order")
    public static let refreshesAtOnce = Bound(
        "refreshes_at_once", 8, "credentials", "tokens fetched ahead at once by one hub")
    public static let grantScopes = Bound("grant_scopes", 200, "scopes", "scopes of one credential or outside token")
    public static let tokenReplyBytes = Bound(
        "token_reply_bytes", 65_536, "bytes", "what a token endpoint answers, and each token in it")
    public static let consentSeconds = Bound(
        "consent", 600, "seconds", "from asking for a consent to storing what came of it; once only")
    public static let consentCodes = Bound(
        "consent_codes", 5, "times", "a wrong code from the browser's page before the consent is void")
    public static let consentsOfOne = Bound(
        "consents_of_one", 5, "consents", "begun and not ended for one credential; a further one voids the oldest")
    public static let revocationTries = Bound(
        "revocation_tries", 12, "times", "giving a token back to its provider, longer and longer apart, for two days")
    public static let secretAgeDays = Bound(
        "secret_age_days", 3_650, "days", "the oldest that a credential's secret may be allowed to become")

    public static let secretWarningDays = Bound(
        "secret_warning", 30, "days", "it is said ahead that the last secret of a client ends, if nothing else is asked"
    )
    public static let secretOverlapSeconds = Bound(
        "secret_overlap", 7_776_000, "seconds", "the longest that a client's older secrets may be told to work on")

    public static let rotationLeadDays = Bound(
        "rotation_lead", 7, "days",
        "before a secret is too old the hub rotates it by itself, or at half its age if later")
    public static let rotationOverlapSeconds = Bound(
        "rotation_overlap", 86_400, "seconds",
        "the old secret stays usable after a switch by itself, if nothing is said")
    public static let rotationOverlapLongestSeconds = Bound(
        "rotation_overlap_longest", 2_592_000, "seconds", "the longest that it may be told to stay usable")
    public static let rotationLeaseSeconds = Bound(
        "rotation_lease", 600, "seconds", "one hub rotates a credential through its provider alone, even if it dies")
    public static let rotationRetrySeconds = Bound(
        "rotation_retry", 900, "seconds", "after a rotation by itself failed, doubled with each failure in a row")
    public static let rotationRetryLongestSeconds = Bound(
        "rotation_retry_longest", 86_400, "seconds", "the longest between two tries of a rotation by itself")
    public static let rotationsAtOnce = Bound(
        "rotations_at_once", 5, "credentials", "rotated by themselves in one turn")
    public static let providerSecrets = Bound(
        "provider_secrets", 100, "secrets or keys", "of one client at its provider")

    /// All of them, in the order of the generated page.
    public static let all: [Bound] =
        general + custody + proving + inboundHooks + passage + authorize + grants + people + proofs + pushed
        + openID + resources + certificates + registration

    static let custody: [Bound] = [
        refreshLeadSeconds, refusedTokenSeconds, refreshLeaseSeconds, refreshRenewSeconds, refreshSendSeconds,
        refreshPolls, refreshKeeps, refreshesAtOnce, grantScopes, tokenReplyBytes, consentSeconds, consentCodes,
        consentsOfOne, revocationTries, secretAgeDays, secretWarningDays, secretOverlapSeconds, rotationLeadDays,
        rotationOverlapSeconds,
        rotationOverlapLongestSeconds, rotationLeaseSeconds, rotationRetrySeconds, rotationRetryLongestSeconds,
        rotationsAtOnce, providerSecrets,
    ]
}
