import Core

/// An error as Okta answers it. Codes, statuses and summaries are those of Okta's published catalogue.
struct OktaError: Error {
    let status: Int
    let code: String
    let summary: String
    var causes: [String] = []
    var headers: [(String, String)] = []
    /// What stands in place of the five members; nil for an error of the API itself.
    var oauth: OAuthError?

    /// The body: always all five members.
    func body(errorID: String) -> JSON {
        [
            "errorCode": .string(code),
            "errorSummary": .string(summary),
            "errorLink": .string(code),
            "errorId": .string(errorID),
            "errorCauses": .array(causes.map { ["errorSummary": .string($0)] }),
        ]
    }
}

extension OktaError {
    /// What a 404 names.
    enum Kind: String {
        case user = "User"
        case group = "UserGroup"
        case app = "AppInstance"
        case appUser = "AppUser"
        case appGroup = "ApplicationGroupAssignment"
        case factor = "UserFactor"
        case hook = "Webhook"
        case schema = "Schema"
        case clientSecret = "OAuth2ClientSecret"
        case clientKey = "OAuth2ClientJsonWebKey"
        case grant = "OAuth2ScopeConsentGrant"
        case role = "RoleAssignment"
        case customRole = "Role"
        case resourceSet = "ResourceSet"
        case binding = "RoleBinding"
    }

    /// Missing or unknown API token.
    static let invalidToken = OktaError(status: 401, code: "E0000011", summary: "Invalid token provided")

    /// The role of whoever calls does not allow it.
    static let noPermission = OktaError(
        status: 403, code: "E0000006", summary: "You do not have permission to perform the requested action")

    /// A role for the second time.
    static let alreadyAssigned = OktaError(
        status: 409, code: "E0000090", summary: "The role specified is already assigned to the user.")

    /// An access token that is refused. What is missing stands in the header; of a scope there is no body at all, as
    /// an org answered.
    static func token(_ error: OAuthError, _ org: OktaOrg, scope: String?, resource: String) -> OktaError {
        let headers = [AccessTokens.challenge(error, org, scope: scope, resource: resource)]
        if error.error == "invalid_token" {
            return OktaError(status: 401, code: "E0000011", summary: "Invalid token provided", headers: headers)
        }
        return OktaError(status: error.status, code: "", summary: "", headers: headers, oauth: error)
    }

    /// The bucket's minute is used up.
    static let tooMany = OktaError(
        status: 429, code: "E0000047", summary: "API call exceeded rate limit due to too many requests.")

    /// A cursor that is garbage, another listing's, or too old.
    static let invalidCursor = OktaError(
        status: 400, code: "E0000029", summary: "Invalid paging request.", causes: ["Invalid cursor."])

    /// Headers that name other media types than JSON.
    static let mediaType = OktaError(
        status: 400, code: "E0000021",
        summary: "Bad request.  Accept and/or Content-Type headers likely do not match supported values.")

    /// A body that is no JSON object.
    static let malformedBody = OktaError(
        status: 400, code: "E0000003", summary: "The request body was not well-formed.")

    /// A second activation.
    static let alreadyActive = OktaError(
        status: 403, code: "E0000016", summary: "Activation failed because the user is already active")

    /// A change of state that the present one does not allow.
    static let notInThisState = OktaError(
        status: 403, code: "E0000038", summary: "This operation is not allowed in the user's current status.")

    /// A password that is set or changed must be long enough, and hold no part of the login.
    static let weakPassword = OktaError(
        status: 403, code: "E0000080",
        summary: "The password does not meet the complexity requirements of the current password policy.")

    /// The present password is another one.
    static let wrongPassword = OktaError(
        status: 403, code: "E0000014", summary: "Update of credentials failed",
        causes: ["Old Password is not correct"])

    /// The user has no password, or is in a status that allows no change of it.
    static let passwordNotChangeable = OktaError(
        status: 403, code: "E0000035", summary: "Change password not allowed on specified user.")

    /// Nobody locked the user out.
    static let notLockedOut = OktaError(
        status: 403, code: "E0000032", summary: "Unlock is not allowed for this user.",
        causes: ["The user is not locked out."])

    /// More groups than a new user may begin with.
    static let tooManyGroups = OktaError(status: 400, code: "E0000093", summary: "Target count limit exceeded")

    /// A user who is to choose a password at the next sign-in needs one now.
    static let nextLoginWithoutPassword = OktaError(
        status: 400, code: "E0000124",
        summary: "Could not create user. To create a user and expire their password "
            + "immediately, a password must be specified")

    /// The same, and must be active.
    static let nextLoginWithoutActivation = OktaError(
        status: 400, code: "E0000125",
        summary: "Could not create user. To create a user and expire their password "
            + "immediately, activate=true must be specified")

    /// The user changed since the caller looked.
    static let otherVersion = OktaError(status: 412, code: "E0000231", summary: "ETag value doesn't match.")

    /// `search` that cannot be read.
    static let badSearch = OktaError(status: 400, code: "E0000031", summary: "Invalid search criteria.")

    /// `filter` that cannot be read.
    static let badFilter = OktaError(status: 400, code: "E0000053", summary: "Invalid SCIM filter.")

    /// Deviation: the catalogue has no error for 411; Okta documents the status only, so the nearest code is used.
    static let lengthRequired = OktaError(
        status: 411, code: "E0000003", summary: "The request body was not well-formed.",
        causes: ["A POST or PUT needs a Content-Length header."])

    /// Deviation: Okta's answer for a membership it manages itself was not found; the catalogue's E0000060 fits best.
    static let membershipNotManaged = OktaError(status: 501, code: "E0000060", summary: "Unsupported operation.")

    static func notFound(_ id: String, _ kind: Kind) -> OktaError {
        OktaError(
            status: 404, code: "E0000007", summary: "Not found: Resource not found: \(id) (\(kind.rawValue))")
    }

    static func noSuchPath(_ path: String) -> OktaError {
        OktaError(status: 404, code: "E0000007", summary: "Not found: Resource not found: \(path) (Endpoint)")
    }

    static func methodNotAllowed(_ allowed: [String]) -> OktaError {
        OktaError(
            status: 405, code: "E0000022", summary: "The endpoint does not support the provided HTTP method",
            headers: [("Allow", allowed.joined(separator: ", "))])
    }

    static func validation(_ what: String, _ cause: String) -> OktaError {
        OktaError(status: 400, code: "E0000001", summary: "Api validation failed: \(what)", causes: [cause])
    }

    /// What a fault that a test asked for looks like.
    static func fault(_ status: Int) -> OktaError {
        switch status {
        case 401: invalidToken
        case 429: tooMany
        case 403: noPermission
        default: OktaError(status: status, code: "E0000009", summary: "Internal Server Error")
        }
    }
}
