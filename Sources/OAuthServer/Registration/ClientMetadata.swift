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
        redirectURIs = try Self.texts(.redirectURIs, object) ?? []
        guard redirectURIs.count <= Limits.redirectURIs.value else {
            throw .metadata(.redirectURIs, "holds more than \(Limits.redirectURIs.value) addresses.")
        }
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
    /// - Parameter allowed: the grant types that it may have.
    func settings(
        over base: ClientSettings, allowed: Set<String>
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
        var new = base
        new.isPublic = isPublic
        new.isNative = isNative
        new.grants = grants
        new.redirectURIs = redirectURIs
        new.jwksURI = jwksURI
        new.requiresDPoP = requiresDPoP
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
        return new
    }

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
        ]
        if let keys = settings.jwks { members["jwks"] = keys }
        if let address = settings.jwksURI { members["jwks_uri"] = .string(address) }
        return members
    }
}
