public import Core
import Keys
public import Ports
public import Storage

/// The OAuth authorization server: the application registry, its token endpoint, and the tokens it issued.
///
/// A grant type and a way to authenticate clients are values in lists (`GrantTypes.all`,
/// `ClientAuthenticationMethods.all`); the metadata document follows from them.
public final class OAuthServer: Sendable {
    let database: any Database
    let effects: Effects
    let users: any UserDirectory
    let scopes: any ScopeDirectory
    let signIns: any SignInReading
    let openings: Openings
    /// Here, because `pushedEndpoint` is made anew for each request.
    let pushes = MinuteCounter()
    let clients: ClientLookup

    /// Which applications may become clients by themselves.
    public let rules: RegistrationRules
    /// The keys that sign what it issues.
    public let signing: SigningKeys
    /// What client certificates are to it.
    public let certificates: ClientCertificates
    /// The nonces that it hands out for proofs of possession.
    public let nonces: DPoPNonces
    /// `POST /oauth2/token` and `/oauth_token.do`.
    public let tokenEndpoint: TokenEndpoint
    /// `POST /oauth2/revoke` and `/oauth_revoke_token.do`.
    public let revocationEndpoint: RevocationEndpoint
    /// `POST /oauth2/introspect`.
    public let introspectionEndpoint: IntrospectionEndpoint
    /// `POST /oauth2/device_authorization`.
    public let deviceEndpoint: DeviceEndpoint
    /// What people say to devices.
    public let deviceAnswers: DeviceAnswers
    /// `/oauth2/register`.
    public let registrationEndpoint: RegistrationEndpoint

    /// Over a store that has `OAuthServer.migrations`.
    ///
    /// - Parameters:
    ///   - sealing: 32 bytes that seal private signing keys and mark refresh tokens and nonces; the same for all hubs over
    ///     the store.
    ///   - certificates: whether connections are asked for client certificates, and who vouches for them.
    ///   - issuer: the hub's URL, as `metadata` takes it.
    ///   - documents: reads what clients publish elsewhere; nil where nothing can be read.
    ///   - rules: which applications may become clients by themselves.
    public init(
        database: any Database, effects: Effects, users: any UserDirectory, scopes: any ScopeDirectory,
        passwords: any PasswordChecking, signIns: any SignInReading, sealing: Secret,
        certificates: ClientCertificates = .none,
        issuer: @escaping @Sendable () -> String, documents: (any DocumentFetching)? = nil,
        rules: RegistrationRules = RegistrationRules()
    ) {
        self.certificates = certificates
        self.database = database
        self.effects = effects
        self.users = users
        let scopes = KnownScopes(authScopes: scopes)
        self.scopes = scopes
        self.signIns = signIns
        self.rules = rules
        signing = SigningKeys(database: database, effects: effects, sealing: sealing)
        let refreshKey = Derivation.key("marks of refresh tokens 1", from: sealing)
        nonces = DPoPNonces(key: Derivation.key("nonces for proofs 1", from: sealing))
        openings = Openings(key: Derivation.key("openings of requests 1", from: sealing))
        clients = ClientLookup(database: database, effects: effects, documents: documents, rules: rules)
        let desk = ClientDesk(
            database: database, effects: effects, issuer: issuer, authorities: certificates.authorities,
            keys: ClientKeyring(documents), clients: clients)
        tokenEndpoint = TokenEndpoint(
            database: database, effects: effects, users: users, scopes: scopes, signing: signing,
            refreshKey: refreshKey, issuer: issuer, nonces: nonces, passwords: passwords, signIns: signIns, desk: desk)
        revocationEndpoint = RevocationEndpoint(refreshKey: refreshKey, desk: desk)
        introspectionEndpoint = IntrospectionEndpoint(
            effects: effects, users: users, refreshKey: refreshKey, issuer: issuer, signing: signing, desk: desk,
            remembered: EpochMemory(database.epochs, most: Limits.rememberedTokens.value))
        deviceEndpoint = DeviceEndpoint(
            database: database, effects: effects, scopes: scopes, issuer: issuer, desk: desk)
        deviceAnswers = DeviceAnswers(
            database: database, users: users, scopes: scopes, signIns: signIns, effects: effects)
        registrationEndpoint = RegistrationEndpoint(
            database: database, effects: effects, users: users, scopes: scopes, issuer: issuer,
            certificates: certificates)
    }

    /// What administrators can do with clients and tokens.
    public var operations: [Operation] {
        clientOperations + templateOperations + reportOperations + heldScopeOperations + secretOperations
            + revokeOperations + tokenOperations + familyOperations + signingKeyOperations + consentOperations
            + registrationTokenOperations
    }

    /// `GET /oauth2/authorize` and `/oauth_auth.do`.
    ///
    /// - Parameter issuer: the same as that of `metadata`.
    public func authorizing(issuer: String) -> Authorizing {
        Authorizing(
            database: database, effects: effects, users: users, scopes: scopes, signIns: signIns, clients: clients,
            keys: tokenEndpoint.desk.keys, issuer: issuer, openings: openings,
            makeCode: { draft, cause in try await self.makeCode(draft, cause) },
            makeToken: { draft, cause in try await self.tokenEndpoint.issue(draft, cause) },
            hint: { [signing] text, now in try await signing.hint(text, issuer: issuer, at: now) })
    }

    /// The authorization server metadata (RFC 8414 §2), which is the OpenID provider's too (OpenID Connect Discovery 1.0 §3): what is really on, from the same lists that do the work.
    ///
    /// - Parameters:
    ///   - issuer: the hub's URL without a query, a fragment or a slash at its end.
    ///   - certificates: as the server itself has them.
    ///   - rules: likewise.
    public static func metadata(
        issuer: String, certificates: ClientCertificates = .none, rules: RegistrationRules = RegistrationRules()
    ) -> JSON {
        let offered = ClientAuthenticationMethods.all.filter { $0.isOffered(certificates) }.map(\.name)
        let methods = JSON.texts(offered)
        let algorithms = JSON.texts(Assertion.algorithmNames)
        var members: JSONObject = [
            "issuer": .string(issuer),
            "token_endpoint": .string(issuer + "/oauth2/token"),
            "jwks_uri": .string(issuer + "/oauth2/jwks"),
            "token_endpoint_auth_methods_supported": methods,
            // RFC 8414 §2; RFC 9449 §5.1.
            "token_endpoint_auth_signing_alg_values_supported": algorithms,
            "dpop_signing_alg_values_supported": algorithms,
            // RFC 8705 §3.3.
            "tls_client_certificate_bound_access_tokens": .bool(certificates.areAskedFor),
            "revocation_endpoint": .string(issuer + "/oauth2/revoke"),
            "revocation_endpoint_auth_methods_supported": methods,
            "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
            "introspection_endpoint": .string(issuer + "/oauth2/introspect"),
            "introspection_endpoint_auth_methods_supported": .texts(
                offered.filter { $0 != ClientAuthenticationMethod.none.name }),
            "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
            // RFC 9126 §5; RFC 8628 §4.
            "pushed_authorization_request_endpoint": .string(issuer + "/oauth2/par"),
            "device_authorization_endpoint": .string(issuer + "/oauth2/device_authorization"),
            // What single clients are let have beside is no offer (RFC 9700 §2.1.2, §2.4).
            "grant_types_supported": .array(GrantTypes.all.filter { !$0.isLegacy }.map { .string($0.name) }),
            "authorization_endpoint": .string(issuer + "/oauth2/authorize"),
            "response_types_supported": ["code"],
            "response_modes_supported": .texts([ResponseMode.query, .formPost].map(\.rawValue)),
            // RFC 9101 §10.5; OpenID Connect Discovery 1.0 §3: left out, request_uri would be supported.
            "request_parameter_supported": true,
            "request_uri_parameter_supported": false,
            "request_object_signing_alg_values_supported": algorithms,
            // RFC 9701 §7.
            "introspection_signing_alg_values_supported": .texts(SigningKeys.algorithms.map(\.rawValue)),
            "code_challenge_methods_supported": ["S256"],
            // RFC 9396 §10; RFC 9728 §4.
            "authorization_details_types_supported": detailTypes,
            "protected_resources": [.string(issuer)],
            // RFC 9207 §3.
            "authorization_response_iss_parameter_supported": true,
            // OpenID Connect Discovery 1.0 §3.
            "userinfo_endpoint": .string(issuer + "/oauth2/userinfo"),
            // RP-Initiated Logout 1.0 §2.1; Back-Channel Logout 1.0 §2.1.
            "end_session_endpoint": .string(issuer + "/oauth2/logout"),
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "scopes_supported": .texts(ScopeName.ofProtocol.map(\.name)),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": .texts(SigningKeys.algorithms.map(\.rawValue)),
            "claim_types_supported": ["normal"],
            "claims_supported": .texts(
                ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "sid"]
                    + PersonClaims.all.map(\.name)),
            "claims_parameter_supported": true,
        ]
        // RFC 8414 §2.
        if rules.isOpen { members["registration_endpoint"] = .string(issuer + "/oauth2/register") }
        // draft-ietf-oauth-client-id-metadata-document-03, section 6.
        if !rules.documentScopes.isEmpty { members["client_id_metadata_document_supported"] = true }
        return .object(members)
    }
}
