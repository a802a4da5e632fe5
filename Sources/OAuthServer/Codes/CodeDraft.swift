import Core

/// What a code stands for.
struct CodeTerms: Sendable {
    /// Granted, in the order asked.
    let scopes: [String]
    /// Where the code goes, byte for byte as sent.
    let redirectURI: String
    /// Whether the request named it: then the token request must too (RFC 6749 §4.1.3).
    let isRedirectStated: Bool
    /// S256 (RFC 7636 §4.2); nil only where the client may go without.
    let challenge: String?
    let nonce: String?
    /// When the user signed in: `auth_time`.
    let signedInAt: Timestamp
    var carried = Carried()
}

/// A code that is to be made.
struct CodeDraft: Sendable {
    /// As it was looked up now.
    let client: Client
    /// Who signed in and consented.
    let user: UserID
    let userName: String
    let terms: CodeTerms
    /// The session in which it was allowed; nil where none is known, and then none can have ended.
    var session: SessionID?
    /// The hash of the pushed request that it uses up (RFC 9126 §4).
    var pushed: [UInt8]?
}
