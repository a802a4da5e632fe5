import Core

/// An error as Okta's OAuth endpoints answer it. Codes, statuses and descriptions are those of Okta's published
/// catalogue.
struct OAuthError: Error, Equatable {
    let status: Int
    let error: String
    let description: String
    /// Goes with the answer: a nonce to use.
    var nonce: String?

    init(_ status: Int, _ error: String, _ description: String, nonce: String? = nil) {
        self.status = status
        self.error = error
        self.description = description
        self.nonce = nonce
    }

    var reply: SandboxReply {
        var headers = [
            ("Content-Type", "application/json"), ("Cache-Control", "no-cache, no-store"), ("Pragma", "no-cache"),
        ]
        if let nonce { headers.append(("dpop-nonce", nonce)) }
        let body: JSON = ["error": .string(error), "error_description": .string(description)]
        return SandboxReply(status: status, headers: headers, body: body.bytes)
    }
}

// The request itself.
extension OAuthError {
    static let malformed = OAuthError(400, "invalid_request", "Invalid request")
    static let repeated = OAuthError(
        400, "invalid_request", "The request contained multiple parameters with the same name.")
    static let credentialsInQuery = OAuthError(
        400, "invalid_request", "Client credentials cannot be supplied via query parameters.")
    static let missingGrantType = OAuthError(
        400, "invalid_request",
        "The token request must specify a 'grant_type'. Valid values: [authorization_code, refresh_token, client_credentials]"
    )
    static let missingToken = OAuthError(400, "invalid_request", "The 'token' parameter is required.")
    static func missing(_ name: String) -> OAuthError {
        OAuthError(400, "invalid_request", "The required parameter '\(name)' is missing.")
    }
    static func unsupportedGrant(_ configured: [OAuthClient.Grant]) -> OAuthError {
        let all = configured.map(\.rawValue).joined(separator: ", ")
        return OAuthError(
            400, "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server. Configured grant types: [\(all)]."
        )
    }
    static func unauthorizedClient(_ configured: [OAuthClient.Grant]) -> OAuthError {
        let all = configured.map(\.rawValue).joined(separator: ", ")
        return OAuthError(
            400, "unauthorized_client",
            "The client is not authorized to use the provided grant type. Configured grant types: [\(all)].")
    }
    /// Deviation: a status of its own, so that nobody takes a limit for a dead grant.
    static let rateLimited = OAuthError(
        429, "invalid_grant", "API call exceeded rate limit due to too many requests.")
}

// Who the client is.
extension OAuthError {
    static let invalidClient = OAuthError(
        401, "invalid_client", "Client authentication failed. Either the client or the client credentials are invalid."
    )
    static let noCredentials = OAuthError(401, "invalid_client", "No client credentials found.")
    static let badBasic = OAuthError(
        401, "invalid_client", "Found Authentication header but was not valid client credentials.")
    static let unknownClient = OAuthError(401, "invalid_client", "Invalid value for 'client_id' parameter.")
    static let wrongSecret = OAuthError(
        401, "invalid_client", "The client secret supplied for a confidential client is invalid.")
    /// 401 in the catalogue, 400 in the specification.
    static let severalCredentials = OAuthError(
        401, "invalid_request",
        "Cannot supply multiple client credentials. Use one of the following: credentials in the Authorization header, "
            + "credentials in the post body, or a client_assertion in the post body.")
    static let credentialsNeedKey = OAuthError(
        401, "invalid_client",
        "Client Credentials requests to the Org Authorization Server must use the private_key_jwt "
            + "token_endpoint_auth_method.")
    static let credentialsNeedService = OAuthError(
        401, "invalid_client",
        "Only clients with 'application_type' of 'service' may use the client_credentials 'grant_type' with the Org "
            + "Authorization Server.")
    static let assertionType = OAuthError(400, "invalid_request", "The client_assertion_type is invalid.")
    static func assertion(_ what: String) -> OAuthError { OAuthError(401, "invalid_client", what) }
}

// What is asked for.
extension OAuthError {
    static let missingScopes = OAuthError(400, "invalid_scope", "No scopes were requested.")
    static let unknownScope = OAuthError(
        400, "invalid_scope", "One or more scopes are not configured for the authorization server resource.")
    static let openIDForService = OAuthError(
        400, "invalid_scope", "Cannot request 'openid' scopes using client credentials.")
    static let invalidScope = OAuthError(
        400, "invalid_scope",
        "The requested scope is invalid, unknown, malformed, or exceeds the scope granted by the resource owner.")
    static let noScopeGranted = OAuthError(
        400, "consent_required", "You are not allowed any of the requested scopes.")
    static func refreshScopesDenied(_ scopes: [String]) -> OAuthError {
        OAuthError(
            400, "access_denied",
            "Some of the scopes requested for the refresh request were not granted in the original authorize request. "
                + "Denied scopes: \(scopes.joined(separator: ", ")).")
    }
}

// Codes, refresh tokens, access tokens.
extension OAuthError {
    static let badCode = OAuthError(
        400, "invalid_grant", "The authorization code is invalid or has expired.")
    static let badRefreshToken = OAuthError(400, "invalid_grant", "The refresh token is invalid or expired.")
    static let otherClient = OAuthError(
        400, "invalid_grant",
        "The grant was issued to another client. Please make sure the 'client_id' matches the one used at the authorize "
            + "request.")
    static let otherRedirectURI = OAuthError(
        400, "invalid_grant",
        "The 'redirect_uri' does not match the redirection URI used in the authorization request.")
    static let challengeFailed = OAuthError(400, "invalid_grant", "PKCE verification failed.")
    static let verifierMissing = OAuthError(
        400, "invalid_request", "PKCE code verifier is required by the application.")
    static let verifierWithoutChallenge = OAuthError(
        400, "invalid_request",
        "PKCE code challenge should be specified in the authorize request for code verification.")
    static let expiredToken = OAuthError(401, "invalid_token", "The token has expired.")
    static let invalidToken = OAuthError(401, "invalid_token", "The token is invalid.")
    static let notBound = OAuthError(401, "invalid_token", "The presented access_token is not DPoP bound.")
    static let insufficientScope = OAuthError(
        403, "insufficient_scope", "The access token provided does not contain the required scopes.")
    static let noIDToken = OAuthError(500, "server_error", "Failed to create the id_token.")
}

// DPoP.
extension OAuthError {
    static func useNonce(_ nonce: String) -> OAuthError {
        OAuthError(
            400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", nonce: nonce)
    }
    static let proofMissing = proof("The DPoP proof JWT header is missing.")
    static let proofTwice = proof("Multiple DPoP proof JWT headers are not allowed.")
    static let proofRequired = OAuthError(
        400, "invalid_request", "The resource request requires a DPoP proof.")
    static let schemeRequired = OAuthError(
        400, "invalid_request",
        "The resource request must use the DPoP authentication scheme when using a DPoP bound token.")
    static func proof(_ what: String) -> OAuthError { OAuthError(400, "invalid_dpop_proof", what) }
}

// At /authorize.
extension OAuthError {
    static let badRedirectURI = OAuthError(
        400, "invalid_redirect_uri",
        "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings.")
    static let badState = OAuthError(
        400, "invalid_request", "The authentication request has an invalid 'state' parameter.")
    static let badPrompt = OAuthError(
        400, "invalid_request",
        "Invalid value for 'prompt' parameter. Supported values: [none, login, consent, login consent]")
    static let challengeMissing = OAuthError(
        400, "invalid_request", "PKCE code challenge is required by the application.")
    static let challengeMethod = OAuthError(
        400, "invalid_request", "PKCE code challenge method is not supported. Valid values: [S256]")
    static let badChallenge = OAuthError(
        400, "invalid_request", "PKCE code challenge contains illegal characters.")
    static let serviceAtAuthorize = OAuthError(
        400, "invalid_request",
        "Clients with 'application_type' of 'service' are not allowed to access the 'authorize' endpoint.")
    static let responseType = OAuthError(
        400, "unsupported_response_type",
        "The response type is not supported by the authorization server. Configured response types: [code].")
    static let responseMode = OAuthError(
        400, "unsupported_response_mode",
        "The response mode is not supported by the authorization server. Valid response modes: [query, fragment].")
    static let loginRequired = OAuthError(
        400, "login_required", "The client specified not to prompt, but the user is not logged in.")
    static func consentRequired(_ scopes: [String]) -> OAuthError {
        OAuthError(
            400, "consent_required",
            "The following scopes require user consent: [\(scopes.joined(separator: ", "))].")
    }
    static let denied = OAuthError(
        403, "access_denied", "The resource owner or authorization server denied the request.")
    static let notAssigned = OAuthError(400, "access_denied", "User is not assigned to the client application.")
    static let passwordExpired = OAuthError(403, "access_denied", "The user's password is expired.")
}
