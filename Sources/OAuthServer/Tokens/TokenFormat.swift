/// How the access tokens of a client look.
enum TokenFormat: String, Sendable, CaseIterable {
    /// A machine secret: whoever wants to know more asks the server.
    case opaque
    /// A signed JWT that others can read (RFC 9068 §1).
    case jwt
}
