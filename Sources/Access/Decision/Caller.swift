public import Core
public import Ports

/// What authentication found. Boxed, since a question is handed on often and what a caller holds is large.
public indirect enum Caller: Sendable, Equatable {
    /// No credential was presented.
    case nobody
    /// There was an Authorization header, and it could not be read; the reason is ours and quotes nothing.
    case unreadable(reason: String)
    /// A call on the hub's own socket.
    case socket(Principal)
    /// An access token.
    case token(TokenFacts)
    /// A session of the console.
    case session(SessionFacts)
    /// A user's name and password; nil unless they are right and the user may call so.
    case basic(UserFacts?)
}

/// What the hub knows of a presented token at the moment of the request.
public enum TokenFacts: Sendable, Equatable {
    /// It is none of ours: malformed, never issued, long gone, or of a client that is gone.
    case unknown
    /// It was issued.
    indirect case found(Issued)

    /// An issued token, its client and its application user as they are now.
    public struct Issued: Sendable, Equatable {
        /// The client's stable id.
        public var client: ClientID
        /// The client's name.
        public var clientName: String
        /// Whether the client is on.
        public var clientIsActive: Bool
        /// The scopes that the token was issued with.
        public var tokenScopes: Set<String>
        /// The scopes that the client holds now; the token's scopes count only as far as these go.
        public var clientScopes: Set<String>
        /// The application user with the roles in force now; nil if there is none any more.
        public var user: UserFacts?
        /// When it was issued.
        public var issuedAt: Timestamp
        /// When it ends; at that moment it is over.
        public var expiresAt: Timestamp
        /// Whether it was revoked, by itself or with all of its client.
        public var isRevoked: Bool
        /// The thumbprint of the key that the token is bound to (RFC 9449 §6); nil for a bearer token.
        public var boundTo: String?
        /// The thumbprint of the client certificate that the token is bound to (RFC 8705 §3); nil without one.
        public var certificate: String?
        /// Whether it came of a person's yes, and not of the client's own word.
        public var isOfPerson: Bool
        /// The resource servers that it is for (RFC 8707 §2.2); empty for this hub alone.
        public var resources: [String]
        /// What it may be used for at most (RFC 9396 §2); nil where only its scopes say.
        public var details: [AuthorizationDetail]?
        /// When the person signed in; nil where nobody did.
        public var signedInAt: Timestamp?

        /// States what was found.
        public init(
            client: ClientID, clientName: String, clientIsActive: Bool, tokenScopes: Set<String>,
            clientScopes: Set<String>, user: UserFacts?, issuedAt: Timestamp, expiresAt: Timestamp, isRevoked: Bool,
            boundTo: String? = nil, certificate: String? = nil, isOfPerson: Bool = false, resources: [String] = [],
            details: [AuthorizationDetail]? = nil, signedInAt: Timestamp? = nil
        ) {
            self.certificate = certificate
            self.isOfPerson = isOfPerson
            self.client = client
            self.clientName = clientName
            self.clientIsActive = clientIsActive
            self.tokenScopes = tokenScopes
            self.clientScopes = clientScopes
            self.user = user
            self.issuedAt = issuedAt
            self.expiresAt = expiresAt
            self.isRevoked = isRevoked
            self.boundTo = boundTo
            self.resources = resources
            self.details = details
            self.signedInAt = signedInAt
        }

        /// The scopes that count.
        var scopes: Set<String> {
            tokenScopes.isSubset(of: clientScopes) ? tokenScopes : tokenScopes.intersection(clientScopes)
        }
    }
}

extension Caller {
    var issued: TokenFacts.Issued? {
        if case .token(.found(let issued)) = self { issued } else { nil }
    }

    /// Who it is, as far as it is known: a token whose user is gone is nobody's.
    var principal: Principal? {
        switch self {
        case .socket(let principal): return principal
        case .token(.found(let issued)):
            guard let user = issued.user else { return nil }
            return Principal(
                user: user.id, userName: user.name, client: issued.client, clientName: issued.clientName,
                roles: user.roles, scopes: issued.scopes, method: .bearer)
        case .session(.found(let session)):
            guard let user = session.user else { return nil }
            return Principal(
                user: user.id, userName: user.name, client: nil, clientName: "-", roles: user.roles, scopes: nil,
                method: .session, session: session.id, provedAt: session.provedAt)
        case .basic(let user?):
            return Principal(
                user: user.id, userName: user.name, client: nil, clientName: "-", roles: user.roles, scopes: nil,
                method: .basic)
        case .nobody, .unreadable, .token(.unknown), .session(.unknown), .basic(nil): return nil
        }
    }
}
