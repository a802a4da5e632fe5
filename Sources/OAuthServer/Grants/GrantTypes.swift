import AuditTrail
import Core
import Ports
import Storage

/// The grant types that are offered. One more is one file and one line here.
enum GrantTypes {
    static let all: [GrantType] = [
        .clientCredentials, .authorizationCode, .refreshToken, .jwtBearer, .tokenExchange, .deviceCode,
        .password, .implicit,
    ]
}

/// One way by which a client gets a token.
struct GrantType: Sendable {
    /// The value of `grant_type`.
    let name: String
    /// Whether it is offered to nobody, and only let to clients that know no better.
    var isLegacy = false
    /// What a proved client gets, or why it gets nothing.
    let grant: @Sendable (_ request: GrantRequest) async throws -> Result<Grant, TokenRefusal>
}

/// What a grant type decides by.
struct GrantRequest: Sendable {
    let client: Client
    let form: TokenForm
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let database: any Database
    let effects: Effects
    let passwords: any PasswordChecking
    let signIns: any SignInReading
    let cause: Cause
    /// Where the client is.
    let address: String
    /// Marks refresh tokens.
    let refreshKey: Secret
    /// By what an assertion may address the hub.
    let audiences: [String]
    let keys: ClientKeyring
    /// The thumbprint of the key that came with a proof (RFC 9449 §5); nil without one.
    var key: String?
    /// The thumbprint of the certificate that the connection shows (RFC 8705 §3.1); nil without one.
    var certificate: String?

    var now: Timestamp { cause.now }

    /// Those of the scopes that the client holds and that exist, in their order. RFC 9700 §2.3: no right that has gone.
    func held(_ names: [String]) async throws -> [String] {
        let unknown = Set(try await scopes.unknown(names))
        return names.filter { client.scopes.contains($0) && !unknown.contains($0) }
    }

    /// What somebody has just allowed the client, with a first refresh token where the client may renew.
    func newFamily(of user: UserID, scopes: [String], carried: Carried) -> RefreshFamily {
        let renews = client.settings.grants.contains(GrantType.refreshToken.name)
        var carried = carried
        // RFC 8705 §4 (SHOULD): of a public client, whom nothing else proves.
        if client.settings.isPublic, client.settings.tls.bindsTokens { carried.certificate = certificate }
        return RefreshFamily(
            id: ID<RefreshFamily>.new(effects).rawValue, client: client.id, user: user, scopes: scopes,
            epoch: client.epoch, generation: renews ? 1 : 0, renewedAt: now,
            endsAt: now.adding(seconds: renews ? client.settings.refreshSeconds : client.tokenSeconds), endedAt: nil,
            // RFC 9449 §5 (MUST): of a public client, whom nothing else proves.
            boundTo: client.settings.isPublic ? key : nil, carried: carried,
            grantType: form["grant_type"] ?? "")
    }

    /// A user for whom a token may be issued now, or the refusal that says why not.
    func user(
        _ id: UserID, or refusal: (_ why: RefusalReason) -> TokenRefusal
    ) async throws -> Result<UserFacts, TokenRefusal> {
        Self.usable(try await users.user(id, at: now), or: refusal)
    }

    /// The user, if one was found who may be acted for now.
    static func usable<Refusal: Error>(
        _ user: UserFacts?, or refusal: (_ why: RefusalReason) -> Refusal
    ) -> Result<UserFacts, Refusal> {
        guard let user else { return .failure(refusal(.user.missing)) }
        guard user.isActive else { return .failure(refusal(.user.inactive)) }
        return user.isLocked ? .failure(refusal(.user.locked)) : .success(user)
    }
}

/// What is granted; the endpoint makes the token.
struct Grant: Sendable {
    let user: UserFacts
    /// In the order they were asked for.
    let scopes: [String]
    /// What a person allowed; nil where nobody was asked.
    var family: String?
    /// Whether the client named the user by an assertion, or by another client's own token.
    var isAsserted = false
    var carried = Carried()
    /// What an ID token says beside what is carried, where a person signed in for it; nil: none is given.
    var signIn: SignIn?
    /// When the token ends at the latest; nil where only the client's settings say.
    var endsBy: Timestamp?
    /// Members of the answer beside those of RFC 6749 §5.1.
    var answers: JSONObject = [:]
    /// What the audit event says beside user and scopes.
    var noted: [AuditEvent.Key: String] = [:]
    /// What is used up or begun in the transaction that stores the token. A refusal commits too: with what it ended.
    var settle: @Sendable (_ writer: any SQLWriter, _ cause: Cause) throws -> Result<RefreshToken?, TokenRefusal> = {
        _, _ in .success(nil)
    }

    /// The part of an ID token that is not carried.
    struct SignIn: Sendable {
        /// Of the request for the code; nil where there was none, and at a refresh.
        let nonce: String?
    }

    /// Whether the client acts for itself, as its application user.
    var isOfClient: Bool { family == nil && !isAsserted }

    /// When a token that is issued now ends.
    func end(for client: Client, at now: Timestamp) -> Timestamp {
        let end = now.adding(seconds: client.tokenSeconds)
        return endsBy.map { min($0, end) } ?? end
    }
}
