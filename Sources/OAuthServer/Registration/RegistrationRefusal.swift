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
    /// For the log: a stable code.
    let reason: String
    let description: String
    let status: Int

    private init(_ code: Code, _ reason: String, _ description: String, status: Int = 400) {
        self.code = code
        self.reason = reason
        self.description = String(decoding: description.utf8.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        self.status = status
    }

    // Who asks.
    static let tokenMissing = Self(
        .invalidRequest, "registration_token_missing", "Send the token in an Authorization header, as Bearer.",
        status: 401)
    static let tokenUnknown = Self(
        .invalidToken, "registration_token_unknown", "The token does not count, or counts no more.", status: 401)
    static let clientInactive = Self(
        .accessDenied, "client_inactive", "The client is switched off. Ask its administrator.", status: 403)
    static let takenOver = Self(
        .accessDenied, "registration_taken_over",
        "An administrator gave this client another user, or lets it act for users. Ask them to change it.", status: 403)
    /// The same answer for a user who is missing, off or locked.
    static func user(_ reason: String) -> Self {
        Self(
            .accessDenied, reason, "The application user of this token cannot be used. Ask its administrator.",
            status: 403)
    }
    static let tooOften = Self(
        .temporarilyUnavailable, "registration_changes_too_many", "Too many changes. Try again in a minute.",
        status: 429)

    // What is asked for.
    static let notJSON = Self(
        .invalidClientMetadata, "registration_unreadable", "Send a JSON object as application/json.")
    static func metadata(_ name: String, _ says: String) -> Self {
        Self(.invalidClientMetadata, "metadata_\(name)", "\(name) \(says)")
    }
    static func redirectURI(_ error: HubError) -> Self { Self(.invalidRedirectURI, error.reason, error.message) }
    static let redirectMissing = Self(
        .invalidRedirectURI, "redirect_uri_missing", "A client with codes needs redirect_uris.")
    /// What no client may have, in the words of the registry.
    static func settings(_ error: HubError) -> Self { Self(.invalidClientMetadata, error.reason, error.message) }

    // Ours.
    static let busy = Self(
        .temporarilyUnavailable, "store_busy", "The hub is busy. Try again in a moment.", status: 503)
    static let broken = Self(.serverError, "internal_error", "Internal error.", status: 500)
}

extension TokenResponse {
    static func unregistered(
        _ refusal: RegistrationRefusal, _ correlation: CorrelationID, client: String = "-", detail: (any Error)? = nil
    ) -> TokenResponse {
        var headers = headers
        // RFC 6750 §3 (MUST): a 401 names the scheme, and the error where a token was sent.
        if refusal.status == 401 {
            let error = refusal == .tokenMissing ? "" : ", error=\"\(refusal.code.rawValue)\""
            headers.append(("WWW-Authenticate", "Bearer realm=\"linchpin\"" + error))
        }
        if refusal.status == 429 { headers.append(("Retry-After", "60")) }
        if refusal.status == 503 { headers.append(("Retry-After", "1")) }
        return TokenResponse(
            status: refusal.status, headers: headers,
            body: [
                "error": .string(refusal.code.rawValue), "error_description": .string(refusal.description),
                "correlation": .string(correlation.text),
            ],
            outcome: refusal.status >= 500 ? .failed : .refused, reason: refusal.reason, client: client, user: "-",
            problem: refusal.status == 500 ? detail.map { String(describing: $0) } : nil)
    }
}
