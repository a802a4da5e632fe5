import Core
import Keys

/// What a client says of itself (RFC 7591 §2), as far as the hub understands it; the rest is ignored, as §2 demands.
///
/// A member that is null counts as left out (RFC 7592 §2.2). A software statement is ignored (RFC 7591 §3.1.1 MAY).
struct ClientMetadata: Sendable, Equatable {
    let name: String?
    let redirectURIs: [String]
    let grants: Set<String>
    /// `token_endpoint_auth_method`.
    let method: String
    /// Nil where it names none.
    let scopes: [String]?
    let jwks: JSON?
    let jwksURI: String?
    let isNative: Bool
    let requiresDPoP: Bool
    /// RFC 8705 §3.4.
    let bindsByCertificate: Bool
    /// RFC 9126 §6.
    let requiresPushedRequests: Bool
    /// RFC 9101 §10.5.
    let requiresSignedRequests: Bool
    /// `id_token_signed_response_alg` (OpenID Connect Registration 1.0 §2) and `introspection_signed_response_alg`
    /// (RFC 9701 §6) as sent; nil where left out.
    let idTokenAlgorithm: String?
    let introspectionAlgorithm: String?
    /// RP-Initiated Logout 1.0 §3.1.
    let postLogoutRedirectURIs: [String]
    /// Back-Channel Logout 1.0 §2.2.
    let backchannelLogoutURI: String?

    /// The ways of proving itself that a client may choose by itself.
    static let methods: [ClientAuthenticationMethod] = [.clientSecretBasic, .clientSecretPost, .privateKeyJWT, .none]

    /// The grant types that a client may be let choose by itself: those that act for nobody but it and who is asked.
    static let grantNames = [
        GrantType.authorizationCode.name, GrantType.refreshToken.name, GrantType.clientCredentials.name,
        GrantType.deviceCode.name,
    ]

    static let standardGrants = [GrantType.authorizationCode.name, GrantType.refreshToken.name]

    /// Reads an object strictly: what it understands must be of its kind.
    ///
    /// - Parameter standardMethod: what a missing `token_endpoint_auth_method` means.
    init(
        _ object: JSONObject, standardMethod: String = ClientAuthenticationMethod.clientSecretBasic.name
    ) throws(RegistrationRefusal) {
        name = try Self.text(.clientName, object)
        redirectURIs = try Self.addresses(.redirectURIs, object)
        // RFC 7591 §2: left out they mean authorization_code.
        let grants = Set(try Self.texts(.grantTypes, object) ?? [GrantType.authorizationCode.name])
        self.grants = grants
        method = try Self.text(.method, object) ?? standardMethod
        switch try Self.text(.scope, object) {
        case nil: scopes = nil
        case let text?:
            switch ScopeAsked.read(text) {
            case .success(let names): scopes = names
            case .failure(let refusal): throw .metadata(.scope, "cannot be read: \(refusal.description)")
            }
        }
        jwks = object["jwks"].flatMap { $0 == .null ? nil : $0 }
        jwksURI = try Self.text(.jwksURI, object)
        // RFC 7591 §2 (MUST NOT).
        guard jwks == nil || jwksURI == nil else { throw .metadata(.jwksURI, "and jwks exclude each other.") }
        // RFC 9449 §5.2.
        requiresDPoP = try Self.truth(.boundTokens, object)
        bindsByCertificate = try Self.truth(.certificateBound, object)
        requiresPushedRequests = try Self.truth(.pushedRequests, object)
        requiresSignedRequests = try Self.truth(.signedRequests, object)
        idTokenAlgorithm = try Self.text(.idTokenAlgorithm, object)
        introspectionAlgorithm = try Self.text(.introspectionAlgorithm, object)
        postLogoutRedirectURIs = try Self.addresses(.postLogoutAddresses, object)
        backchannelLogoutURI = try Self.text(.logoutAddress, object)
        guard backchannelLogoutURI?.utf8.count ?? 0 <= Limits.logoutURIBytes.value else {
            throw .metadata(.logoutAddress, "has more than \(Limits.logoutURIBytes.value) bytes.")
        }
        // OpenID Connect Registration 1.0 §2. Who leaves it out is native where an address of theirs is.
        switch try Self.text(.applicationType, object) {
        case "native": isNative = true
        case "web": isNative = false
        case nil: isNative = redirectURIs.contains { !RedirectURI.isClaimed($0) }
        default: throw .metadata(.applicationType, "is web or native.")
        }
        try Self.checkResponseTypes(try Self.texts(.responseTypes, object), grants)
    }

    /// RFC 7591 §2.1: `code` goes with authorization_code, and neither without the other.
    private static func checkResponseTypes(_ types: [String]?, _ grants: Set<String>) throws(RegistrationRefusal) {
        guard let types else { return }
        let fitting = grants.contains(GrantType.authorizationCode.name) ? ["code"] : []
        guard types == fitting else {
            throw .metadata(.responseTypes, "is code with the grant type authorization_code, and empty without it.")
        }
    }

    private static func text(_ member: MetadataMember, _ object: JSONObject) throws(RegistrationRefusal) -> String? {
        guard let value = object[member.rawValue], value != .null else { return nil }
        guard let text = value.string, !text.isEmpty else { throw .metadata(member, "is not a text.") }
        return text
    }

    private static func texts(_ member: MetadataMember, _ object: JSONObject) throws(RegistrationRefusal) -> [String]? {
        guard let value = object[member.rawValue], value != .null else { return nil }
        guard let texts = value.texts else { throw .metadata(member, "is not a list of texts.") }
        return texts
    }

    private static func addresses(_ member: MetadataMember, _ object: JSONObject) throws(RegistrationRefusal)
        -> [String]
    {
        let addresses = try texts(member, object) ?? []
        guard addresses.count <= Limits.redirectURIs.value else {
            throw .metadata(member, "holds more than \(Limits.redirectURIs.value) addresses.")
        }
        return addresses
    }

    private static func truth(_ member: MetadataMember, _ object: JSONObject) throws(RegistrationRefusal) -> Bool {
        guard let value = object[member.rawValue], value != .null else { return false }
        guard let truth = value.bool else { throw .metadata(member, "is not true or false.") }
        return truth
    }
}

extension ClientMetadata {
    var isPublic: Bool { method == ClientAuthenticationMethod.none.name }
    /// Whether it proves itself by a secret of the hub's making.
    var needsSecret: Bool { !isPublic && method != ClientAuthenticationMethod.privateKeyJWT.name }

    /// The settings that follow, on top of what an administrator settled beside them.
    ///
    /// - Parameters:
    ///   - allowed: the grant types that it may have.
    ///   - certificates: whether connections are asked for client certificates.
    func settings(
        over base: ClientSettings, allowed: Set<String>, certificates: Bool
    ) throws(RegistrationRefusal) -> ClientSettings {
        guard Self.methods.contains(where: { $0.name == method }) else {
            throw .metadata(
                .method, "is one of: \(Self.methods.map(\.name).joined(separator: ", ")).")
        }
        guard grants.isSubset(of: allowed) else {
            throw .metadata(.grantTypes, "may name: \(allowed.sorted().joined(separator: ", ")).")
        }
        for address in redirectURIs {
            do { _ = try RedirectURI(registering: address, isNative: isNative, isPublic: isPublic) } catch {
                throw .redirectURI(error)
            }
        }
        guard !grants.contains(GrantType.authorizationCode.name) || !redirectURIs.isEmpty else {
            throw .redirectMissing
        }
        guard certificates || !bindsByCertificate else {
            throw .metadata(.certificateBound, "needs client certificates, for which this hub asks nobody.")
        }
        var new = base
        new.isPublic = isPublic
        new.isNative = isNative
        new.grants = grants
        new.redirectURIs = redirectURIs
        new.jwksURI = jwksURI
        new.requiresDPoP = requiresDPoP
        new.tls.bindsTokens = bindsByCertificate
        new.requiresPushedRequests = requiresPushedRequests
        new.requiresSignedRequests = requiresSignedRequests
        new.introspectionAlgorithm = try Self.algorithm(.introspectionAlgorithm, introspectionAlgorithm)
        new.openID = OpenIDSettings(
            algorithm: try Self.algorithm(.idTokenAlgorithm, idTokenAlgorithm),
            postLogoutRedirectURIs: postLogoutRedirectURIs, backchannelLogoutURI: backchannelLogoutURI)
        do {
            new.jwks = try jwks.flatMap { try ClientKeys.checked($0) }
            try new.check()
        } catch let error as HubError {
            throw .settings(error)
        } catch {
            throw .metadata(.jwks, "cannot be read.")
        }
        // RFC 7591 §2: private_key_jwt proves nothing without a key.
        guard method != ClientAuthenticationMethod.privateKeyJWT.name || new.hasKeys else {
            throw .metadata(.jwks, "or jwks_uri goes with private_key_jwt.")
        }
        // RFC 9101 §10.5: it would get no code at all.
        guard !requiresSignedRequests || new.hasKeys else {
            throw .metadata(.signedRequests, "goes with jwks or jwks_uri.")
        }
        return new
    }

    /// One of those by which the hub signs; RS256 where none is named (OpenID Connect Registration 1.0 §2, RFC 9701 §6).
    private static func algorithm(_ member: MetadataMember, _ text: String?) throws(RegistrationRefusal) -> JWSAlgorithm
    {
        guard let text else { return .rs256 }
        guard let algorithm = signing(text) else {
            throw .metadata(
                member, "is one of: \(SigningKeys.algorithms.map(\.rawValue).joined(separator: ", ")).")
        }
        return algorithm
    }

    static func signing(_ text: String) -> JWSAlgorithm? { SigningKeys.algorithms.first { $0.rawValue == text } }

    /// RFC 7591 §3.2.1: what was registered, beside the client's ids.
    static func registered(_ client: Client, method: String) -> JSONObject {
        let settings = client.settings
        let hasCodes = settings.grants.contains(GrantType.authorizationCode.name)
        var members: JSONObject = [
            "client_name": .string(client.name), "redirect_uris": .texts(settings.redirectURIs),
            "grant_types": .texts(settings.grants.sorted()), "response_types": .texts(hasCodes ? ["code"] : []),
            "token_endpoint_auth_method": .string(method), "scope": .string(client.scopes.joined(separator: " ")),
            "application_type": settings.isNative ? "native" : "web",
            "dpop_bound_access_tokens": .bool(settings.requiresDPoP),
            TLSSettings.bound: .bool(settings.tls.bindsTokens),
            "require_pushed_authorization_requests": .bool(settings.requiresPushedRequests),
            "require_signed_request_object": .bool(settings.requiresSignedRequests),
            "introspection_signed_response_alg": .string(settings.introspectionAlgorithm.rawValue),
            "id_token_signed_response_alg": .string(settings.openID.algorithm.rawValue),
            "post_logout_redirect_uris": .texts(settings.openID.postLogoutRedirectURIs),
        ]
        if let address = settings.openID.backchannelLogoutURI { members["backchannel_logout_uri"] = .string(address) }
        if let keys = settings.jwks { members["jwks"] = keys }
        if let address = settings.jwksURI { members["jwks_uri"] = .string(address) }
        return members
    }
}
