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
    let why: RefusalReason
    let description: String
    /// For the log: a stable code.
    var reason: String { why.code }

    private init(_ code: Code, _ why: RefusalReason, _ description: String) {
        self.code = code
        self.why = why
        self.description = description
    }

    // What is wrong with the request.
    static let repeated = Self(.invalidRequest, .client.repeated, "A parameter comes more than once.")
    static let responseTypeMissing = Self(.invalidRequest, .request.responseTypeMissing, "Send response_type=code.")
    static let responseTypeUnsupported = Self(
        .unsupportedResponseType, .request.responseTypeUnsupported, "The one response type that is offered is code.")
    static let implicitNotAllowed = Self(
        .unauthorizedClient, .request.implicitNotAllowed, "This client gets no token here. Send response_type=code.")
    static let grantNotAllowed = Self(
        .unauthorizedClient, .request.grantNotAllowed,
        "This client is not registered for the grant type authorization_code."
    )
    static let responseModeUnsupported = Self(
        .invalidRequest, .request.responseModeUnsupported,
        "The response modes that are offered are query, and form_post for http and https addresses; for a token fragment."
    )
    static let challengeMissing = Self(
        .invalidRequest, .request.challengeMissing, "Send code_challenge with code_challenge_method=S256.")
    static let challengeMethod = Self(
        .invalidRequest, .request.challengeMethod, "The one code challenge method that is offered is S256.")
    static let challengeMalformed = Self(
        .invalidRequest, .request.challengeMalformed, "The code challenge is not 32 bytes in base64url without padding."
    )
    static let promptUnreadable = Self(
        .invalidRequest, .request.promptUnreadable,
        "prompt takes login, consent and select_account, or none and nothing beside it.")
    static let maxAgeUnreadable = Self(
        .invalidRequest, .request.maxAgeUnreadable, "max_age is not a number of seconds.")
    static let textTooLong = Self(.invalidRequest, .request.textTooLong, "nonce or login_hint is too long.")
    static let claimsUnreadable = Self(
        .invalidRequest, .request.claimsUnreadable,
        "claims is not the object that OpenID Connect Core 1.0 §5.5 describes."
    )
    static let hintUnreadable = Self(
        .invalidRequest, .request.hintUnreadable,
        "id_token_hint is no ID token that this client got here. Leave it out, and the person is asked.")
    static let contextUnmet = Self(
        .unmetAuthentication, .request.contextUnmet,
        "No authentication context is stated here. Leave acr out, or not essential.")
    static let requestTwice = Self(
        .invalidRequest, .pushed.requestTwice, "Send request or request_uri, not both.")
    static func requestObject(_ why: RefusalReason) -> Self {
        Self(.invalidRequestObject, why, "The request object is not accepted (\(why.code)).")
    }
    static let requestURI = Self(
        .requestURINotSupported, .pushed.uriNotSupported,
        "A request_uri is one that the client got by pushing its request. No other is followed.")
    /// The same to read for all of them.
    static func requestURI(_ why: RefusalReason) -> Self {
        Self(.invalidRequestURI, why, "The pushed request is not known here, was used, or has ended.")
    }
    static let notPushed = Self(
        .invalidRequest, .pushed.notPushed, "This client pushes its requests first, and sends their request_uri.")
    static let notSigned = Self(
        .invalidRequest, .pushed.notSigned, "This client signs its requests, and sends them as request objects.")
    static let keyWithoutCode = Self(
        .invalidRequest, .request.keyWithoutCode, "dpop_jkt binds codes. A token of this endpoint is bound to no key.")
    static let keyMalformed = Self(
        .invalidRequest, .request.keyMalformed, "dpop_jkt is not the SHA-256 thumbprint of a key.")
    /// The scope rules are those of the token endpoint.
    static func scope(_ refusal: TokenRefusal) -> Self { Self(.invalidScope, refusal.why, refusal.description) }

    /// So are those of resource servers and details.
    static func target(_ refusal: TokenRefusal) -> Self {
        Self(
            refusal.code == .invalidTarget ? .invalidTarget : .invalidAuthorizationDetails, refusal.why,
            refusal.description)
    }

    // What the person, or the lack of one, says.
    static let loginRequired = Self(
        .loginRequired, .person.loginRequired, "Nobody is signed in, or not recently enough.")
    static let consentRequired = Self(
        .consentRequired, .person.consentRequired, "The person has not allowed these scopes yet.")
    static let interactionRequired = Self(
        .interactionRequired, .person.interactionRequired, "For this redirect URI the person is asked each time.")
    static let denied = Self(.accessDenied, .person.denied, "The person said no.")
    static let userMayNot = Self(
        .accessDenied, .person.mayNot, "The person may not allow this. Ask an administrator.")
    static let changedMeanwhile = Self(
        .accessDenied, .person.changedMeanwhile, "The client or the person was changed meanwhile. Begin anew.")
}
