public import Core
import Keys

/// An application that speaks OAuth, before it is added to an org.
public struct AppDraft: Sendable {
    /// What it is called.
    public var label: String
    /// `web`, `native`, `browser` or `service`.
    public var kind: String
    /// `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`.
    public var method: String
    /// The client's secret; nil for methods without one.
    public var secret: Secret?
    /// Compared byte by byte.
    public var redirectURIs: [String] = []
    /// `authorization_code`, `refresh_token`, `client_credentials`.
    public var grantTypes: [String]
    /// The public keys that verify its assertions, as a JWK Set.
    public var keys: JSON = ["keys": []]
    /// Whether `/authorize` needs a code challenge.
    public var requiresPKCE = false
    /// Whether tokens are bound to a key (`dpop_bound_access_tokens`).
    public var requiresDPoP = false
    /// Whether people are asked before their data is handed on (`consent_method`).
    public var requiresConsent = true
    /// For how long the refresh token before still answers; nil for one that stays.
    public var rotationGraceSeconds: Int64?
    /// The okta.* scopes that an administrator granted.
    public var scopes: [String] = []
    /// Whether the group Everyone is assigned.
    public var isForEveryone = false

    /// A draft with what every application states.
    public init(label: String, kind: String, method: String, secret: Secret? = nil, grantTypes: [String]) {
        self.label = label
        self.kind = kind
        self.method = method
        self.secret = secret
        self.grantTypes = grantTypes
    }
}

extension OktaOrg {
    /// Adds an application and answers its client id. Throws `HubError` (`bad_app`) that names the part that is wrong.
    public mutating func add(_ draft: AppDraft, at now: Timestamp) throws(HubError) -> String {
        do {
            let id = dice.id("0oa")
            var app = App(
                id: id, name: "oidc_client", label: draft.label, signOnMode: "OPENID_CONNECT",
                created: now, status: .active, lastUpdated: now, client: try OAuthClient(draft, of: id, at: now))
            for scope in draft.scopes { try grant(scope, to: &app, at: now) }
            if draft.isForEveryone {
                app.groups = groups.filter { $0.kind == .builtIn }
                    .map { .init(id: $0.id, lastUpdated: now, priority: 0, profile: [:]) }
            }
            apps.append(app)
            return app.id
        } catch {
            let what = error.causes.first ?? error.summary
            throw HubError(.invalid, "bad_app", "The sandbox cannot have this application: \(what) Correct it.")
        }
    }
}

extension OAuthClient {
    /// - Parameter id: the application's.
    init(_ draft: AppDraft, of id: String, at now: Timestamp) throws(OktaError) {
        kind = try Self.known(draft.kind, "application_type")
        method = try Self.known(draft.method, "token_endpoint_auth_method")
        redirectURIs = draft.redirectURIs
        grants = []
        for grant in draft.grantTypes { grants.append(try Self.known(grant, "grant_types")) }
        let given: [JWSPublicKey]
        do { given = try JWKSet(draft.keys).keys } catch {
            throw .validation("jwks", "jwks: The key set cannot be used.")
        }
        guard given.count <= ClientKeys.most else { throw ClientKeys.tooMany }
        keys = given.enumerated().map { place, key in
            let tail = id.dropFirst(3).dropLast(2) + (place < 10 ? "0" : "") + String(place)
            return ClientKey(id: "pks" + tail, key: key, created: now, lastUpdated: now)
        }
        if let secret = draft.secret {
            secrets = [ClientSecret(id: "ocs" + id.dropFirst(3), secret: secret, created: now, lastUpdated: now)]
        }
        requiresPKCE = draft.requiresPKCE
        requiresDPoP = draft.requiresDPoP
        requiresConsent = draft.requiresConsent
        if let seconds = draft.rotationGraceSeconds {
            guard Self.graceSeconds.contains(seconds) else {
                throw .validation("leeway", "leeway: The value must be from 0 to 60.")
            }
            rotation = .rotating(graceSeconds: seconds)
        }
        try check()
    }

    private static func known<Value: RawRepresentable & CaseIterable>(
        _ text: String, _ name: String
    ) throws(OktaError) -> Value where Value.RawValue == String {
        guard let value = Value(rawValue: text) else {
            let all = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw .validation(name, "\(name): The value must be one of \(all).")
        }
        return value
    }

    private func check() throws(OktaError) {
        if (method == .basic || method == .post) == secrets.isEmpty {
            throw .validation("client_secret", "client_secret: The authentication method and the secret do not fit.")
        }
        if method == .keyJWT && keys.isEmpty {
            throw .validation("jwks", "jwks: private_key_jwt needs a public key.")
        }
        if grants.contains(.code) && redirectURIs.isEmpty {
            throw .validation("redirect_uris", "redirect_uris: The field cannot be left blank")
        }
        if kind == .service && grants != [.credentials] {
            throw .validation("grant_types", "grant_types: A service application has client_credentials only.")
        }
        // RFC 6749 §3.1.2: absolute, without a fragment.
        for uri in redirectURIs where !uri.contains(":") || uri.contains("#") || uri.utf8.contains(where: { $0 <= 32 })
        {
            throw .validation("redirect_uris", "redirect_uris: Invalid redirect URI.")
        }
    }
}
