import Core

/// The parameters of a request to the authorization endpoint, unread.
struct AuthorizationParameters: Sendable {
    var pairs: [(name: String, value: String)]
    /// What pages carry in their place; nil where they came by themselves.
    var reference: RequestReference?
    /// Whether the client pushed them (RFC 9126 §2), and whether it signed them (RFC 9101 §5).
    var isPushed = false
    var isSigned = false
    /// Why what they refer to does not count.
    var refusal: AuthorizationRefusal?

    /// RFC 6749 §3.1 (MUST): a parameter without a value counts as left out.
    subscript(name: String) -> String? { pairs.first { $0.name == name && !$0.value.isEmpty }?.value }

    /// The values of one that may come more than once (RFC 8707 §2).
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    /// RFC 6749 §3.1 (MUST NOT): more than once, with a value or without.
    func isRepeated(_ name: String) -> Bool { pairs.count { $0.name == name } > 1 }

    /// OpenID Connect Core 1.0 §3.1.2.1: nobody may be shown anything, whatever else is wrong.
    var isSilent: Bool { self["prompt"] == AuthorizationRequest.Prompt.none.rawValue }

    /// The same, refused for what they refer to.
    func refused(_ refusal: AuthorizationRefusal) -> AuthorizationParameters {
        var refused = self
        refused.refusal = refusal
        return refused
    }

    /// As pages carry the request.
    var carried: String { reference?.query ?? PercentEncoding.query(pairs) }

    /// The same once somebody has signed in for it.
    var carriedAfterSignIn: String { reference?.query ?? PercentEncoding.query(afterSignIn) }

    /// The same request once somebody has signed in for it, which answers `prompt=login` and `max_age`.
    var afterSignIn: [(name: String, value: String)] {
        let answered: Set = [
            AuthorizationRequest.Prompt.login.rawValue, AuthorizationRequest.Prompt.selectAccount.rawValue,
        ]
        return pairs.compactMap { pair in
            guard pair.name == "prompt" else { return pair.name == "max_age" ? nil : pair }
            let left = pair.value.split(separator: " ").map(String.init).filter { !answered.contains($0) }
            return left.isEmpty ? nil : (pair.name, left.joined(separator: " "))
        }
    }
}

/// A request for a code (RFC 6749 §4.1.1), or for a token (§4.2.1), of a client that may make it. Whether its scopes exist is looked up later.
struct AuthorizationRequest: Sendable, Equatable {
    /// OpenID Connect Core 1.0 §3.1.2.1.
    enum Prompt: String, Sendable, CaseIterable {
        case none, login, consent
        case selectAccount = "select_account"
    }

    let answer: AnswerAddress
    /// In the order they were asked for.
    let scopes: [String]
    /// S256; nil only where the client may go without.
    let challenge: String?
    let nonce: String?
    let prompts: Set<Prompt>
    /// How many seconds ago the person may have signed in at most.
    let maxAge: Int64?
    var claims = ClaimsRequest()
    /// An ID token, of which nothing is verified yet (OpenID Connect Core 1.0 §3.1.2.1).
    var hint: String?
    /// Whether a token is the answer, and no code.
    var asksForToken = false
    /// The thumbprint of the key that the code shall be bound to (RFC 9449 §10).
    var codeKey: String?
    /// Where it came by reference.
    var reference: RequestReference?
    /// The resource servers and details that were asked for.
    var carried = Carried()
}

/// What reading a request came to, in the order of RFC 6749 §4.1.2.1: nothing goes to an address that is not known to be
/// the client's.
enum AuthorizationReading: Sendable {
    /// A page says what is wrong; nobody is sent anywhere.
    case page(PageRefusal)
    /// The client is told.
    case refused(AuthorizationRefusal, AnswerAddress, Client)
    case asks(AuthorizationRequest, Client)
}

extension AuthorizationRequest {
    /// Whom the request is from, before anything else of it counts.
    static func clientID(_ sent: AuthorizationParameters) -> Result<String, PageRefusal> {
        guard !sent.isRepeated("client_id"), !sent.isRepeated("redirect_uri") else {
            return .failure(
                page(.client.repeated, "The application sent client_id or redirect_uri more than once."))
        }
        guard let id = sent["client_id"], id.utf8.count <= Limits.clientURLBytes.value else {
            return .failure(page(.request.clientIDMissing, "The application did not say which one it is."))
        }
        return .success(id)
    }

    /// Reads the rest, for the client that it is from; nil for one that is not registered.
    static func read(_ sent: AuthorizationParameters, of client: Client?) -> AuthorizationReading {
        guard let client else {
            return .page(clientUnknown)
        }
        guard client.isActive else { return .page(page(.client.inactive, "The application is switched off.")) }
        // Of a request that refers to what does not count, only an address that it states by itself is known.
        if let refusal = sent.refusal, sent["redirect_uri"] == nil {
            return .page(page(refusal.why, refusal.description))
        }
        guard let redirectURI = redirectURI(sent["redirect_uri"], of: client) else {
            return .page(
                page(
                    .request.redirectUnregistered,
                    "The address that the application wants the answer at is not one that is registered for it."))
        }
        let answer = AnswerAddress(
            redirectURI: redirectURI, isStated: sent["redirect_uri"] != nil,
            state: sent.isRepeated("state") ? nil : sent["state"],
            mode: ResponseMode(
                asked: sent, for: redirectURI,
                // One that may not do so reads no fragments.
                isToken: sent["response_type"] == "token" && mayAskForToken(client)))
        do { return .asks(try request(sent, client, answer), client) } catch { return .refused(error, answer, client) }
    }

    static let clientUnknown = page(.client.unknown, "The application is not registered here.")

    private static func page(_ why: RefusalReason, _ what: String) -> PageRefusal {
        PageRefusal(
            .invalid, why,
            "\(what) Nothing was sent to it. Go back to the application, or tell whoever runs it the correlation id.")
    }

    /// RFC 6749 §3.1.2.3: the one that was asked for, or the only one there is.
    private static func redirectURI(_ asked: String?, of client: Client) -> String? {
        let settings = client.settings
        guard let asked else { return settings.redirectURIs.count == 1 ? settings.redirectURIs.first : nil }
        let isOurs = settings.redirectURIs.contains { text in
            // What was registered under other settings than those of now does not count.
            do {
                return try RedirectURI(registering: text, isNative: settings.isNative, isPublic: settings.isPublic)
                    .matches(asked)
            } catch { return false }
        }
        return isOurs ? asked : nil
    }

    private static func mayAskForToken(_ client: Client) -> Bool {
        client.settings.grants.contains(GrantType.implicit.name)
    }

    private static let once = [
        "response_type", "response_mode", "scope", "state", "code_challenge", "code_challenge_method", "nonce",
        "prompt",
        "max_age", "login_hint", "dpop_jkt", "claims", "id_token_hint", "authorization_details",
    ]

    private static func request(
        _ sent: AuthorizationParameters, _ client: Client, _ answer: AnswerAddress
    ) throws(AuthorizationRefusal) -> AuthorizationRequest {
        if let refusal = sent.refusal { throw refusal }
        // RFC 9126 §6: the client pushes all its requests.
        guard sent.isPushed || !client.settings.requiresPushedRequests else { throw .notPushed }
        // RFC 9101 §10.5: and signs them all.
        guard sent.isSigned || !client.settings.requiresSignedRequests else { throw .notSigned }
        guard !once.contains(where: sent.isRepeated) else { throw .repeated }
        switch sent["response_type"] {
        case nil: throw .responseTypeMissing
        case "code": guard client.settings.grants.contains("authorization_code") else { throw .grantNotAllowed }
        // RFC 9700 §2.1.2: nobody gets a token from this endpoint who was not let.
        case "token": guard mayAskForToken(client) else { throw .implicitNotAllowed }
        default: throw .responseTypeUnsupported
        }
        let asksForToken = answer.mode == .fragment
        guard [nil, answer.mode.rawValue].contains(sent["response_mode"]) else { throw .responseModeUnsupported }
        let challenge = asksForToken ? nil : try challenge(sent, client.settings)
        // RFC 9449 §10: a code is what it binds.
        guard !asksForToken || sent["dpop_jkt"] == nil else { throw .keyWithoutCode }
        let prompts = try prompts(sent["prompt"])
        for text in [sent["nonce"], sent["login_hint"]] where text?.utf8.count ?? 0 > Limits.authorizeTextBytes.value {
            throw .textTooLong
        }
        return AuthorizationRequest(
            answer: answer, scopes: try scopes(sent["scope"], client), challenge: challenge, nonce: sent["nonce"],
            prompts: prompts, maxAge: try maxAge(sent["max_age"]), claims: try claims(sent["claims"]),
            hint: sent["id_token_hint"], asksForToken: asksForToken, codeKey: try codeKey(sent["dpop_jkt"]),
            reference: sent.reference)
    }

    /// RFC 9449 §10: a thumbprint of SHA-256 (RFC 7638 §3.1). Any other fits no key.
    private static func codeKey(_ text: String?) throws(AuthorizationRefusal) -> String? {
        guard let text else { return nil }
        guard Base64URL.decode(text)?.count == 32 else { throw .keyMalformed }
        return text
    }

    /// RFC 9700 §2.1.1 (MUST): a proof key for every public client; for the others unless an administrator said otherwise.
    private static func challenge(
        _ sent: AuthorizationParameters, _ settings: ClientSettings
    ) throws(AuthorizationRefusal) -> String? {
        guard let challenge = sent["code_challenge"] else {
            guard sent["code_challenge_method"] == nil, settings.withoutPKCE, !settings.isPublic else {
                throw .challengeMissing
            }
            return nil
        }
        // RFC 7636 §4.3: left out it means `plain`, which shows the verifier to whoever sees the request.
        guard sent["code_challenge_method"] == "S256" else { throw .challengeMethod }
        guard CodeChallenge.isS256(challenge) else { throw .challengeMalformed }
        return challenge
    }

    private static func prompts(_ text: String?) throws(AuthorizationRefusal) -> Set<Prompt> {
        guard let text else { return [] }
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let prompts = Set(words.compactMap(Prompt.init(rawValue:)))
        guard words.allSatisfy({ Prompt(rawValue: $0) != nil }), !prompts.contains(.none) || prompts.count == 1 else {
            throw .promptUnreadable
        }
        return prompts
    }

    private static func claims(_ text: String?) throws(AuthorizationRefusal) -> ClaimsRequest {
        guard let text else { return ClaimsRequest() }
        let claims = try ClaimsRequest(reading: text)
        // OpenID Connect Core 1.0 §5.5.1.1 (MUST): as a failed sign-in.
        guard !claims.demandsContext else { throw .contextUnmet }
        return claims
    }

    private static func maxAge(_ text: String?) throws(AuthorizationRefusal) -> Int64? {
        guard let text else { return nil }
        guard let seconds = Int64(text), (0...Int64(Int32.max)).contains(seconds) else { throw .maxAgeUnreadable }
        return seconds
    }

    /// RFC 6749 §3.3: as at the token endpoint.
    private static func scopes(_ text: String?, _ client: Client) throws(AuthorizationRefusal) -> [String] {
        switch ScopeAsked.read(text) {
        case .failure(let refusal): throw .scope(refusal)
        case .success(let names):
            guard names.allSatisfy(client.scopes.contains) else { throw .scope(.scopeNotHeld) }
            return names
        }
    }
}
