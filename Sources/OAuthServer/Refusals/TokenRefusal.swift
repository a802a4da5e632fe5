import Core
import Keys

/// Why a token request is refused: what the client reads, and the internal reason.
///
/// Descriptions hold only the characters of RFC 6749 §5.2 (no quotes, no backslash) and quote nothing that was sent.
struct TokenRefusal: Error, Sendable, Equatable {
    /// The closed set: RFC 6749 §5.2, and what the sections named below add.
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
        /// RFC 9101 §7.
        case invalidRequestObject = "invalid_request_object"
        /// Not in §5.2: as in §4.1.2.1, for a hub that cannot answer now.
        case temporarilyUnavailable = "temporarily_unavailable"
        case serverError = "server_error"
    }

    /// Whether it only says: not yet. No audit event is due for that.
    var isWaiting: Bool { code == .authorizationPending || code == .slowDown }

    let code: Code
    let why: RefusalReason
    let description: String
    let status: Int
    /// For the log alone, in a sentence: whom or what it is about.
    private(set) var about: String?
    /// For the log: a stable code.
    var reason: String { why.code }

    /// The same refusal, and for the log what it is about.
    func telling(about sentence: String) -> TokenRefusal {
        var refusal = self
        refusal.about = sentence
        return refusal
    }

    private init(_ code: Code, _ why: RefusalReason, _ description: String, status: Int = 400) {
        self.code = code
        self.why = why
        self.description = description
        self.status = status
    }

    // Before the client is proved.
    static let contentType = TokenRefusal(
        .invalidRequest, .client.contentType, "Send the parameters as application/x-www-form-urlencoded.")
    static func form(_ problem: FormProblem) -> TokenRefusal {
        TokenRefusal(.invalidRequest, .client.form, "The form cannot be read: \(problem.what).")
    }
    static let twoMethods = TokenRefusal(
        .invalidRequest, .client.twice,
        "Send the client credentials once: in the Authorization header or in the body.")

    static func proof(_ problem: DPoPProblem) -> TokenRefusal {
        problem == .nonce
            ? TokenRefusal(.useDPoPNonce, problem.why, "Repeat the request with a proof that holds this nonce.")
            : TokenRefusal(.invalidDPoPProof, problem.why, "The DPoP proof is not accepted: \(problem.says).")
    }

    // RFC 6749 §5.2 (MUST): 401 when the client used the Authorization header; we answer so always.
    private static func client(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(.invalidClient, why, "Client authentication failed.", status: 401)
    }
    static let clientUnauthenticated = client(.client.unauthenticated)
    static let clientUnreadable = client(.client.unreadable)
    static let clientUnknown = client(.client.unknown)
    static let secretWrong = client(.client.secretWrong)
    static func clientAssertion(_ problem: Assertion.Problem) -> TokenRefusal { client(problem.why) }
    static let certificateMissing = client(.client.certificateMissing)
    static let certificateNeeded = client(.client.certificateNeeded)
    static let authoritiesMissing = client(.client.authoritiesMissing)
    static func certificate(_ problem: PeerCertificate.Problem) -> TokenRefusal { client(.certificate(problem)) }
    static let clientInactive = client(.client.inactive)
    static let tooManyFailures = TokenRefusal(
        .invalidClient, .client.tooManyFailures,
        "Client authentication failed too often. Try again in a minute.", status: 429)

    // After it.
    static let tokenNeedsCertificate = TokenRefusal(
        .invalidRequest, .client.tokenNeedsCertificate,
        "Tokens of this client are bound to its certificate. Send the request on a connection that shows it.")
    static let grantTypeMissing = TokenRefusal(.invalidRequest, .client.grantTypeMissing, "Send grant_type.")
    static let grantTypeUnsupported = TokenRefusal(
        .unsupportedGrantType, .client.grantTypeUnsupported,
        "This grant type is not offered. The metadata document lists those that are.")
    static let tokenMissing = TokenRefusal(.invalidRequest, .client.tokenMissing, "Send token.")
    static let introspectionNotAllowed = TokenRefusal(
        .unauthorizedClient, .client.introspectionNotAllowed, "A public client may not ask about tokens.")
    static func grantTypeNotAllowed(_ type: GrantType, by client: Client) -> TokenRefusal {
        TokenRefusal(
            .unauthorizedClient, .client.grantTypeNotAllowed,
            "This client may not use this grant type. Ask its administrator."
        ).telling(
            about: "Client \(client.name) asked for grant type \(type.name); it may use "
                + "\(client.settings.grants.isEmpty ? "none" : client.settings.grants.sorted().joined(separator: ", "))."
        )
    }

    // RFC 9126 §2.3: of a pushed request, also what the authorization endpoint would answer.
    static func authorization(_ refusal: AuthorizationRefusal) -> TokenRefusal {
        TokenRefusal(Code(rawValue: refusal.code.rawValue) ?? .invalidRequest, refusal.why, refusal.description)
    }
    static func addressless(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(.invalidRequest, why, "Send a redirect_uri that is registered for this client.")
    }
    static let requestURIPushed = TokenRefusal(
        .invalidRequest, .pushed.uriPushed, "Push the parameters themselves, without a request_uri.")
    static let keyDiffers = TokenRefusal(
        .invalidRequest, .pushed.keyDiffers, "dpop_jkt is not the thumbprint of the key of the DPoP proof.")
    static let pushedTooLong = TokenRefusal(
        .invalidRequest, .pushed.tooLong, "The parameters are too long.", status: 413)
    static let pushedTooMany = TokenRefusal(
        .invalidRequest, .pushed.tooMany, "Too many pushed requests of this client wait. Try again in a minute.",
        status: 429)
    static let pushedTooOften = TokenRefusal(
        .invalidRequest, .pushed.tooOften, "Too many requests were pushed from this address. Try again in a minute.",
        status: 429)

    // RFC 6749 §5.2: invalid_grant. What a stranger could learn from reads the same.
    static let codeMissing = TokenRefusal(.invalidRequest, .code.missing, "Send code.")
    private static func code(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(
            .invalidGrant, why,
            "The code cannot be redeemed: it is used, has ended, or was issued for another request.")
    }
    static let codeUnknown = code(.code.unknown)
    static let codeOfAnother = code(.code.ofAnother)
    static let codeExpired = code(.code.expired)
    static let codeUsed = code(.code.used)
    static let codeOfAnotherKey = code(.code.ofAnotherKey)
    static let redirectDiffers = code(.code.redirectDiffers)
    static let verifierUnasked = code(.code.verifierUnasked)
    static let verifierMissing = code(.code.verifierMissing)
    static let verifierWrong = code(.code.verifierWrong)
    static let refreshTokenMissing = TokenRefusal(.invalidRequest, .code.refreshMissing, "Send refresh_token.")
    private static func refresh(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(
            .invalidGrant, why, "The refresh token does not count, or counts no more. Ask the person anew.")
    }
    static let refreshTokenUnknown = refresh(.code.refreshUnknown)
    static let refreshTokenOfAnother = refresh(.code.refreshOfAnother)
    static let refreshTokenOfAnotherKey = refresh(.code.refreshOfAnotherKey)
    static let refreshTokenOfAnotherCertificate = refresh(.code.refreshOfAnotherCertificate)
    static let refreshTokenEnded = refresh(.code.refreshEnded)
    static let refreshTokenReused = refresh(.code.refreshReused)
    /// RFC 6749 §5.2: invalid_grant for a person who is missing, off or locked, since asking them anew is what is left.
    static func person(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(.invalidGrant, why, "Whoever allowed this cannot be acted for. Ask the person anew.")
    }
    static let scopeNotGranted = TokenRefusal(
        .invalidScope, .target.scopeNotGranted, "A scope that was asked for was not granted when the person was asked.")

    static let scopeMissing = TokenRefusal(
        .invalidScope, .target.scopeMissing, "Send scope with the scopes that are needed.")
    static let scopeMalformed = TokenRefusal(
        .invalidScope, .target.scopeMalformed,
        "The scope parameter is not a list of scope names parted by single spaces.")
    static let scopeNotHeld = TokenRefusal(
        .invalidScope, .target.scopeNotHeld, "A scope that was asked for does not exist or is not held by this client.")
    /// The client reads the same of each. The log names a scope that exists; another text may be a secret in the wrong
    /// place.
    static func notHeld(_ scope: String, isKnown: Bool, by client: Client) -> TokenRefusal {
        scopeNotHeld.telling(
            about: isKnown
                ? "Client \(client.name) does not hold auth scope \(scope)."
                : "A scope that was asked for does not exist or is not active.")
    }
    static func noneHeld(of scopes: [String], by client: Client) -> TokenRefusal {
        let names = Shown.name(scopes.joined(separator: " "))
        return scopeNotHeld.telling(about: "Client \(client.name) holds none of \(names) any more, or none is active.")
    }
    static let scopeOfPerson = TokenRefusal(
        .invalidScope, .target.scopeOfPerson,
        "A scope that was asked for is a person's to allow. Ask for it with a code.")
    static let tokenTooLong = TokenRefusal(
        .invalidScope, .target.tokenTooLong, "The token would be too long. Ask for fewer scopes.")
    static let resourceMalformed = TokenRefusal(
        .invalidTarget, .target.resourceMalformed,
        "A resource is not an absolute URI without a fragment, or there are too many of them.")
    static let resourceNotAllowed = TokenRefusal(
        .invalidTarget, .target.resourceNotAllowed,
        "This client may not ask for tokens for a resource that was named. Ask its administrator.")
    static let resourceNotGranted = TokenRefusal(
        .invalidTarget, .target.resourceNotGranted,
        "A resource that was named was not granted before. Name fewer, or none.")
    static func details(_ what: String) -> TokenRefusal {
        TokenRefusal(
            .invalidAuthorizationDetails, .target.detailsMalformed, "authorization_details cannot be taken: \(what).")
    }
    static let detailTypeNotAllowed = TokenRefusal(
        .invalidAuthorizationDetails, .target.detailTypeNotAllowed,
        "This client may not use authorization details of this type. Ask its administrator.")
    static let detailsNotGranted = TokenRefusal(
        .invalidAuthorizationDetails, .target.detailsNotGranted,
        "The authorization details go beyond what was granted before. Name less, or none.")
    static let assertionMissing = TokenRefusal(.invalidRequest, .grant.assertionMissing, "Send assertion.")
    /// RFC 7523 §3.1: invalid_grant, whatever is wrong with it.
    static func assertion(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(.invalidGrant, why, "The assertion is not accepted. The log of the hub says why.")
    }
    // RFC 6749 §4.3.2.
    static let usernameMissing = TokenRefusal(.invalidRequest, .grant.usernameMissing, "Send username.")
    static let passwordMissing = TokenRefusal(.invalidRequest, .grant.passwordMissing, "Send password.")
    /// The same answer for an unknown name, a wrong password, a lock and a second factor.
    static func password(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(
            .invalidGrant, why,
            "The name or the password is wrong, or the user may not sign in this way. Ask for a code instead.")
    }
    static let passwordsTooMany = TokenRefusal(
        .invalidGrant, .grant.passwordsTooMany, "Too many passwords were refused. Try again in a minute.", status: 429)

    // RFC 8628 §3.5.
    static let deviceCodeMissing = TokenRefusal(.invalidRequest, .grant.deviceCodeMissing, "Send device_code.")
    private static func device(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(.invalidGrant, why, "The device code does not count, or was used. Begin anew.")
    }
    static let deviceCodeUnknown = device(.grant.deviceCodeUnknown)
    static let deviceCodeOfAnother = device(.grant.deviceCodeOfAnother)
    static let deviceCodeUsed = device(.grant.deviceCodeUsed)
    static let deviceCodeExpired = TokenRefusal(
        .expiredToken, .grant.deviceCodeExpired, "Nobody answered in time. Begin anew when the person asks for it.")
    static let deviceRefused = TokenRefusal(.accessDenied, .grant.deviceRefused, "The person said no.")
    static let authorizationPending = TokenRefusal(
        .authorizationPending, .grant.authorizationPending,
        "The person has not answered yet. Ask again after the interval."
    )
    static let slowDown = TokenRefusal(
        .slowDown, .grant.slowDown, "Asked too soon. Wait five seconds longer each time from now on.")
    static let devicesTooMany = TokenRefusal(
        .temporarilyUnavailable, .grant.devicesTooMany, "Too many devices wait. Try again in a minute.", status: 429)

    // RFC 8693 §2.1.
    static let subjectTokenMissing = TokenRefusal(.invalidRequest, .grant.subjectTokenMissing, "Send subject_token.")
    static let tokenTypeUnsupported = TokenRefusal(
        .invalidRequest, .grant.tokenTypeUnsupported,
        "Send subject_token_type, and for an actor_token actor_token_type: the type access_token.")
    static let requestedTypeUnsupported = TokenRefusal(
        .invalidRequest, .grant.requestedTypeUnsupported,
        "The one requested_token_type that is offered is access_token.")
    static let actorTypeUnasked = TokenRefusal(
        .invalidRequest, .grant.actorTypeUnasked, "Send actor_token_type only with actor_token.")
    static let audienceUnsupported = TokenRefusal(
        .invalidTarget, .grant.audienceUnsupported, "No names of audiences are known here. Leave audience out.")
    /// RFC 8693 §2.2.2 (MUST): invalid_request, whatever is wrong with one of the two.
    static func exchanged(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(
            .invalidRequest, why,
            "The tokens cannot be exchanged: one does not count, or is not for this client. The log of the hub says why."
        )
    }
    static let scopeBeyondSubject = TokenRefusal(
        .invalidScope, .target.scopeBeyondSubject, "A scope that was asked for is not one of the subject token's.")
    /// The same answer for a user who is missing, off or locked.
    static func user(_ why: RefusalReason) -> TokenRefusal {
        TokenRefusal(
            .unauthorizedClient, why, "The application user of this client cannot be used. Ask its administrator.")
    }

    // Ours.
    static let busy = TokenRefusal(
        .temporarilyUnavailable, .hub.busy, "The hub is busy. Try again in a moment.", status: 503)
    static let broken = TokenRefusal(.serverError, .hub.broken, "Internal error.", status: 500)
}

extension HubError {
    /// Something changed between its reading and the commit; the same request again is judged anew.
    static let changedMeanwhile = HubError(
        .unavailable, "changed_meanwhile", "The hub is busy. Try again in a moment.")
}
