/// Which applications may become clients without an administrator's hand. Off unless the configuration says otherwise.
public struct RegistrationRules: Sendable, Equatable {
    /// Whether clients may register themselves (RFC 7591 §3), each with an initial access token.
    public var isOpen: Bool
    /// The auth scopes that clients may hold which are known by a document at their `client_id`; empty: there are none.
    public var documentScopes: [String]

    /// States the rules.
    public init(isOpen: Bool = false, documentScopes: [String] = []) {
        self.isOpen = isOpen
        self.documentScopes = documentScopes
    }
}
