import Core
import Ports

/// The settings of an OAuth credential, checked: what is not secret about getting its tokens.
///
/// Addresses that are not given follow from the spoke's template, the connection's URL and the version of its API, each
/// time anew: so they stay right when one of these is changed, and can still be set one by one.
struct OAuthSettings: Sendable, Equatable {
    enum Grant: String, Sendable, CaseIterable {
        /// A person consents in a browser (RFC 6749 §4.1).
        case authorizationCode = "authorization_code"
        /// The client for itself (RFC 6749 §4.4).
        case clientCredentials = "client_credentials"
        /// A signed assertion as the grant (RFC 7523 §2.1).
        case jwtBearer = "jwt_bearer"
    }

    /// How the client proves itself at the token endpoint.
    enum ClientAuth: String, Sendable, CaseIterable {
        case none
        case secretBasic = "secret_basic"
        case secretPost = "secret_post"
        case privateKeyJWT = "private_key_jwt"
        /// By the client certificate of the connection, in TLS (RFC 8705 §2.1).
        case tlsClientAuth = "tls_client_auth"

        /// What of it a provider's API can change; nil for the others.
        var proof: ClientProof? {
            switch self {
            case .secretBasic, .secretPost: .secret
            case .privateKeyJWT: .key
            case .none, .tlsClientAuth: nil
            }
        }
    }

    let grant: Grant
    let clientID: String
    let clientAuth: ClientAuth
    let scopes: [String]
    let offlineScope: String?
    let audience: String?
    let usesPKCE: Bool
    let usesDPoP: Bool
    let repeatIsSafe: Bool
    let graceSeconds: Int64
    /// The account that is expected to consent; nil for any.
    let expectedOwner: String?
    let ownerSource: OAuthTemplate.OwnerSource
    let ownerPointer: String
    /// The account that an assertion speaks for (RFC 7523 §3); the client's own id if nil.
    let subject: String?
    /// Names the key in a signed assertion, where the provider wants it.
    private(set) var keyID: String?
    let allowsLoopbackHTTP: Bool
    private let endpoints: [String: String]

    /// The scopes that are asked for: those that are wanted, and the one that brings a refresh token.
    var asked: [String] {
        guard grant == .authorizationCode, let offlineScope, !scopes.contains(offlineScope) else { return scopes }
        return scopes + [offlineScope]
    }

    var authorizeURL: String? { endpoints["authorize_url"] }
    var tokenURL: String { endpoints["token_url"] ?? "" }
    var revokeURL: String? { endpoints["revoke_url"] }
    var userinfoURL: String? { endpoints["userinfo_url"] }
    var introspectURL: String? { endpoints["introspect_url"] }
    var issuer: String? { endpoints["issuer"] }

    /// The addresses as they are in force, for people.
    var shownEndpoints: JSON {
        .object(Self.endpointNames.reduce(into: JSONObject()) { $0[$1] = endpoints[$1].map { .string($0) } })
    }

    static let endpointNames = [
        "authorize_url", "token_url", "revoke_url", "userinfo_url", "introspect_url", "issuer",
    ]

    /// The same with the other key of a rotation, where that one has another id; empty for none.
    func naming(_ otherKeyID: String?) -> OAuthSettings {
        guard let otherKeyID else { return self }
        var settings = self
        settings.keyID = otherKeyID.isEmpty ? nil : otherKeyID
        return settings
    }

    /// - Parameter credential: its name, for the jitter and for messages.
    func policy(of credential: Credential) -> RefreshPolicy {
        RefreshPolicy(
            way: grant == .authorizationCode ? .refreshToken : .client, repeatIsSafe: repeatIsSafe,
            graceSeconds: graceSeconds,
            jitter: Int64(credential.id.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 } % 1_000))
    }

    /// Checks settings as they were given; throws `HubError` that names the setting and says what it must be.
    init(_ given: JSONObject, _ catalogue: any ActionCatalogue) throws {
        let template = try Self.template(given, catalogue)
        grant = given.word("grant") ?? .authorizationCode
        clientID = given["client_id"]?.string ?? ""
        clientAuth = given.word("client_auth") ?? .secretBasic
        let wanted = given["scopes"]?.array?.compactMap(\.string) ?? []
        guard wanted.allSatisfy(ScopeName.isToken) else {
            throw Self.problem("scopes", "names without spaces, quotation marks or backslashes")
        }
        scopes = wanted
        offlineScope = given["offline_scope"]?.string ?? template?.offlineScope
        audience = given["audience"]?.string
        usesPKCE = given["pkce"]?.bool ?? true
        usesDPoP = given["dpop"]?.bool ?? false
        repeatIsSafe = given["refresh_repeat"]?.string.map { $0 == "safe" } ?? template?.repeatIsSafe ?? false
        graceSeconds = given["refresh_grace"]?.int ?? template?.graceSeconds ?? 0
        expectedOwner = given["expected_owner"]?.string
        ownerSource = given.word("owner_from") ?? template?.owner ?? .none
        ownerPointer = given["owner_pointer"]?.string ?? template?.ownerPointer ?? "/sub"
        subject = given["subject"]?.string
        keyID = given["key_id"]?.string
        allowsLoopbackHTTP = given["allow_loopback_http"]?.bool ?? false
        endpoints = try Self.endpoints(given, template, allowsLoopbackHTTP: allowsLoopbackHTTP)
        try check()
    }

    private func check() throws {
        guard endpoints["token_url"] != nil else {
            throw Self.problem("token_url", "given, or follow from `spoke` and `url`")
        }
        if grant == .authorizationCode, authorizeURL == nil {
            throw Self.problem(
                "authorize_url", "given for the grant authorization_code, or follow from `spoke` and `url`")
        }
        if grant == .clientCredentials, clientAuth == .none {
            throw Self.problem("client_auth", "another one than none for the grant client_credentials")
        }
        if grant == .jwtBearer, clientAuth != .none, clientAuth != .privateKeyJWT {
            throw Self.problem("client_auth", "none or private_key_jwt for the grant jwt_bearer")
        }
        if clientAuth == .none, grant == .authorizationCode, !usesPKCE {
            throw Self.problem("pkce", "true for a client that proves itself by nothing else")
        }
        guard ownerPointer.hasPrefix("/") else { throw Self.problem("owner_pointer", "a JSON Pointer such as /sub") }
        if ownerSource == .userinfo, userinfoURL == nil {
            throw Self.problem("userinfo_url", "given for owner_from userinfo")
        }
        if ownerSource == .introspection, introspectURL == nil {
            throw Self.problem("introspect_url", "given for owner_from introspection")
        }
    }

    private static func template(
        _ given: JSONObject, _ catalogue: any ActionCatalogue
    ) throws -> OAuthTemplate? {
        guard let spoke = given["spoke"]?.string else { return nil }
        guard let template = catalogue.oauthTemplate(of: spoke) else {
            throw problem("spoke", "a spoke whose file has an `oauth:` part, or left out")
        }
        guard given["url"]?.string != nil else { throw problem("url", "given with `spoke`: the connection's URL") }
        return template
    }

    private static func endpoints(
        _ given: JSONObject, _ template: OAuthTemplate?, allowsLoopbackHTTP: Bool
    ) throws -> [String: String] {
        let version = given["api_version"]?.string ?? template?.apiVersion ?? ""
        guard version.utf8.allSatisfy({ isVersionByte($0) }), version.utf8.count <= 20 else {
            throw problem("api_version", "letters, digits, dots and hyphens")
        }
        let base = try given["url"]?.string.map { url in
            try ConnectionRules.address(url, allowsLoopbackHTTP: allowsLoopbackHTTP)
        }
        var found: [String: String] = [:]
        for name in endpointNames {
            let derived = template?.endpoints[name]?.replacing("{connection.url}", with: base ?? "")
                .replacing("{api_version}", with: version)
            guard let text = given[name]?.string ?? derived else { continue }
            guard let url = StrictURL(text), url.scheme == "https" || allowsLoopbackHTTP && isLoopback(url) else {
                throw problem(name, "an https address; http only to this machine, with allow_loopback_http")
            }
            found[name] = text
        }
        return found
    }

    private static func isLoopback(_ url: StrictURL) -> Bool {
        url.host == "localhost" || url.host == "::1" || url.host.hasPrefix("127.")
    }

    private static func isVersionByte(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2E || byte == 0x2D
    }

    static func problem(_ setting: String, _ must: String) -> HubError {
        HubError(.invalid, "bad_setting", "Setting \"\(setting)\" must be \(must).")
    }
}

extension JSONObject {
    fileprivate func word<W: RawRepresentable>(_ name: String) -> W? where W.RawValue == String {
        self[name]?.string.flatMap(W.init(rawValue:))
    }
}

extension OAuthSettings {
    private static var address: Field.Kind { .text(most: Limits.baseURLBytes.value) }
    private static var name: Field.Kind { .text(most: Limits.nameField.value) }
    private static func words<W: CaseIterable & RawRepresentable>(_ type: W.Type) -> Field.Kind
    where W.RawValue == String { .oneOf(type.allCases.map(\.rawValue)) }

    /// Those that a template or a good default answers for nearly everybody.
    static let rarely: Set = [
        "api_version", "authorize_url", "token_url", "revoke_url", "userinfo_url", "introspect_url", "issuer",
        "audience", "offline_scope", "pkce", "dpop", "refresh_repeat", "refresh_grace", "owner_from", "owner_pointer",
        "subject", "key_id",
    ]

    /// What may be set.
    static let fields: [Field] = [
        .optional("grant", words(Grant.self), "How tokens are got; authorization_code if not given."),
        .required("client_id", name, "The client's id at the provider."),
        .optional("client_auth", words(ClientAuth.self), "How the client proves itself; secret_basic if not given."),
        .optional("spoke", name, "A spoke whose template gives the provider's addresses."),
        .optional("url", address, "The connection's URL, from which the addresses follow."),
        .optional(
            "expected_owner", .text(most: 200), "The account that must consent; another one's token is given back."),
        .optional("scopes", .texts(most: Limits.grantScopes.value), "The scopes that are wanted, and no more."),
        .optional("api_version", .text(most: 20), "The version of the API that stands in the addresses."),
        .optional("authorize_url", address, "Where a person consents."),
        .optional("token_url", address, "Where tokens are got."),
        .optional("revoke_url", address, "Where they are given back (RFC 7009 §2)."),
        .optional("userinfo_url", address, "Where the owner of a token is read."),
        .optional("introspect_url", address, "Where the provider tells about a token (RFC 7662 §2)."),
        .optional("issuer", address, "The provider's name for itself, compared where it sends it (RFC 9207 §2)."),
        .optional("audience", address, "For which API tokens are wanted, where the provider asks."),
        .optional("offline_scope", name, "The scope that brings a refresh token."),
        .optional("pkce", .bool, "Whether a proof key goes with the code (RFC 7636 §4); true if not given."),
        .optional("dpop", .bool, "Whether tokens are bound to a key (RFC 9449 §4)."),
        .optional(
            "refresh_repeat", .oneOf(["safe", "ask"]),
            "Whether a refresh whose answer got lost may be sent again: safe where refresh tokens are not replaced."),
        .optional(
            "refresh_grace", .int(0...3_600), "For how many seconds the provider takes a replaced refresh token again."),
        .optional("owner_from", words(OAuthTemplate.OwnerSource.self), "Where the owner of a token is read."),
        .optional("owner_pointer", .text(most: 200), "The JSON Pointer to the owner's name there; /sub if not given."),
        .optional("subject", .text(most: 200), "For jwt_bearer: the account that the assertion speaks for."),
        .optional("key_id", name, "The `kid` of signed assertions."),
        .optional("allow_loopback_http", .bool, "Whether http to this machine is allowed; for trials."),
    ]
}
