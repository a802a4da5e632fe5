public import Core

/// Why a call is refused: a stable code for logs, alerts and scripts.
public enum Reason: String, Sendable, CaseIterable {
    case noCredential = "no_credential"
    case credentialUnreadable = "credential_unreadable"
    case tokenUnknown = "token_unknown"
    case tokenRevoked = "token_revoked"
    case tokenExpired = "token_expired"
    case tokenForAnother = "token_for_another"
    case tokenBound = "token_bound"
    case tokenNotBound = "token_not_bound"
    case dpopMissing = "dpop_missing"
    case dpopInvalid = "dpop_invalid"
    case dpopNonce = "dpop_nonce"
    case dpopUsed = "dpop_used"
    case dpopOtherKey = "dpop_other_key"
    case certificateMissing = "certificate_missing"
    case certificateOther = "certificate_other"
    case clientInactive = "client_inactive"
    case userMissing = "user_missing"
    case userInactive = "user_inactive"
    case userLocked = "user_locked"
    case scopeMissing = "scope_missing"
    case signInTooOld = "sign_in_too_old"
    case detailsMissing = "details_missing"
    case roleMissing = "role_missing"
    case notOfPerson = "token_not_of_person"
    case tableUnknown = "table_unknown"
    case sessionNeeded = "session_needed"
    case sessionNotTaken = "session_not_taken"
    case foreignOrigin = "foreign_origin"
    case sessionUnknown = "session_unknown"
    case sessionEnded = "session_ended"
    case sessionExpired = "session_expired"
    case sessionIdle = "session_idle"
    case webServiceOnly = "web_service_only"
    case basicRefused = "basic_refused"
    case basicNotTaken = "basic_not_taken"

    /// One sentence for the reference and for administrators.
    public var says: String {
        switch self {
        case .noCredential: "The call presented no credential."
        case .credentialUnreadable: "The Authorization header cannot be read as a Bearer token."
        case .tokenUnknown: "The token is none that this hub knows."
        case .tokenRevoked: "The token was revoked."
        case .tokenExpired: "The token's time is over."
        case .tokenForAnother: "The token is for another resource server than this hub."
        case .tokenBound: "The token is bound to a key and came as a Bearer token."
        case .tokenNotBound: "The token is bound to no key and came with the scheme DPoP."
        case .dpopMissing: "The scheme is DPoP, and there is no proof."
        case .dpopInvalid: "The DPoP proof is not one for this request."
        case .dpopNonce: "The DPoP proof has a nonce that is not the present one."
        case .dpopUsed: "The DPoP proof was used before."
        case .dpopOtherKey: "The DPoP proof is of another key than the token's."
        case .certificateMissing: "The token is bound to a client certificate and the connection shows none."
        case .certificateOther: "The connection shows another client certificate than the token's."
        case .clientInactive: "The client is switched off."
        case .userMissing: "The client has no application user, or the user is gone."
        case .userInactive: "The application user is switched off."
        case .userLocked: "The application user is locked out."
        case .scopeMissing: "No scope that counts for the token covers the call."
        case .signInTooOld: "The scope asks for a more recent sign-in of the person, or nobody signed in for the token."
        case .detailsMissing: "The token has authorization details, and none of them covers the call."
        case .roleMissing: "The user has none of the roles that the call asks for."
        case .notOfPerson: "The token came of no person's yes, and the call is about one."
        case .tableUnknown: "There is no table of that name."
        case .sessionNeeded: "A page of the console takes a session, no other credential."
        case .sessionNotTaken: "Records, and what is told of a person, take tokens and no session of the console."
        case .foreignOrigin: "The request would change something and does not come from a page of this hub."
        case .sessionUnknown: "The session is none that this hub knows."
        case .sessionEnded: "The session was ended: signed out, or by an administrator."
        case .sessionExpired: "The session's time is over."
        case .sessionIdle: "The session lay unused for too long."
        case .basicRefused: "Name or password is wrong, or the user may not call with them (HTTP Basic)."
        case .basicNotTaken: "A name and a password are taken by the Table API alone."
        case .webServiceOnly: "The user is for web service access only and may not sign in."
        }
    }

    /// What sort of failure it is to the caller.
    ///
    /// The platform answers 400 "Invalid table" for an unknown table, hence `invalid`.
    public var kind: HubError.Kind {
        switch self {
        case .credentialUnreadable, .tableUnknown: .invalid
        case .tokenBound, .tokenNotBound, .dpopMissing, .dpopInvalid, .dpopNonce, .dpopUsed, .dpopOtherKey,
            .certificateMissing, .certificateOther:
            .unauthenticated
        case .noCredential, .tokenUnknown, .tokenRevoked, .tokenExpired, .tokenForAnother: .unauthenticated
        // RFC 9470 §3: 401, although the token itself is good.
        case .signInTooOld: .unauthenticated
        case .clientInactive, .userMissing, .userInactive, .userLocked: .unauthenticated
        case .sessionUnknown, .sessionEnded, .sessionExpired, .sessionIdle, .webServiceOnly, .sessionNeeded,
            .sessionNotTaken, .basicRefused, .basicNotTaken:
            .unauthenticated
        case .scopeMissing, .detailsMissing, .roleMissing, .notOfPerson, .foreignOrigin: .forbidden
        }
    }

    /// The `error` of `WWW-Authenticate`, whatever the scheme; nil when there is none to send.
    ///
    /// RFC 6750 §3.1 (SHOULD NOT): no error code where no credential was presented.
    public var bearerError: String? {
        switch self {
        case .noCredential, .roleMissing, .tableUnknown: nil
        case .sessionNeeded, .sessionNotTaken, .foreignOrigin, .sessionUnknown, .sessionEnded, .sessionExpired,
            .sessionIdle, .webServiceOnly, .basicRefused, .basicNotTaken:
            nil
        case .credentialUnreadable: "invalid_request"
        // RFC 9449 §7.1, §7.2.
        case .dpopMissing, .dpopInvalid, .dpopUsed: "invalid_dpop_proof"
        // RFC 9449 §9.
        case .dpopNonce: "use_dpop_nonce"
        case .tokenBound, .tokenNotBound, .dpopOtherKey: "invalid_token"
        // RFC 8705 §3 (MUST): 401 with this code.
        case .certificateMissing, .certificateOther: "invalid_token"
        // RFC 6750 §3.1: it takes more than the token has.
        case .scopeMissing, .detailsMissing, .notOfPerson: "insufficient_scope"
        // RFC 9470 §3.
        case .signInTooOld: "insufficient_user_authentication"
        case .tokenUnknown, .tokenRevoked, .tokenExpired, .tokenForAnother, .clientInactive, .userMissing,
            .userInactive, .userLocked:
            "invalid_token"
        }
    }
}
