/// What a token may be for.
struct TargetReasons: Sendable {
    let scopeMissing = RefusalReason(
        "scope_not_asked", "The request names no scope.", "Let the client send the scopes that it needs.",
        "RFC 6749 §3.3")
    let scopeMalformed = RefusalReason(
        "scope_malformed", "The scope parameter is no list of scope names.",
        "Let the client part the names by single spaces.", "RFC 6749 §3.3")
    let scopeNotHeld = RefusalReason(
        "scope_not_held", "A scope that was asked for does not exist, or the client does not hold it.",
        "Let it hold the scope, if it needs it: linchpin client add-scope NAME SCOPE.",
        "RFC 6749 §3.3")
    let scopeOfPerson = RefusalReason(
        "scope_of_person", "A scope that a person allows was asked for where nobody is asked.",
        "Let the client ask for it with a code.", "OpenID Connect Core 1.0 §3.1.2.1")
    let scopeNotGranted = RefusalReason(
        "scope_not_granted", "A scope was asked for that the person has not allowed.",
        "Let the client ask for fewer, or send the person through the question anew.", "RFC 6749 §6")
    let scopeBeyondSubject = RefusalReason(
        "scope_beyond_subject_token", "A scope was asked for that the subject token does not carry.",
        "Let the client ask for fewer scopes, or present a token with more.", "RFC 8693 §2.1")
    let tokenTooLong = RefusalReason(
        "token_too_long", "The token would be longer than the bound token_bytes.",
        "Ask for fewer scopes, or give opaque tokens: linchpin client update NAME --token-format opaque."
    )
    let resourceMalformed = RefusalReason(
        "resource_malformed", "A resource is no absolute URI without a fragment, or there are too many.",
        "Let the client send the address of the API.", "RFC 8707 §2")
    let resourceNotAllowed = RefusalReason(
        "resource_not_allowed", "The client may not have tokens for a resource that it named.",
        "Name all that it may: linchpin client update NAME --resource URI.", "RFC 8707 §2")
    let resourceNotGranted = RefusalReason(
        "resource_not_granted", "A resource was named that was not granted before.",
        "Let the client name fewer, or send the person through the question anew.", "RFC 8707 §2.2")
    let detailsMalformed = RefusalReason(
        "details_malformed", "The authorization_details can't be taken.",
        "Ask whoever runs the client for the error_description of the answer, which says what.",
        "RFC 9396 §5")
    let detailTypeNotAllowed = RefusalReason(
        "detail_type_not_allowed", "The client may not use authorization details of this type.",
        "Name all that it may: linchpin client update NAME --detail-type TYPE.", "RFC 9396 §5")
    let detailsNotGranted = RefusalReason(
        "details_not_granted", "The authorization details go beyond what was granted before.",
        "Let the client name less, or send the person through the question anew.", "RFC 9396 §6.1")
}

/// Codes and refresh tokens that do not count.
struct CodeReasons: Sendable {
    let missing = RefusalReason(
        "code_missing", "The request brings no code.", "Let the client send code.", "RFC 6749 §4.1.3")
    let unknown = RefusalReason(
        "code_unknown", "The code is none that this hub made, or is kept no more.",
        "Let the client send the code as it came, at once.", "RFC 6749 §5.2")
    let ofAnother = RefusalReason(
        "code_of_another_client", "The code was made for another client.",
        "Find out how it got here, since codes that wander are stolen.", "RFC 6749 §4.1.3")
    let expired = RefusalReason(
        "code_expired", "The code has ended.",
        "Let the client redeem it sooner, or lengthen its time: linchpin client update NAME --code-seconds SECONDS.",
        "RFC 6749 §4.1.2")
    let used = RefusalReason(
        "code_used_twice", "The code was redeemed before, so what it gave was ended.",
        "Find out who redeemed it first: linchpin audit list.", "RFC 6749 §4.1.2")
    let ofAnotherKey = RefusalReason(
        "code_of_another_key", "The code is bound to another key than the DPoP proof's.",
        "Let the client use one key for the request and for the code.", "RFC 9449 §10")
    let redirectDiffers = RefusalReason(
        "redirect_uri_differs", "The redirect_uri is not the one that the code was asked for with.",
        "Let the client send the same one twice.", "RFC 6749 §4.1.3")
    let verifierUnasked = RefusalReason(
        "code_verifier_unasked", "A code_verifier came for a code without a challenge.",
        "Let the client send code_challenge with its request.", "RFC 9700 §2.1.1")
    let verifierMissing = RefusalReason(
        "code_verifier_missing", "The code has a challenge, and no code_verifier came.",
        "Let the client send code_verifier.", "RFC 7636 §4.5")
    let verifierWrong = RefusalReason(
        "code_verifier_wrong", "The code_verifier is not that of the code's challenge.",
        "Let the client keep one verifier for each request.", "RFC 7636 §4.6")
    let refreshMissing = RefusalReason(
        "refresh_token_missing", "The request brings no refresh token.", "Let the client send refresh_token.",
        "RFC 6749 §6")
    let refreshUnknown = RefusalReason(
        "refresh_token_unknown", "The refresh token is none that this hub made, or is kept no more.",
        "Let the client ask the person anew.", "RFC 6749 §5.2")
    let refreshOfAnother = RefusalReason(
        "refresh_token_of_another_client", "The refresh token is another client's.",
        "Find out how it got here, and end what was stolen: linchpin client revoke-tokens NAME.", "RFC 6749 §6")
    let refreshOfAnotherKey = RefusalReason(
        "refresh_token_of_another_key", "The refresh token is bound to another key than the DPoP proof's.",
        "Let the client keep its key as long as its refresh token.", "RFC 9449 §5")
    let refreshOfAnotherCertificate = RefusalReason(
        "refresh_token_of_another_certificate", "The refresh token is bound to another certificate.",
        "Let the client ask the person anew once it has a new certificate.", "RFC 8705 §4")
    let refreshEnded = RefusalReason(
        "refresh_token_ended", "What the refresh token renews has ended, was withdrawn, or lay unused for too long.",
        "Ask the person anew, and lengthen the time if need be: linchpin client update NAME --refresh-seconds SECONDS.",
        "RFC 6749 §5.2")
    let refreshReused = RefusalReason(
        "refresh_token_reused", "An old refresh token came back, so all that was renewed from it was ended.",
        "Find out whether the client keeps the newest or somebody stole one: linchpin audit list.", "RFC 9700 §4.14.2")
}

/// Whom a token would stand for.
struct UserReasons: Sendable {
    let missing = RefusalReason(
        "user_missing", "There is no user any more whom the token would stand for.",
        "If the client acts for itself, give it another: linchpin client update NAME --user USER.")
    let inactive = RefusalReason(
        "user_inactive", "The user whom the token would stand for is switched off.",
        "Switch the user on if that is wanted: linchpin user update USER --active true.")
    let locked = RefusalReason(
        "user_locked", "The user whom the token would stand for is locked.",
        "Let the user in again if that is wanted: linchpin user update USER --locked false.")
}

/// Assertions, passwords, devices and exchanges.
struct GrantReasons: Sendable {
    let assertionMissing = RefusalReason(
        "assertion_missing", "The request brings no assertion.", "Let the client send assertion.", "RFC 7523 §2.1")
    let actingNotAllowed = RefusalReason(
        "acting_for_users_not_allowed", "The assertion names a user, and the client may not act for users.",
        "Let people allow it with a code, or let it: linchpin client update NAME --acts-for-users true.",
        "RFC 7523 §3")
    let usernameMissing = RefusalReason(
        "username_missing", "The request names no user.", "Let the client send username.", "RFC 6749 §4.3.2")
    let passwordMissing = RefusalReason(
        "password_missing", "The request brings no password.", "Let the client send password.", "RFC 6749 §4.3.2")
    let passwordRefused = RefusalReason(
        "password_refused", "The name or the password is wrong, or the user may not sign in.",
        "Look at the user, and set another password if need be: linchpin user set-password USER.", "RFC 6749 §4.3.2")
    let secondFactorDue = RefusalReason(
        "second_factor_due", "The password is right, and the user's second factor can't be asked for this way.",
        "Let the client ask with a code, where the second factor is asked for.", "RFC 9700 §2.4")
    let passwordsTooMany = RefusalReason(
        "passwords_too_many", "Too many passwords of a user or from an address were refused.",
        "Look at the requests before: linchpin log list --outcome refused.", "RFC 6749 §4.3.2")
    let deviceCodeMissing = RefusalReason(
        "device_code_missing", "The request brings no device code.", "Let the device send device_code.",
        "RFC 8628 §3.4")
    let deviceCodeUnknown = RefusalReason(
        "device_code_unknown", "The device code is none that this hub made, or is kept no more.",
        "Let the device begin anew.", "RFC 8628 §3.5")
    let deviceCodeOfAnother = RefusalReason(
        "device_code_of_another_client", "The device code was made for another client.",
        "Compare the client_id that the device asks with and the one that it began with.", "RFC 8628 §3.5")
    let deviceCodeUsed = RefusalReason(
        "device_code_used", "The device code gave its tokens before.", "Let the device stop asking once it has tokens.",
        "RFC 8628 §3.5")
    let deviceCodeExpired = RefusalReason(
        "device_code_expired", "Nobody answered the device in time.",
        "Begin anew at the device, and type the code before it ends.", "RFC 8628 §3.5")
    let deviceRefused = RefusalReason(
        "device_refused", "The person refused the device.", "Ask the person before beginning anew.", "RFC 8628 §3.5")
    let authorizationPending = RefusalReason(
        "authorization_pending", "The person has not answered the device yet.",
        "Nothing: the device asks again.", "RFC 8628 §3.5")
    let slowDown = RefusalReason(
        "slow_down", "The device asked again before its interval was over.",
        "Let the device wait five seconds longer after each such answer.", "RFC 8628 §3.5")
    let devicesTooMany = RefusalReason(
        "devices_too_many", "Too many devices of one client or address wait for an answer.",
        "Find out who begins so many: linchpin log list --client NAME.")
    let subjectTokenMissing = RefusalReason(
        "subject_token_missing", "The request brings no token to exchange.", "Let the client send subject_token.",
        "RFC 8693 §2.1")
    let tokenTypeUnsupported = RefusalReason(
        "token_type_unsupported", "A token to exchange comes without its type, or with one that is not exchanged.",
        "Let the client send the type access_token for each token.", "RFC 8693 §3")
    let requestedTypeUnsupported = RefusalReason(
        "requested_token_type_unsupported", "A type of token was asked for that no exchange gives.",
        "Let the client ask for access_token, or leave requested_token_type out.", "RFC 8693 §2.1")
    let actorTypeUnasked = RefusalReason(
        "actor_token_type_unasked", "An actor_token_type came without an actor_token.",
        "Let the client send both or neither.", "RFC 8693 §2.1")
    let audienceUnsupported = RefusalReason(
        "audience_unsupported", "The exchange names an audience, and no names are known here.",
        "Let the client send resource instead.", "RFC 8693 §2.1")
    let exchangesTooMany = RefusalReason(
        "exchanges_too_many", "The token came of as many exchanges in a row as the bound token_exchanges lets.",
        "Let each service exchange the first token, and not that of the service before it.", "RFC 8693 §4.1")
    let actorDelegated = RefusalReason(
        "actor_token_delegated", "The actor's token itself says that somebody acts for another.",
        "Let the client send a token of its own as actor_token.", "RFC 8693 §4.1")
}

/// The two tokens of an exchange.
enum ExchangedToken: String, Sendable, CaseIterable {
    case subject, actor
}

/// Why such a token can't be exchanged.
enum ExchangeProblem: String, Sendable, CaseIterable {
    case unknown, ended
    case ofAnotherClient = "of_another_client"
    case ofAnotherKey = "of_another_key"
}

extension RefusalReason {
    static func exchanged(_ token: ExchangedToken, _ problem: ExchangeProblem) -> RefusalReason {
        let what = "The \(token.rawValue) token"
        let (says, next) =
            switch problem {
            case .unknown: ("\(what) is none that this hub knows.", "Let the client send a token of this hub.")
            case .ended: ("\(what) has ended or was revoked.", "Let the client exchange a token that still counts.")
            case .ofAnotherClient:
                switch token {
                case .subject:
                    (
                        "\(what) is another client's.",
                        "Let the client exchange these if need be: linchpin client update NAME --exchanges-tokens all."
                    )
                case .actor: ("\(what) is another client's.", "Let the client send a token of its own.")
                }
            case .ofAnotherKey:
                (
                    "\(what) is bound to another key than the DPoP proof's.",
                    "Let the client send a proof by the token's key."
                )
            }
        return RefusalReason("\(token.rawValue)_token_\(problem.rawValue)", says, next, "RFC 8693 §2.1")
    }
}
