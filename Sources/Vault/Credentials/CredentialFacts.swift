public import Core
import Keys
public import Storage

/// What other features may know of one credential of a connection: nothing that is secret.
public struct CredentialFacts: Sendable, Equatable {
    /// The OAuth half of it.
    public struct OAuth: Sendable, Equatable {
        /// The client's id at the provider.
        public let clientID: String
        /// Whether a person's consent is behind its tokens.
        public let needsConsent: Bool
        /// The scopes that are wanted here, the one that brings a refresh token not among them.
        public let wanted: [String]
        /// That one; nil when none is needed.
        public let offlineScope: String?
        /// What was granted with the present token; nil before the first.
        public let carried: [String]?
        /// The state of its grant: `none`, `held`, `in_doubt`, `dead`.
        public let state: String
        /// Grows with each token set.
        public let generation: Int64
        /// The account that is expected to consent; nil for any.
        public let expectedOwner: String?
        /// The account as the provider named it when the token was stored.
        public let owner: String?
        /// The code of the last failed renewal; nil after a success.
        public let refusal: String?
        /// When the refresh token ends, as the provider stated it.
        public let refreshEnd: Timestamp?
        /// The account that its signed assertions speak for, without anybody's consent; nil for the client's own.
        public let speaksFor: String?

        /// Whether an account is behind its tokens: one that consents, or one that assertions speak for.
        public var hasAccount: Bool { needsConsent || speaksFor != nil }

        /// States it; tests do.
        public init(
            clientID: String, needsConsent: Bool, wanted: [String], offlineScope: String?, carried: [String]?,
            state: String, generation: Int64, expectedOwner: String?, owner: String?, refusal: String?,
            refreshEnd: Timestamp?, speaksFor: String? = nil
        ) {
            self.clientID = clientID
            self.needsConsent = needsConsent
            self.wanted = wanted
            self.offlineScope = offlineScope
            self.carried = carried
            self.state = state
            self.generation = generation
            self.expectedOwner = expectedOwner
            self.owner = owner
            self.refusal = refusal
            self.refreshEnd = refreshEnd
            self.speaksFor = speaksFor
        }
    }

    /// Its name.
    public let name: String
    /// Its kind.
    public let kind: String
    /// When it stops working at the provider, as somebody stated it; nil when nobody did.
    public let expiresAt: Timestamp?
    /// The stable code of why it may not be used now; nil when it may.
    public let unusable: String?
    /// Nil for every other kind.
    public let oauth: OAuth?

    /// Whether it goes into requests, which a client certificate does not.
    public var isKey: Bool { kind != SecretKind.clientCertificate.word }

    /// States it; tests do.
    public init(name: String, kind: String, expiresAt: Timestamp?, unusable: String?, oauth: OAuth?) {
        self.name = name
        self.kind = kind
        self.expiresAt = expiresAt
        self.unusable = unusable
        self.oauth = oauth
    }
}

extension Vault {
    /// The credentials of a connection, by its stable id, in the order in which they are tried.
    public func credentialFacts(
        ofConnection id: String, at now: Timestamp, in reader: any SQLReader
    ) throws -> [CredentialFacts] {
        try Standing.all(of: id, on: hub, at: now, in: reader).map { standing in
            let credential = standing.credential
            let held =
                credential.kind == "oauth"
                ? try Held(credential.id, secretID: "", envelope, catalogue, in: reader) : nil
            return CredentialFacts(
                name: credential.name, kind: credential.kind, expiresAt: credential.expiresAt,
                unusable: standing.refusal?.reason, oauth: held.map(CredentialFacts.OAuth.init))
        }
    }
}

/// The client that a credential of some name stands for.
public struct NamedClient: Sendable, Equatable {
    /// The client's id at the provider; nil for a credential that is not for OAuth.
    public let clientID: String?
    /// Whether it has no token yet, so that another client may take its place.
    public let isFree: Bool
    /// The public half of its key, as a JWK; nil for one that proves itself by something else.
    public let publicKey: JSON?
}

extension Vault {
    /// The client of the credential of that name or id; nil when there is no such credential.
    public func client(ofCredential idOrName: String, in reader: any SQLReader) throws -> NamedClient? {
        let found: Credential
        do { found = try CredentialRows.find(idOrName, in: reader) } catch let error as HubError
            where error.kind == .notFound
        { return nil }
        guard found.kind == "oauth" else { return NamedClient(clientID: nil, isFree: false, publicKey: nil) }
        let held = try Held(found.id, secretID: "", envelope, catalogue, in: reader)
        return NamedClient(
            clientID: held.settings.clientID, isFree: held.grant.state.word == .none,
            publicKey: try publicKey(held))
    }

    private func publicKey(_ held: Held) throws -> JSON? {
        guard held.settings.clientAuth == .privateKeyJWT else { return nil }
        let key = try JWSPrivateKey(pem: try held.client(envelope).secret).publicKey
        return key.named(held.settings.keyID ?? key.thumbprint).jwk
    }
}

extension CredentialFacts.OAuth {
    init(_ held: Held) {
        self.init(
            clientID: held.settings.clientID, needsConsent: held.settings.grant == .authorizationCode,
            wanted: held.settings.scopes.filter { $0 != held.settings.offlineScope },
            offlineScope: held.settings.offlineScope, carried: held.grant.scopes,
            state: held.grant.state.word.rawValue, generation: held.grant.state.generation,
            expectedOwner: held.settings.expectedOwner, owner: held.grant.owner, refusal: held.grant.refusal,
            refreshEnd: held.grant.refreshEnd,
            speaksFor: held.settings.grant == .jwtBearer ? held.settings.subject : nil)
    }
}
