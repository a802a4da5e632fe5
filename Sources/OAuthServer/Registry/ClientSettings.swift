import Core
import Keys
import Ports

/// What an administrator settles for a client beside its name, user and scopes. One more member is one more field.
struct ClientSettings: Sendable, Equatable {
    /// Whether it has no secret (RFC 6749 §2.1).
    var isPublic = false
    /// Whether it is an application on a person's device (RFC 8252 §1).
    var isNative = false
    /// The grant types that it may use, by their names on the wire.
    var grants: Set<String> = [GrantType.clientCredentials.name]
    var redirectURIs: [String] = []
    /// Whether it may ask for a code without a proof key (RFC 7636 §1).
    var withoutPKCE = false
    /// How long it may renew what a person allowed, in seconds.
    var refreshSeconds = Int64(Limits.refreshTokenSeconds.value)
    /// How long it may wait between two renewals; nil as long as it likes, and a day where it is public.
    var refreshIdleSeconds: Int64?
    var codeSeconds = Int64(Limits.codeSeconds.value)
    /// Whether it may ask about tokens of other clients, as an API does that is no client itself.
    var introspectsAll = false
    var tokenFormat = TokenFormat.opaque
    /// Its public keys (RFC 7517 §5); nil when it has none.
    var jwks: JSON?
    /// Where it publishes them (RFC 7591 §2); nil when it does not.
    var jwksURI: String?
    /// PEM certificates with its public keys, by `kid`.
    var certificates: [String: String] = [:]
    /// What of a user the `sub` of its assertions is.
    var jwtSubject = JWTSubject.name
    /// Whether it gets tokens for the users that its assertions name.
    var actsForUsers = false
    /// Whether it gets only tokens that are bound to a key (RFC 9449 §5.2).
    var requiresDPoP = false
    /// What the certificate of its connection is to it (RFC 8705 §2, §3).
    var tls = TLSSettings()
    var openID = OpenIDSettings()
    var exchanges = Exchanges.own
    /// Whether it gets codes only for requests that it pushed (RFC 9126 §6).
    var requiresPushedRequests = false
    /// Whether it gets codes only for requests that it signed (RFC 9101 §10.5).
    var requiresSignedRequests = false
    /// How what it learns of tokens is signed, where it asks for that (RFC 9701 §6).
    var introspectionAlgorithm = JWSAlgorithm.rs256
    var secrets = SecretPolicy()
    /// The resource servers, beside this hub, that it may ask for tokens for (RFC 8707 §2).
    var resources: [String] = []
    /// The types of authorization details that it may use (RFC 9396 §10).
    var detailTypes: [String] = []

    /// How long a refresh token may lie unused (RFC 9700 §4.14.2).
    var idleSeconds: Int64 {
        min(refreshSeconds, refreshIdleSeconds ?? (isPublic ? Int64(Limits.publicIdleSeconds.value) : refreshSeconds))
    }
}

/// What of a user the `sub` of an assertion is.
enum JWTSubject: String, Sendable, CaseIterable {
    case name, id, email
}

/// Whose tokens a client may exchange (RFC 8693 §2.1).
enum Exchanges: String, Sendable, CaseIterable {
    case own, all
}

extension ClientSettings {
    /// The fields of the operations, each optional.
    static let fields = own + OpenIDSettings.fields + TLSSettings.fields + SecretPolicy.fields

    private static let own: [Field] = [
        .optional("public", .bool, "An application that can keep no secret, such as one in a browser or on a phone."),
        .optional("native", .bool, "An application on a person's device; it may be sent back to loopback."),
        .optional(
            "grants", .texts(most: GrantTypes.all.count),
            "The grant types it may use: \(GrantTypes.all.map(\.name).joined(separator: ", ")). client_credentials if left out. "
                + "password and implicit are standing findings."
        ),
        .optional(
            "redirect_uris", .texts(most: Limits.redirectURIs.value), "Where codes may go; compared byte for byte."),
        .optional("without_pkce", .bool, "Lets a confidential client leave the proof key out. A standing finding."),
        .optional(
            "refresh_seconds", .int(60...Int64(Limits.refreshTokenSeconds.value)),
            "How long refresh tokens can be renewed; 100 days if left out."),
        .optional(
            "refresh_idle_seconds", .int(60...Int64(Limits.refreshTokenSeconds.value)),
            "How long a refresh token may lie unused; a day for public clients if left out, else no shorter."),
        .optional("code_seconds", .int(10...600), "How long a code can be redeemed; 60 if left out."),
        .optional("introspects_all", .bool, "An API that asks about tokens which other clients present to it."),
        .optional(
            "token_format", .oneOf(TokenFormat.allCases.map(\.rawValue)),
            "opaque: a secret without content. jwt: signed, and others can read it."),
        .optional(
            "jwks", .object,
            "Its public keys as a JWK set, each with a kid: it proves itself by them. No keys: they are taken away, and jwks_uri too."
        ),
        .optional(
            "jwks_uri", .text(most: Limits.clientURLBytes.value),
            "The https address where it publishes its keys, instead of jwks."),
        .optional(
            "certificates", .object, "Certificates with its keys: a PEM for each kid. None: they are taken away."),
        .optional(
            "jwt_subject", .oneOf(JWTSubject.allCases.map(\.rawValue)),
            "What of a user the sub of its assertions is; name if left out."),
        .optional(
            "acts_for_users", .bool,
            "It gets tokens for users that its signed assertions name. Takes the role admin, as a new key does then."),
        .optional("requires_dpop", .bool, "It gets only tokens that are bound to a key (DPoP)."),
        .optional(
            "exchanges_tokens", .oneOf(Exchanges.allCases.map(\.rawValue)),
            "Whose tokens it may exchange: own if left out; all for an API that calls further ones. all takes the role admin."
        ),
        .optional(
            "require_pushed_authorization_requests", .bool, "It gets codes only for requests that it pushed before."),
        .optional("require_signed_request_object", .bool, "It gets codes only for requests that it signed."),
        .optional(
            "introspection_signed_response_alg", .oneOf(SigningKeys.algorithms.map(\.rawValue)),
            "How answers about tokens are signed, where it asks for signed ones; RS256 if left out."),
        .optional(
            "resources", .texts(most: Limits.resourceServers.value),
            "The resource servers, beside this hub, that it may ask for tokens for: absolute URIs, compared byte for byte."
        ),
        .optional(
            "authorization_details_types", .texts(most: AuthorizationDetail.Kind.allCases.count),
            "The types of authorization details it may use: "
                + AuthorizationDetail.Kind.allCases.map(\.rawValue).joined(separator: ", ") + "."),
    ]

    /// These settings with what a request names.
    ///
    /// Throws `HubError` of kind `invalid` for what no client may have, whatever of it was there before; of kind
    /// `forbidden` for what this caller may not give.
    func changed(by request: OperationRequest) throws -> ClientSettings {
        var new = self
        new.isPublic = request.bool("public") ?? isPublic
        new.isNative = request.bool("native") ?? isNative
        new.withoutPKCE = request.bool("without_pkce") ?? withoutPKCE
        new.introspectsAll = request.bool("introspects_all") ?? introspectsAll
        new.refreshSeconds = request.int("refresh_seconds") ?? refreshSeconds
        new.refreshIdleSeconds = request.int("refresh_idle_seconds") ?? refreshIdleSeconds
        new.codeSeconds = request.int("code_seconds") ?? codeSeconds
        new.tokenFormat = request.text("token_format").flatMap(TokenFormat.init) ?? tokenFormat
        if let grants = request.texts("grants") { new.grants = Set(grants) }
        if let addresses = request.texts("redirect_uris") { new.redirectURIs = addresses }
        try new.changeKeys(by: request)
        new.jwtSubject = request.text("jwt_subject").flatMap(JWTSubject.init) ?? jwtSubject
        new.actsForUsers = request.bool("acts_for_users") ?? actsForUsers
        new.requiresDPoP = request.bool("requires_dpop") ?? requiresDPoP
        new.tls = try tls.changed(by: request)
        new.openID = openID.changed(by: request)
        new.exchanges = request.text("exchanges_tokens").flatMap(Exchanges.init) ?? exchanges
        new.requiresPushedRequests = request.bool("require_pushed_authorization_requests") ?? requiresPushedRequests
        new.requiresSignedRequests = request.bool("require_signed_request_object") ?? requiresSignedRequests
        new.introspectionAlgorithm =
            request.text("introspection_signed_response_alg").flatMap(JWSAlgorithm.init) ?? introspectionAlgorithm
        new.secrets = secrets.changed(by: request)
        new.resources = request.texts("resources") ?? resources
        new.detailTypes = request.texts("authorization_details_types") ?? detailTypes
        try new.check()
        let isAdmin = request.caller.roles.contains(AdminRole.admin.rawValue)
        if new.exchanges == .all, exchanges == .own { try OAuthServer.mustBeAdmin(request.caller) }
        // Whoever holds a key of such a client acts as any user, administrators too.
        let isAsBefore = actsForUsers && hasSameKeys(as: new) && jwtSubject == new.jwtSubject
        guard !new.actsForUsers || isAsBefore || isAdmin else {
            throw HubError(
                .forbidden, "acting_for_users",
                "A client that acts for users may stand for an administrator. Ask somebody with the role admin.")
        }
        return new
    }

    func check() throws {
        func refuse(_ reason: String, _ says: String) -> HubError { HubError(.invalid, reason, says) }
        let known = GrantTypes.all.map(\.name)
        if let other = grants.subtracting(known).min() {
            throw refuse(
                "unknown_grant",
                "There is no grant type \"\(Shown.name(other))\". Those that are offered: \(known.joined(separator: ", "))."
            )
        }
        for address in redirectURIs {
            _ = try RedirectURI(registering: address, isNative: isNative, isPublic: isPublic)
        }
        try openID.check(isNative: isNative, isPublic: isPublic)
        let answered = [GrantType.authorizationCode.name, GrantType.implicit.name]
        if let grant = answered.first(where: grants.contains), redirectURIs.isEmpty {
            throw refuse("redirect_uri_missing", "A client with \(grant) needs a redirect URI. Give redirect_uris.")
        }
        // RFC 9449 §5: only a request to the token endpoint brings a proof.
        if bindsTokens, grants.contains(GrantType.implicit.name) {
            throw refuse(
                "implicit_unbound",
                "Tokens by implicit are bound to nothing. Take implicit away, or what asks for bound tokens.")
        }
        if let other = resources.first(where: { !ResourceServer.isWellFormed($0) }) {
            // RFC 8707 §2 (MUST).
            throw refuse(
                "bad_resource",
                "The resource \"\(Shown.name(other))\" is not an absolute URI without a fragment, such as https://api.example."
            )
        }
        let types = AuthorizationDetail.Kind.allCases.map(\.rawValue)
        if let other = detailTypes.first(where: { !types.contains($0) }) {
            throw refuse(
                "unknown_detail_type",
                "There is no type of authorization details \"\(Shown.name(other))\". "
                    + "Those that are offered: \(types.joined(separator: ", ")).")
        }
        let proofs = [GrantType.clientCredentials.name, GrantType.jwtBearer.name, GrantType.tokenExchange.name]
        // RFC 6749 §4.4 (MUST): the client credentials grant is for confidential clients only. An assertion proves as much,
        // and an exchange for nobody would make more of a leaked token (RFC 8693 §2.1).
        if isPublic, let proving = grants.intersection(proofs).min() {
            throw refuse(
                "public_client",
                "A public client can't prove itself, so it can't act by \(proving). "
                    + "Give grants without it, such as authorization_code.")
        }
        try tls.check(isPublic: isPublic)
        if isPublic, hasKeys {
            throw refuse("public_client", "A public client can't keep a key. Take its keys or public away.")
        }
        try checkKeys()
        // RFC 9700 §2.1.1 (MUST): public clients use PKCE.
        if isPublic, withoutPKCE {
            throw refuse("public_client", "A public client needs the proof key. Leave without_pkce off.")
        }
        if isPublic, introspectsAll {
            throw refuse("public_client", "A public client can't ask about tokens. Leave introspects_all off.")
        }
        let asking = [GrantType.authorizationCode.name, GrantType.deviceCode.name, GrantType.password.name]
        if grants.contains(GrantType.refreshToken.name), grants.isDisjoint(with: asking) {
            throw refuse(
                "refresh_without_code",
                "refresh_token renews what a person allowed, so it comes with \(asking.joined(separator: " or ")). "
                    + "Give one of them too.")
        }
    }
}

extension ClientSettings {
    /// As it is stored, shown and kept in the history.
    var json: JSONObject {
        let own: JSONObject = [
            "public": .bool(isPublic), "native": .bool(isNative), "grants": .texts(grants.sorted()),
            "redirect_uris": .texts(redirectURIs), "without_pkce": .bool(withoutPKCE),
            "refresh_seconds": .int(refreshSeconds),
            "refresh_idle_seconds": refreshIdleSeconds.map { .int($0) } ?? .null,
            "code_seconds": .int(codeSeconds), "introspects_all": .bool(introspectsAll),
            "token_format": .string(tokenFormat.rawValue), "jwks": jwks ?? .null,
            "jwks_uri": jwksURI.map { .string($0) } ?? .null,
            "certificates": certificatesJSON,
            "jwt_subject": .string(jwtSubject.rawValue), "acts_for_users": .bool(actsForUsers),
            "requires_dpop": .bool(requiresDPoP), "exchanges_tokens": .string(exchanges.rawValue),
            "require_pushed_authorization_requests": .bool(requiresPushedRequests),
            "require_signed_request_object": .bool(requiresSignedRequests),
            "introspection_signed_response_alg": .string(introspectionAlgorithm.rawValue),
            "resources": .texts(resources), "authorization_details_types": .texts(detailTypes),
        ]
        return JSONObject(unique: own.members + openID.json.members + tls.json.members + secrets.json.members)
    }

    var stored: String { JSON.object(json).text(sorted: true) }

    /// Reads what is stored; empty for a client of before there were settings.
    init(stored text: String) throws {
        guard !text.isEmpty else { return }
        let json = try JSON.read(text)
        let standard = ClientSettings()
        func bool(_ name: String) -> Bool { json[name]?.bool ?? false }
        isPublic = bool("public")
        isNative = bool("native")
        withoutPKCE = bool("without_pkce")
        introspectsAll = bool("introspects_all")
        grants = json["grants"]?.texts.map { Set($0) } ?? []
        redirectURIs = json["redirect_uris"]?.texts ?? []
        refreshSeconds = json["refresh_seconds"]?.int ?? standard.refreshSeconds
        refreshIdleSeconds = json["refresh_idle_seconds"]?.int
        codeSeconds = json["code_seconds"]?.int ?? standard.codeSeconds
        tokenFormat = json["token_format"]?.string.flatMap(TokenFormat.init) ?? .opaque
        // Not by `?:`, whose nil would be a JSON null.
        if let keys = json["jwks"], keys != .null { jwks = keys }
        jwksURI = json["jwks_uri"]?.string
        for member in json["certificates"]?.object?.members ?? [] { certificates[member.name] = member.value.string }
        jwtSubject = json["jwt_subject"]?.string.flatMap(JWTSubject.init) ?? standard.jwtSubject
        actsForUsers = bool("acts_for_users")
        requiresDPoP = bool("requires_dpop")
        tls = try TLSSettings(stored: json)
        openID = OpenIDSettings(stored: json)
        exchanges = json["exchanges_tokens"]?.string.flatMap(Exchanges.init) ?? .own
        requiresPushedRequests = bool("require_pushed_authorization_requests")
        requiresSignedRequests = bool("require_signed_request_object")
        introspectionAlgorithm =
            json["introspection_signed_response_alg"]?.string.flatMap(JWSAlgorithm.init) ?? .rs256
        secrets = SecretPolicy(stored: json)
        resources = json["resources"]?.texts ?? []
        detailTypes = json["authorization_details_types"]?.texts ?? []
    }
}
