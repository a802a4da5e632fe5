/// Why an authorization request gets no code, told to the client at its own redirect URI.
///
/// Descriptions hold only the characters of RFC 6749 §4.1.2.1 (no quotes, no backslash) and quote nothing that was sent.
struct AuthorizationRefusal: Error, Sendable, Equatable {
    /// RFC 6749 §4.1.2.1, and OpenID Connect Core 1.0 §3.1.2.6 from `login_required` on.
    enum Code: String, Sendable {
        case invalidRequest = "invalid_request"
        case unauthorizedClient = "unauthorized_client"
        case accessDenied = "access_denied"
        case unsupportedResponseType = "unsupported_response_type"
        case invalidScope = "invalid_scope"
        /// RFC 8707 §2.
        case invalidTarget = "invalid_target"
        /// RFC 9396 §5.
        case invalidAuthorizationDetails = "invalid_authorization_details"
        case loginRequired = "login_required"
        case consentRequired = "consent_required"
        case interactionRequired = "interaction_required"
        case requestURINotSupported = "request_uri_not_supported"
        /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0 §2.
        case unmetAuthentication = "unmet_authentication_requirements"
        /// RFC 9101 §7.
        case invalidRequestURI = "invalid_request_uri"
        case invalidRequestObject = "invalid_request_object"
    }

    let code: Code
    /// For the log: a stable code.
    let reason: String
    let description: String

    private init(_ code: Code, _ reason: String, _ description: String) {
        self.code = code
        self.reason = reason
        self.description = description
    }

    // What is wrong with the request.
    static let repeated = Self(.invalidRequest, "parameter_repeated", "A parameter comes more than once.")
    static let responseTypeMissing = Self(.invalidRequest, "response_type_missing", "Send response_type=code.")
    static let responseTypeUnsupported = Self(
        .unsupportedResponseType, "response_type_unsupported", "The one response type that is offered is code.")
    static let implicitNotAllowed = Self(
        .unauthorizedClient, "implicit_not_allowed", "This client gets no token here. Send response_type=code.")
    static let grantNotAllowed = Self(
        .unauthorizedClient, "grant_not_allowed", "This client is not registered for the grant type authorization_code."
    )
    static let responseModeUnsupported = Self(
        .invalidRequest, "response_mode_unsupported",
        "The response modes that are offered are query, and form_post for http and https addresses; for a token fragment."
    )
    static let challengeMissing = Self(
        .invalidRequest, "challenge_missing", "Send code_challenge with code_challenge_method=S256.")
    static let challengeMethod = Self(
        .invalidRequest, "challenge_method_unsupported", "The one code challenge method that is offered is S256.")
    static let challengeMalformed = Self(
        .invalidRequest, "challenge_malformed", "The code challenge is not 32 bytes in base64url without padding.")
    static let promptUnreadable = Self(
        .invalidRequest, "prompt_unreadable",
        "prompt takes login, consent and select_account, or none and nothing beside it.")
    static let maxAgeUnreadable = Self(
        .invalidRequest, "max_age_unreadable", "max_age is not a number of seconds.")
    static let textTooLong = Self(.invalidRequest, "text_too_long", "nonce or login_hint is too long.")
    static let claimsUnreadable = Self(
        .invalidRequest, "claims_unreadable", "claims is not the object that OpenID Connect Core 1.0 §5.5 describes."
    )
    static let hintUnreadable = Self(
        .invalidRequest, "id_token_hint_unreadable",
        "id_token_hint is no ID token that this client got here. Leave it out, and the person is asked.")
    static let contextUnmet = Self(
        .unmetAuthentication, "acr_not_stated",
        "No authentication context is stated here. Leave acr out, or not essential.")
    static let requestTwice = Self(
        .invalidRequest, "request_twice", "Send request or request_uri, not both.")
    static func requestObject(_ reason: String) -> Self {
        Self(.invalidRequestObject, reason, "The request object is not accepted (\(reason)).")
    }
    static let requestURI = Self(
        .requestURINotSupported, "request_uri_not_supported",
        "A request_uri is one that the client got by pushing its request. No other is followed.")
    /// The same to read for all of them.
    static func requestURI(_ reason: String) -> Self {
        Self(.invalidRequestURI, reason, "The pushed request is not known here, was used, or has ended.")
    }
    static let notPushed = Self(
        .invalidRequest, "request_not_pushed", "This client pushes its requests first, and sends their request_uri.")
    static let notSigned = Self(
        .invalidRequest, "request_not_signed", "This client signs its requests, and sends them as request objects.")
    static let keyWithoutCode = Self(
        .invalidRequest, "dpop_jkt_without_code", "dpop_jkt binds codes. A token of this endpoint is bound to no key.")
    static let keyMalformed = Self(
        .invalidRequest, "dpop_jkt_malformed", "dpop_jkt is not the SHA-256 thumbprint of a key.")
    /// The scope rules are those of the token endpoint.
    static func scope(_ refusal: TokenRefusal) -> Self { Self(.invalidScope, refusal.reason, refusal.description) }

    /// So are those of resource servers and details.
    static func target(_ refusal: TokenRefusal) -> Self {
        Self(
            refusal.code == .invalidTarget ? .invalidTarget : .invalidAuthorizationDetails, refusal.reason,
            refusal.description)
    }

    // What the person, or the lack of one, says.
    static let loginRequired = Self(.loginRequired, "login_required", "Nobody is signed in, or not recently enough.")
    static let consentRequired = Self(
        .consentRequired, "consent_required", "The person has not allowed these scopes yet.")
    static let interactionRequired = Self(
        .interactionRequired, "interaction_required", "For this redirect URI the person is asked each time.")
    static let denied = Self(.accessDenied, "consent_denied", "The person said no.")
    static let userMayNot = Self(
        .accessDenied, "user_may_not_consent", "The person may not allow this. Ask an administrator.")
    static let changedMeanwhile = Self(
        .accessDenied, "changed_meanwhile", "The client or the person was changed meanwhile. Begin anew.")
}
