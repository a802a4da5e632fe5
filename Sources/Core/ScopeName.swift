/// Names of auth scopes.
public enum ScopeName {
    /// RFC 6749 §3.3 (MUST): scope-token = 1*( %x21 / %x23-5B / %x5D-7E ).
    public static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0 == 0x21 || (0x23...0x5B).contains($0) || (0x5D...0x7E).contains($0) }
    }

    /// With it a person signs in at an application (OpenID Connect Core 1.0 §3.1.2.1).
    public static let openID = "openid"
    /// With it an application goes on after the person signed out (§11).
    public static let offlineAccess = "offline_access"

    /// Those of OpenID Connect Core 1.0 §5.4 and §11, each with its purpose as a person reads it. Clients hold them like
    /// auth scopes; they cover no call and have no rules, so no auth scope may have such a name.
    public static let ofProtocol = [
        (name: openID, says: "Learns that it is you who signed in."),
        (name: "profile", says: "Reads your name and your user name."),
        (name: "email", says: "Reads your email address."),
        (name: offlineAccess, says: "Goes on when you have signed out."),
    ]

    /// Whether it is one of `ofProtocol`.
    public static func isOfProtocol(_ name: String) -> Bool {
        ofProtocol.contains { $0.name.isExactly(name) }
    }

    /// Covers every call that the token's user may make, as the scope of that name does on the platform of `/oauth_token.do`.
    /// It counts for a client that holds it and a token that carries it; nothing ever proposes it.
    public static let userAccount = "useraccount"

    /// Those that are there without an auth scope, each with its purpose as a person reads it.
    public static let builtIn = ofProtocol + [(name: userAccount, says: "Does everything that you may do here.")]

    /// Whether it is one of `builtIn`.
    public static func isBuiltIn(_ name: String) -> Bool {
        builtIn.contains { $0.name.isExactly(name) }
    }
}
