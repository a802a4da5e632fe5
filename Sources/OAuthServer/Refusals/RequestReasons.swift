/// What is wrong with a request for a code.
struct RequestReasons: Sendable {
    let clientIDMissing = RefusalReason(
        "client_id_missing", "The request names no client, or one by too long an id.",
        "Let the application send its client_id.", "RFC 6749 §4.1.1")
    let redirectUnregistered = RefusalReason(
        "redirect_uri_unregistered", "The redirect_uri is none of the client's, or it has several and named none.",
        "Name all that are right, byte for byte: linchpin client update NAME --redirect-uri URI.", "RFC 9700 §2.1")
    let responseTypeMissing = RefusalReason(
        "response_type_missing", "The request names no response_type.", "Let the client send response_type=code.",
        "RFC 6749 §3.1.1")
    let responseTypeUnsupported = RefusalReason(
        "response_type_unsupported", "The response_type is none that this hub offers.",
        "Let the client send response_type=code.", "RFC 6749 §3.1.1")
    let implicitNotAllowed = RefusalReason(
        "implicit_not_allowed", "The client asked for a token at the authorization endpoint, and may not.",
        "Let it send response_type=code.", "RFC 9700 §2.1.2")
    let grantNotAllowed = RefusalReason(
        "grant_not_allowed", "The client may not use codes.",
        "Name all that it shall use: linchpin client update NAME --grant authorization_code.", "RFC 6749 §4.1.2.1")
    let responseModeUnsupported = RefusalReason(
        "response_mode_unsupported", "The response_mode is not offered for this answer.",
        "Let the client leave response_mode out.", "OAuth 2.0 Multiple Response Type Encoding Practices §2.1")
    let challengeMissing = RefusalReason(
        "challenge_missing", "The request brings no proof key.",
        "Let the client send code_challenge with the method S256.", "RFC 9700 §2.1.1")
    let challengeMethod = RefusalReason(
        "challenge_method_unsupported", "The code challenge is not by S256.",
        "Let the client send code_challenge_method=S256.", "RFC 7636 §4.3")
    let challengeMalformed = RefusalReason(
        "challenge_malformed", "The code challenge is no SHA-256 hash in base64url.",
        "Let the client hash its verifier by SHA-256, and leave the padding out.", "RFC 7636 §4.2")
    let promptUnreadable = RefusalReason(
        "prompt_unreadable", "The prompt holds an unknown word, or the word none beside another.",
        "Let the client send login, consent and select_account, or none alone.", "OpenID Connect Core 1.0 §3.1.2.1")
    let maxAgeUnreadable = RefusalReason(
        "max_age_unreadable", "The max_age is no number of seconds.", "Let the client send digits.",
        "OpenID Connect Core 1.0 §3.1.2.1")
    let textTooLong = RefusalReason(
        "text_too_long", "The nonce or the login_hint is longer than the bound authorize_text_bytes.",
        "Let the client send a shorter one.")
    let claimsUnreadable = RefusalReason(
        "claims_unreadable", "The claims parameter is not the object that it should be.",
        "Let the client send JSON with userinfo and id_token, or leave claims out.", "OpenID Connect Core 1.0 §5.5")
    let hintUnreadable = RefusalReason(
        "id_token_hint_unreadable", "The id_token_hint is no ID token that this client got here.",
        "Let the client leave it out, which has the person asked.", "OpenID Connect Core 1.0 §3.1.2.1")
    let contextUnmet = RefusalReason(
        "acr_not_stated", "The client demands an authentication context, and none is stated here.",
        "Let the client leave acr out, or not demand it.", "OpenID Connect Core 1.0 §5.5.1.1")
    let keyWithoutCode = RefusalReason(
        "dpop_jkt_without_code", "The request names a key, and asks for no code that could be bound to it.",
        "Let the client send response_type=code.", "RFC 9449 §10")
    let keyMalformed = RefusalReason(
        "dpop_jkt_malformed", "The dpop_jkt is no SHA-256 thumbprint of a key.",
        "Let the client send the thumbprint in base64url without padding.", "RFC 9449 §10")
}

/// What is wrong with a request that comes by reference, or should.
struct PushedReasons: Sendable {
    let requestTwice = RefusalReason(
        "request_twice", "The request brings both request and request_uri.", "Let the client send one of them.",
        "RFC 9101 §5")
    let uriNotSupported = RefusalReason(
        "request_uri_not_supported", "The request_uri is none that this hub handed out.",
        "Let the client push its request and send the request_uri that it gets.", "RFC 9126 §4")
    let uriUnknown = RefusalReason(
        "request_uri_unknown", "The pushed request is not known, was used, or is kept no more.",
        "Let the client push a new one each time.", "RFC 9126 §4")
    let uriOfAnother = RefusalReason(
        "request_uri_of_another_client", "The pushed request is another client's.",
        "Compare the client_id of both requests.", "RFC 9126 §2.2")
    let uriEnded = RefusalReason(
        "request_uri_ended", "The pushed request has ended.",
        "Let the client push just before it sends the person here.", "RFC 9126 §4")
    let notPushed = RefusalReason(
        "request_not_pushed", "The client pushes all its requests, and did not push this one.",
        "Let it push, or let it not: linchpin client update NAME --require-pushed-authorization-requests false.",
        "RFC 9126 §6")
    let notSigned = RefusalReason(
        "request_not_signed", "The client signs all its requests, and did not sign this one.",
        "Let it sign, or let it not: linchpin client update NAME --require-signed-request-object false.",
        "RFC 9101 §10.5")
    let uriPushed = RefusalReason(
        "request_uri_pushed", "A request_uri was pushed.", "Let the client push the parameters themselves.",
        "RFC 9126 §2.1")
    let keyDiffers = RefusalReason(
        "dpop_jkt_differs", "The dpop_jkt is not the thumbprint of the key of the DPoP proof.",
        "Let the client name the key of its proof, or leave dpop_jkt out.", "RFC 9449 §10.1")
    let tooLong = RefusalReason(
        "pushed_too_long", "The pushed parameters are longer than the bound pushed_request_bytes.",
        "Let the client ask for less at once.", "RFC 9126 §2.3")
    let tooMany = RefusalReason(
        "pushed_too_many", "As many pushed requests of the client wait as the bound pushed_requests lets.",
        "Find out who pushes so many: linchpin log list --client NAME.", "RFC 9126 §2.3")
    let tooOften = RefusalReason(
        "pushed_too_often",
        "One address pushed more requests of a public client in one minute than the bound pushed_of_one_address allows.",
        "Let the client push once for each sign-in; behind a proxy all callers share one address.", "RFC 9126 §2.3")
}

/// What a person, or the lack of one, says.
struct PersonReasons: Sendable {
    let loginRequired = RefusalReason(
        "login_required",
        "Nobody may be asked to sign in (prompt=none), and the right person was not signed in recently enough.",
        "Nothing, if the client now asks without prompt=none.", "OpenID Connect Core 1.0 §3.1.2.6")
    let consentRequired = RefusalReason(
        "consent_required", "Nobody could be asked, and the person has not allowed this before.",
        "Nothing, if the client now asks without prompt=none.", "OpenID Connect Core 1.0 §3.1.2.6")
    let interactionRequired = RefusalReason(
        "interaction_required", "Nobody could be asked, and at this redirect URI the person is asked each time.",
        "Let the client ask without prompt=none, or give it an https redirect URI.", "RFC 8252 §8.6")
    let denied = RefusalReason(
        "consent_denied", "The person said no.", "Ask the person before sending them here again.",
        "RFC 6749 §4.1.2.1")
    let mayNot = RefusalReason(
        "user_may_not_consent", "The person is switched off, locked, or a service account.",
        "Look at the user: linchpin user get USER.", "RFC 6749 §4.1.2.1")
    let changedMeanwhile = RefusalReason(
        "changed_meanwhile",
        "The client, the session or the consent changed while the person answered, or the pushed request got its code.",
        "Send the person here again.")
    let sessionEnded = RefusalReason(
        "session_ended", "The person's session ended before the answer was kept.",
        "Let the person sign in and answer again.")
    let userCodeUnknown = RefusalReason(
        "user_code_unknown", "No device waits for the code that was typed.",
        "Compare the code with what the device shows, or begin there anew.", "RFC 8628 §3.3")
    let userCodesTooMany = RefusalReason(
        "user_codes_too_many", "Too many wrong codes came from one person or address.",
        "Find out whether somebody guesses: linchpin log list --outcome refused.", "RFC 8628 §5.1")
    let clientDiffers = RefusalReason(
        "client_differs", "The sign-out names another client than its ID token does.",
        "Let the application send the ID token that it got, or its client_id alone.",
        "OpenID Connect RP-Initiated Logout 1.0 §2")
    let logoutUnregistered = RefusalReason(
        "post_logout_redirect_uri_unregistered", "The sign-out would lead to an address that is not registered.",
        "Name all that are right: linchpin client update NAME --post-logout-redirect-uri URI.",
        "OpenID Connect RP-Initiated Logout 1.0 §3")
}
