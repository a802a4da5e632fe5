public import Core

/// Who is calling, as the authentication found it. Roles are those in force at the moment of the request.
public struct Principal: Sendable, Equatable {
    /// How it was authenticated.
    public enum Method: String, Sendable {
        /// An opaque access token (RFC 6750 §1).
        case bearer
        /// A user's name and password with the call (RFC 7617 §2).
        case basic
        /// The hub's own socket, which only its owner may open.
        case socket
        /// A session of the console.
        case session
    }

    /// The user whose rights count; nil on the hub's own socket.
    public let user: UserID?
    /// The user's name.
    public let userName: String
    /// The client that calls; nil on the hub's own socket.
    public let client: ClientID?
    /// The client's name.
    public let clientName: String
    /// All roles in force, contained ones too.
    public let roles: Set<String>
    /// The scopes that the token carries; nil where no token is in play and scopes do not apply.
    public let scopes: Set<String>?
    /// How it was authenticated.
    public let method: Method
    /// The session that it is signed in with; nil for every other method.
    public let session: SessionID?
    /// When the session last proved who it is; nil for every other method.
    public let provedAt: Timestamp?
    /// The aliases through which the details of its token let it run the action that it calls; nil for any.
    public var aliases: Set<String>?

    /// States who is calling.
    public init(
        user: UserID?, userName: String, client: ClientID?, clientName: String, roles: Set<String>,
        scopes: Set<String>?, method: Method, session: SessionID? = nil, provedAt: Timestamp? = nil
    ) {
        self.user = user
        self.userName = userName
        self.client = client
        self.clientName = clientName
        self.roles = roles
        self.scopes = scopes
        self.method = method
        self.session = session
        self.provedAt = provedAt
    }

    /// The owner of the data folder on this machine, calling through the hub's socket: every administrative role.
    public static func socket(uid: UInt32) -> Principal {
        Principal(
            user: nil, userName: "local:\(uid)", client: nil, clientName: "-",
            roles: Set(AdminRole.allCases.map(\.rawValue)), scopes: nil, method: .socket)
    }

    /// The same, as the subject of audit events.
    public var actor: Actor {
        if let client { return Actor(.client, id: client.rawValue, name: clientName, user: user?.rawValue) }
        return Actor(method == .socket ? .local : .user, id: user?.rawValue ?? userName, name: userName)
    }

    /// Whether one of the roles is in force.
    public func hasAny(_ wanted: some Sequence<String>) -> Bool { wanted.contains { roles.contains($0) } }
}

/// The administrative roles. `admin` contains all the others (as rows, not as code).
public enum AdminRole: String, Sendable, CaseIterable {
    /// Everything; users, groups, roles, tables.
    case admin
    /// Clients, their secrets and scopes, auth scopes.
    case oauthAdmin = "oauth_admin"
    /// Machine identities: service accounts and what they may.
    case miAdmin = "mi_admin"
    /// Connections and aliases, enabled actions, flows.
    case connectionAdmin = "connection_admin"
    /// Credentials.
    case credentialAdmin = "credential_admin"
    /// Reads configuration, log and audit trail; changes nothing.
    case auditor
    /// Decides the approvals that ask for this person or one of their roles; sees no others and changes nothing else.
    case approver
}
