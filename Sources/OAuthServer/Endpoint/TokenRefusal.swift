import Core
import Keys

/// Why a token request is refused: what the client reads, and the internal reason.
///
/// Descriptions hold only the characters of RFC 6749 §5.2 (no quotes, no backslash) and quote nothing that was sent.
struct TokenRefusal: Error, Sendable, Equatable {
    /// The closed set of RFC 6749 §5.2, and what RFC 9449 §5 and §8 add.
    enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case invalidClient = "invalid_client"
        case invalidGrant = "invalid_grant"
        /// RFC 9449 §5.
        case invalidDPoPProof = "invalid_dpop_proof"
        /// RFC 9449 §8.
        case useDPoPNonce = "use_dpop_nonce"
        case unauthorizedClient = "unauthorized_client"
        case unsupportedGrantType = "unsupported_grant_type"
        case invalidScope = "invalid_scope"
        // RFC 8628 §3.5.
        case authorizationPending = "authorization_pending"
        case slowDown = "slow_down"
        case accessDenied = "access_denied"
        case expiredToken = "expired_token"
        /// RFC 8707 §2, RFC 8693 §2.2.2.
        case invalidTarget = "invalid_target"
        /// RFC 9396 §5.
        case invalidAuthorizationDetails = "invalid_authorization_details"
        /// RFC 6749 §4.1.2.1, of a pushed request (RFC 9126 §2.3).
        case unsupportedResponseType = "unsupported_response_type"
        case invalidRequestObject = "invalid_request_object"
        /// Not in §5.2: as in §4.1.2.1, for a hub that cannot answer now.
        case temporarilyUnavailable = "temporarily_unavailable"
        case serverError = "server_error"
    }

    /// Whether it only says: not yet. No audit event is due for that.
    var isWaiting: Bool { code == .authorizationPending || code == .slowDown }

    let code: Code
    /// For the log: a stable code.
    let reason: String
    let description: String
    let status: Int

    private init(_ code: Code, _ reason: String, _ description: String, status: Int = 400) {
        self.code = code
        self.reason = reason
        self.description = description
        self.status = status
    }

    // Before the client is proved.
    static let contentType = TokenRefusal(
        .invalidRequest, "content_type_wrong", "Send the parameters as application/x-www-form-urlencoded.")
    static func form(_ problem: FormProblem) -> TokenRefusal {
        TokenRefusal(.invalidRequest, "form_unreadable", "The form cannot be read: \(problem.what).")
    }
    static let twoMethods = TokenRefusal(
        .invalidRequest, "client_authentication_twice",
        "Send the client credentials once: in the Authorization header or in the body.")

    static func proof(_ problem: DPoPProblem) -> TokenRefusal {
        problem == .nonce
            ? TokenRefusal(.useDPoPNonce, problem.reason, "Repeat the request with a proof that holds this nonce.")
            : TokenRefusal(.invalidDPoPProof, problem.reason, "The DPoP proof is not accepted: \(problem.says).")
    }

    // RFC 6749 §5.2 (MUST): 401 when the client used the Authorization header; we answer so always.
    private static func client(_ reason: String) -> TokenRefusal {
        TokenRefusal(.invalidClient, reason, "Client authentication failed.", status: 401)
    }
    static let clientUnauthenticated = client("client_credentials_missing")
    static let clientUnreadable = client("client_credentials_unreadable")
    static let clientUnknown = client("client_unknown")
    static let secretWrong = client("client_secret_wrong")
    static func clientAssertion(_ problem: Assertion.Problem) -> TokenRefusal { client(problem.reason) }
    static let certificateMissing = client("client_certificate_missing")
    static let certificateNeeded = client("client_certificate_needed")
    static let authoritiesMissing = client("client_authorities_missing")
    static func certificate(_ problem: PeerCertificate.Problem) -> TokenRefusal { client(problem.rawValue) }
    static let clientInactive = client("client_inactive")
    static let tooManyFailures = TokenRefusal(
        .invalidClient, "client_failures_too_many",
        "Client authentication failed too often. Try again in a minute.", status: 429)

    // After it.
    static let tokenNeedsCertificate = TokenRefusal(
        .invalidRequest, "token_needs_certificate",
        "Tokens of this client are bound to its certificate. Send the request on a connection that shows it.")
    static let grantTypeMissing = TokenRefusal(.invalidRequest, "grant_type_missing", "Send grant_type.")
    static let grantTypeUnsupported = TokenRefusal(
        .unsupportedGrantType, "grant_type_unsupported",
        "This grant type is not offered. The metadata document lists those that are.")
    static let tokenMissing = TokenRefusal(.invalidRequest, "token_missing", "Send token.")
    static let introspectionNotAllowed = TokenRefusal(
        .unauthorizedClient, "introspection_not_allowed", "A public client may not ask about tokens.")
    static let grantTypeNotAllowed = TokenRefusal(
        .unauthorizedClient, "grant_type_not_allowed",
        "This client may not use this grant type. Ask its administrator.")

    // RFC 9126 §2.3: of a pushed request, also what the authorization endpoint would answer.
    static func authorization(_ refusal: AuthorizationRefusal) -> TokenRefusal {
        TokenRefusal(Code(rawValue: refusal.code.rawValue) ?? .invalidRequest, refusal.reason, refusal.description)
    }
    static func addressless(_ reason: String) -> TokenRefusal {
        TokenRefusal(.invalidRequest, reason, "Send a redirect_uri that is registered for this client.")
    }
    static let requestURIPushed = TokenRefusal(
        .invalidRequest, "request_uri_pushed", "Push the parameters themselves, without a request_uri.")
    static let keyDiffers = TokenRefusal(
        .invalidRequest, "dpop_jkt_differs", "dpop_jkt is not the thumbprint of the key of the DPoP proof.")
    static let pushedTooLong = TokenRefusal(
        .invalidRequest, "pushed_too_long", "The parameters are too long.", status: 413)
    static let pushedTooMany = TokenRefusal(
        .invalidRequest, "pushed_too_many", "Too many pushed requests of this client wait. Try again in a minute.",
        status: 429)

    // RFC 6749 §5.2: invalid_grant. What a stranger could learn from reads the same.
    static let codeMissing = TokenRefusal(.invalidRequest, "code_missing", "Send code.")
    private static func code(_ reason: String) -> TokenRefusal {
        TokenRefusal(
            .invalidGrant, reason,
            "The code cannot be redeemed: it is used, has ended, or was issued for another request.")
    }
    static let codeUnknown = code("code_unknown")
    static let codeOfAnother = code("code_of_another_client")
    static let codeExpired = code("code_expired")
    static let codeUsed = code("code_used_twice")
    static let codeOfAnotherKey = code("code_of_another_key")
    static let redirectDiffers = code("redirect_uri_differs")
    static let verifierUnasked = code("code_verifier_unasked")
    static let verifierMissing = code("code_verifier_missing")
    static let verifierWrong = code("code_verifier_wrong")
    static let refreshTokenMissing = TokenRefusal(.invalidRequest, "refresh_token_missing", "Send refresh_token.")
    private static func refresh(_ reason: String) -> TokenRefusal {
        TokenRefusal(
            .invalidGrant, reason, "The refresh token does not count, or counts no more. Ask the person anew.")
    }
    static let refreshTokenUnknown = refresh("refresh_token_unknown")
    static let refreshTokenOfAnother = refresh("refresh_token_of_another_client")
    static let refreshTokenOfAnotherKey = refresh("refresh_token_of_another_key")
    static let refreshTokenOfAnotherCertificate = refresh("refresh_token_of_another_certificate")
    static let refreshTokenEnded = refresh("refresh_token_ended")
    static let refreshTokenReused = refresh("refresh_token_reused")
    /// RFC 6749 §5.2: invalid_grant for a person who is missing, off or locked, since asking them anew is what is left.
    static func person(_ reason: String) -> TokenRefusal {
        TokenRefusal(.invalidGrant, reason, "Whoever allowed this cannot be acted for. Ask the person anew.")
    }
    static let scopeNotGranted = TokenRefusal(
        .invalidScope, "scope_not_granted", "A scope that was asked for was not granted when the person was asked.")

    static let scopeMissing = TokenRefusal(
        .invalidScope, "scope_not_asked", "Send scope with the scopes that are needed.")
    static let scopeMalformed = TokenRefusal(
        .invalidScope, "scope_malformed", "The scope parameter is not a list of scope names parted by single spaces.")
    static let scopeNotHeld = TokenRefusal(
        .invalidScope, "scope_not_held", "A scope that was asked for does not exist or is not held by this client.")
    static let scopeOfPerson = TokenRefusal(
        .invalidScope, "scope_of_person",
        "A scope that was asked for is a person's to allow. Ask for it with a code.")
    static let tokenTooLong = TokenRefusal(
        .invalidScope, "token_too_long", "The token would be too long. Ask for fewer scopes.")
    static let resourceMalformed = TokenRefusal(
        .invalidTarget, "resource_malformed",
        "A resource is not an absolute URI without a fragment, or there are too many of them.")
    static let resourceNotAllowed = TokenRefusal(
        .invalidTarget, "resource_not_allowed",
        "This client may not ask for tokens for a resource that was named. Ask its administrator.")
    static let resourceNotGranted = TokenRefusal(
        .invalidTarget, "resource_not_granted",
        "A resource that was named was not granted before. Name fewer, or none.")
    static func details(_ what: String) -> TokenRefusal {
        TokenRefusal(
            .invalidAuthorizationDetails, "details_malformed", "authorization_details cannot be taken: \(what).")
    }
    static let detailTypeNotAllowed = TokenRefusal(
        .invalidAuthorizationDetails, "detail_type_not_allowed",
        "This client may not use authorization details of this type. Ask its administrator.")
    static let detailsNotGranted = TokenRefusal(
        .invalidAuthorizationDetails, "details_not_granted",
        "The authorization details go beyond what was granted before. Name less, or none.")
    static let assertionMissing = TokenRefusal(.invalidRequest, "assertion_missing", "Send assertion.")
    /// RFC 7523 §3.1: invalid_grant, whatever is wrong with it.
    static func assertion(_ reason: String) -> TokenRefusal {
        TokenRefusal(.invalidGrant, reason, "The assertion is not accepted. The log of the hub says why.")
    }
    // RFC 6749 §4.3.2.
    static let usernameMissing = TokenRefusal(.invalidRequest, "username_missing", "Send username.")
    static let passwordMissing = TokenRefusal(.invalidRequest, "password_missing", "Send password.")
    /// The same answer for an unknown name, a wrong password, a lock and a second factor.
    static func password(_ reason: String) -> TokenRefusal {
        TokenRefusal(
            .invalidGrant, reason,
            "The name or the password is wrong, or the user may not sign in this way. Ask for a code instead.")
    }
    static let passwordsTooMany = TokenRefusal(
        .invalidGrant, "passwords_too_many", "Too many passwords were refused. Try again in a minute.", status: 429)

    // RFC 8628 §3.5.
    static let deviceCodeMissing = TokenRefusal(.invalidRequest, "device_code_missing", "Send device_code.")
    private static func device(_ reason: String) -> TokenRefusal {
        TokenRefusal(.invalidGrant, reason, "The device code does not count, or was used. Begin anew.")
    }
    static let deviceCodeUnknown = device("device_code_unknown")
    static let deviceCodeOfAnother = device("device_code_of_another_client")
    static let deviceCodeUsed = device("device_code_used")
    static let deviceCodeExpired = TokenRefusal(
        .expiredToken, "device_code_expired", "Nobody answered in time. Begin anew when the person asks for it.")
    static let deviceRefused = TokenRefusal(.accessDenied, "device_refused", "The person said no.")
    static let authorizationPending = TokenRefusal(
        .authorizationPending, "authorization_pending", "The person has not answered yet. Ask again after the interval."
    )
    static let slowDown = TokenRefusal(
        .slowDown, "slow_down", "Asked too soon. Wait five seconds longer each time from now on.")
    static let devicesTooMany = TokenRefusal(
        .temporarilyUnavailable, "devices_too_many", "Too many devices wait. Try again in a minute.", status: 429)

    // RFC 8693 §2.1.
    static let subjectTokenMissing = TokenRefusal(.invalidRequest, "subject_token_missing", "Send subject_token.")
    static let tokenTypeUnsupported = TokenRefusal(
        .invalidRequest, "token_type_unsupported",
        "Send subject_token_type, and for an actor_token actor_token_type: the type access_token.")
    static let requestedTypeUnsupported = TokenRefusal(
        .invalidRequest, "requested_token_type_unsupported",
        "The one requested_token_type that is offered is access_token.")
    static let actorTypeUnasked = TokenRefusal(
        .invalidRequest, "actor_token_type_unasked", "Send actor_token_type only with actor_token.")
    static let audienceUnsupported = TokenRefusal(
        .invalidTarget, "audience_unsupported", "No names of audiences are known here. Leave audience out.")
    /// RFC 8693 §2.2.2 (MUST): invalid_request, whatever is wrong with one of the two.
    static func exchanged(_ reason: String) -> TokenRefusal {
        TokenRefusal(
            .invalidRequest, reason,
            "The tokens cannot be exchanged: one does not count, or is not for this client. The log of the hub says why."
        )
    }
    static let scopeBeyondSubject = TokenRefusal(
        .invalidScope, "scope_beyond_subject_token", "A scope that was asked for is not one of the subject token's.")
    /// The same answer for a user who is missing, off or locked.
    static func user(_ reason: String) -> TokenRefusal {
        TokenRefusal(
            .unauthorizedClient, reason, "The application user of this client cannot be used. Ask its administrator.")
    }

    // Ours.
    static let busy = TokenRefusal(
        .temporarilyUnavailable, "store_busy", "The hub is busy. Try again in a moment.", status: 503)
    static let broken = TokenRefusal(.serverError, "internal_error", "Internal error.", status: 500)
}

extension HubError {
    /// Something changed between its reading and the commit; the same request again is judged anew.
    static let changedMeanwhile = HubError(
        .unavailable, "changed_meanwhile", "The hub is busy. Try again in a moment.")
}
