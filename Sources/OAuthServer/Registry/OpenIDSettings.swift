import Core
import Keys
import Ports

/// What OpenID Connect settles for a client, by the names of OpenID Connect Dynamic Client Registration 1.0 §2.
struct OpenIDSettings: Sendable, Equatable {
    /// Signs its ID tokens and logout tokens.
    var algorithm = JWSAlgorithm.rs256
    /// Where a browser may go after a sign-out (OpenID Connect RP-Initiated Logout 1.0 §3.1).
    var postLogoutRedirectURIs: [String] = []
    /// Where the client is told that a session ended (OpenID Connect Back-Channel Logout 1.0 §2.2); nil for nowhere.
    var backchannelLogoutURI: String?
}

extension OpenIDSettings {
    static let fields: [Field] = [
        .optional(
            "id_token_signed_response_alg", .oneOf(SigningKeys.algorithms.map(\.rawValue)),
            "What signs its ID tokens; RS256 if left out."),
        .optional(
            "post_logout_redirect_uris", .texts(most: Limits.redirectURIs.value),
            "Where browsers may go after a sign-out; compared byte for byte."),
        .optional(
            "backchannel_logout_uri", .text(most: Limits.logoutURIBytes.value),
            "An https address where it is told that a session ended; none for nowhere."),
    ]

    /// These with what a request names.
    func changed(by request: OperationRequest) -> OpenIDSettings {
        var new = self
        new.algorithm = request.text("id_token_signed_response_alg").flatMap(JWSAlgorithm.init) ?? algorithm
        if let addresses = request.texts("post_logout_redirect_uris") { new.postLogoutRedirectURIs = addresses }
        if let address = request.text("backchannel_logout_uri") {
            new.backchannelLogoutURI = address == "none" ? nil : address
        }
        return new
    }

    /// Throws `HubError` of kind `invalid` for an address that the client may not have.
    func check(isNative: Bool, isPublic: Bool) throws {
        for address in postLogoutRedirectURIs {
            _ = try RedirectURI(registering: address, isNative: isNative, isPublic: isPublic)
        }
        // Back-Channel Logout 1.0 §2.2: an absolute address without a fragment; here https, whatever the client is.
        guard backchannelLogoutURI.map({ StrictURL($0)?.scheme == "https" }) ?? true else {
            throw HubError(
                .invalid, "bad_logout_uri",
                "\"backchannel_logout_uri\" is no https address without user information and fragment. Correct it.")
        }
    }

    var json: JSONObject {
        [
            "id_token_signed_response_alg": .string(algorithm.rawValue),
            "post_logout_redirect_uris": .texts(postLogoutRedirectURIs),
            "backchannel_logout_uri": backchannelLogoutURI.map { .string($0) } ?? .null,
        ]
    }

    init(stored json: JSON) {
        algorithm = json["id_token_signed_response_alg"]?.string.flatMap(JWSAlgorithm.init) ?? .rs256
        postLogoutRedirectURIs = json["post_logout_redirect_uris"]?.texts ?? []
        backchannelLogoutURI = json["backchannel_logout_uri"]?.string
    }
}
