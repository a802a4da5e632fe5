import Core

/// Why a client can't register itself, or change what it registered.
struct RegistrationReasons: Sendable {
    let tokenMissing = RefusalReason(
        "registration_token_missing", "No token came in the Authorization header.",
        "Let the client send its token as Bearer.", "RFC 7591 §3")
    let tokenUnknown = RefusalReason(
        "registration_token_unknown", "The token is unknown, used up or ended, or not that of the client.",
        "See which tokens count, and make another if need be: linchpin registration-token list.", "RFC 7591 §3")
    let takenOver = RefusalReason(
        "registration_taken_over", "An administrator gave the client another user, or lets it act for users.",
        "Change the client for its owner: linchpin client update NAME.", "RFC 7592 §2.1")
    let tooOften = RefusalReason(
        "registration_changes_too_many", "The client changed its registration too often in a minute.",
        "Let it change only what has changed.", "RFC 7592 §2.2")
    let notJSON = RefusalReason(
        "registration_unreadable", "The body is no JSON object, or is not sent as one.",
        "Let the client send application/json.", "RFC 7591 §3.1")
    let redirectRefused = RefusalReason(
        "bad_redirect_uri", "A redirect URI is one that this client may not have.",
        "Let the client name an https address, or one of a native client.", "RFC 9700 §2.6")
    let redirectMissing = RefusalReason(
        "redirect_uri_missing", "A client with codes names no redirect URI.", "Let the client send redirect_uris.",
        "RFC 7591 §2")
    let logoutRefused = RefusalReason(
        "bad_logout_uri", "The backchannel_logout_uri is no https address without user information and fragment.",
        "Let the client send such an address.", "OpenID Connect Back-Channel Logout 1.0 §2.2")
    let nameRefused = RefusalReason(
        "bad_name", "The client's name is one that no client may have.",
        "Let it take printable ASCII with single spaces.", "RFC 7591 §2")
    let nameTaken = RefusalReason(
        "name_taken", "Another client has this name.",
        "Let it take another, or none: then the hub makes one.", "RFC 7591 §2")
    let keysRefused = RefusalReason(
        "bad_jwks", "The jwks is no set of public keys that can prove a client here.",
        "Let the client send keys for any of \(Assertion.algorithmNames.joined(separator: ", ")), each with a kid.",
        "RFC 7591 §2")
    let keyUnusable = RefusalReason(
        "jwk_unusable", "One of the keys is of a kind that the hub does not take.",
        "Let the client send keys for any of \(Assertion.algorithmNames.joined(separator: ", ")).", "RFC 7517 §4")
    let keyPrivate = RefusalReason(
        "jwk_private", "One of the keys is a private key.",
        "Let the client make a new pair, since the old one left it, and send the public key.", "RFC 7517 §9.2")
    let keysAddressRefused = RefusalReason(
        "bad_jwks_uri", "The jwks_uri is no https address.", "Let the client send an https address.", "RFC 7591 §5")
    let certificateKeyTwice = RefusalReason(
        "bad_certificates", "A key of the jwks has the kid of a certificate that an administrator registered.",
        "Let the client give its key another kid, or take the certificate away.", "RFC 7517 §4.5")
    let publicClient = RefusalReason(
        "public_client", "The client proves itself by nothing, and asks for what only a proved one may have.",
        "Let it register with a secret or a key, or ask for less.", "RFC 6749 §4.4")
    let refreshWithoutCode = RefusalReason(
        "refresh_without_code", "The client asks for refresh tokens, and for no grant type that gives any.",
        "Let it ask for authorization_code too.", "RFC 7591 §2.1")
    let settingsRefused = RefusalReason(
        "metadata_refused", "The client asks for settings that no client may have.",
        "Ask whoever runs the client for the error_description of the answer, which says what.", "RFC 7591 §3.2.2")
}

/// Members of a client's metadata that the hub may refuse.
enum MetadataMember: String, Sendable, CaseIterable {
    case clientName = "client_name"
    case redirectURIs = "redirect_uris"
    case grantTypes = "grant_types"
    case responseTypes = "response_types"
    case method = "token_endpoint_auth_method"
    case scope
    case jwks
    case jwksURI = "jwks_uri"
    case applicationType = "application_type"
    case boundTokens = "dpop_bound_access_tokens"
    case certificateBound = "tls_client_certificate_bound_access_tokens"
    case pushedRequests = "require_pushed_authorization_requests"
    case signedRequests = "require_signed_request_object"
    case idTokenAlgorithm = "id_token_signed_response_alg"
    case introspectionAlgorithm = "introspection_signed_response_alg"
    case postLogoutAddresses = "post_logout_redirect_uris"
    case logoutAddress = "backchannel_logout_uri"
    case clientID = "client_id"
    case clientSecret = "client_secret"
    // What the hub says, and no client may send back (RFC 7592 §2.2).
    case accessToken = "registration_access_token"
    case registrationURI = "registration_client_uri"
    case secretExpiry = "client_secret_expires_at"
    case issuedAt = "client_id_issued_at"

    static let ofTheHub: [MetadataMember] = [.accessToken, .registrationURI, .secretExpiry, .issuedAt]
}

extension RefusalReason {
    static func metadata(_ member: MetadataMember) -> RefusalReason {
        let code = "metadata_\(member.rawValue)"
        if MetadataMember.ofTheHub.contains(member) {
            return RefusalReason(
                code, "The member \(member.rawValue) must not be sent.", "Let the client leave it out.", "RFC 7592 §2.2"
            )
        }
        return RefusalReason(
            code, "The member \(member.rawValue) can't be taken as the client sent it.",
            "Ask whoever runs the client for the error_description of the answer, which says what.",
            "RFC 7591 §3.2.2")
    }

    /// What the registry says of a client.
    static func registry(_ error: HubError) -> RefusalReason {
        named(error.reason) ?? registration.settingsRefused
    }
}
