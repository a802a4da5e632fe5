import Core
import Ports

/// Why a client does not get registered, or its registration not changed.
///
/// Descriptions are ASCII (RFC 7591 §3.2.2).
struct RegistrationRefusal: Error, Sendable, Equatable {
    enum Code: String, Sendable {
        /// RFC 7591 §3.2.2.
        case invalidRedirectURI = "invalid_redirect_uri"
        case invalidClientMetadata = "invalid_client_metadata"
        /// RFC 6750 §3.1.
        case invalidRequest = "invalid_request"
        case invalidToken = "invalid_token"
        /// For what RFC 7592 §2.1 answers with 403 and names no code.
        case accessDenied = "access_denied"
        /// As at the token endpoint.
        case temporarilyUnavailable = "temporarily_unavailable"
        case serverError = "server_error"
    }

    let code: Code
    let why: RefusalReason
    let description: String
    let status: Int
    /// For the log: a stable code.
    var reason: String { why.code }

    private init(_ code: Code, _ why: RefusalReason, _ description: String, status: Int = 400) {
        self.code = code
        self.why = why
        self.description = String(decoding: description.utf8.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        self.status = status
    }

    // Who asks.
    static let tokenMissing = Self(
        .invalidRequest, .registration.tokenMissing, "Send the token in an Authorization header, as Bearer.",
        status: 401)
    static let tokenUnknown = Self(
        .invalidToken, .registration.tokenUnknown, "The token does not count, or counts no more.", status: 401)
    static let clientInactive = Self(
        .accessDenied, .client.inactive, "The client is switched off. Ask its administrator.", status: 403)
    static let takenOver = Self(
        .accessDenied, .registration.takenOver,
        "An administrator gave this client another user, or lets it act for users. Ask them to change it.", status: 403)
    /// The same answer for a user who is missing, off or locked.
    static func user(_ why: RefusalReason) -> Self {
        Self(
            .accessDenied, why, "The application user of this token cannot be used. Ask its administrator.",
            status: 403)
    }
    static let tooOften = Self(
        .temporarilyUnavailable, .registration.tooOften, "Too many changes. Try again in a minute.",
        status: 429)

    // What is asked for.
    static let notJSON = Self(
        .invalidClientMetadata, .registration.notJSON, "Send a JSON object as application/json.")
    static func metadata(_ member: MetadataMember, _ says: String) -> Self {
        Self(.invalidClientMetadata, .metadata(member), "\(member.rawValue) \(says)")
    }
    static func redirectURI(_ error: HubError) -> Self { Self(.invalidRedirectURI, .registry(error), error.message) }
    static let redirectMissing = Self(
        .invalidRedirectURI, .registration.redirectMissing, "A client with codes needs redirect_uris.")
    /// What no client may have, in the words of the registry.
    static func settings(_ error: HubError) -> Self { Self(.invalidClientMetadata, .registry(error), error.message) }

    // Ours.
    static let busy = Self(
        .temporarilyUnavailable, .hub.busy, "The hub is busy. Try again in a moment.", status: 503)
    static let broken = Self(.serverError, .hub.broken, "Internal error.", status: 500)
}

extension TokenResponse {
    static func unregistered(
        _ refusal: RegistrationRefusal, _ correlation: CorrelationID, client: String = "-", detail: (any Error)? = nil
    ) -> TokenResponse {
        // RFC 6750 §3 (MUST): a 401 names the scheme, and the error where a token was sent.
        let error = refusal == .tokenMissing ? "" : ", error=\"\(refusal.code.rawValue)\""
        return refused(
            refusal.code.rawValue, refusal.why, refusal.description, refusal.status,
            challenge: "Bearer realm=\"linchpin\"" + error, correlation, client: client, detail: detail)
    }
}
