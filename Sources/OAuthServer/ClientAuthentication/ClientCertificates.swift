public import Keys

/// What client certificates are to this hub.
public struct ClientCertificates: Sendable {
    /// Whether connections are asked for one.
    public let areAskedFor: Bool
    /// Who vouches for them; nil: nobody, so that only those count which a client registered.
    public let authorities: ClientAuthorities?

    /// Nothing: no connection is asked.
    public static let none = ClientCertificates(areAskedFor: false, authorities: nil)

    /// Each connection is asked for one, and need not have it.
    public static func optional(_ authorities: ClientAuthorities?) -> ClientCertificates {
        ClientCertificates(areAskedFor: true, authorities: authorities)
    }
}
