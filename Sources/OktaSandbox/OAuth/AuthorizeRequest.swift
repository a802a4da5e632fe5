import Core

/// What an application asks for at `/authorize`, after every check that needs no person.
struct AuthorizeRequest: Sendable {
    let appID: String
    let back: ReturnAddress
    /// What the application will get: asked for and granted.
    let scopes: [String]
    let nonce: String?
    /// The S256 challenge; nil where the application sent none and need not.
    let challenge: String?
    let prompt: Set<Prompt>
    let loginHint: String?

    enum Prompt: String, Sendable {
        case none
        case login
        case consent
    }

    /// Where the browser goes back to, and how.
    struct ReturnAddress: Sendable {
        enum Mode: String, Sendable {
            case query
            case fragment
        }

        let uri: String
        var state: String?
        var mode: Mode = .query

        /// Sends the browser back with these parameters and the state.
        func reply(_ parameters: [(String, String)], cookie: String? = nil) -> SandboxReply {
            let all = parameters + (state.map { [("state", $0)] } ?? [])
            let text = all.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
            let joint = mode == .fragment ? "#" : uri.contains("?") ? "&" : "?"
            var headers = [("Location", uri + joint + text), ("Cache-Control", "no-store")]
            if let cookie { headers.append(("Set-Cookie", cookie)) }
            return SandboxReply(status: 302, headers: headers)
        }

        func reply(_ error: OAuthError) -> SandboxReply {
            reply([("error", error.error), ("error_description", error.description)])
        }
    }

    /// An error, and where it is told: to the application, or to the person where no address can be trusted.
    struct Refusal: Error {
        let error: OAuthError
        let back: ReturnAddress?

        var reply: SandboxReply { back?.reply(error) ?? SandboxPages.refused(error) }
    }

    /// Judges a request. Until client and redirect URI are known to belong together nothing is sent anywhere.
    init(_ form: FormParameters, _ org: OktaOrg) throws(Refusal) {
        let (app, client, uri) = try Self.client(form, org)
        var back = ReturnAddress(uri: uri)
        do throws(OAuthError) {
            back.state = try Self.text("state", form)
            if let mode = try Self.text("response_mode", form) {
                guard let mode = ReturnAddress.Mode(rawValue: mode) else { throw .responseMode }
                back.mode = mode
            }
            // Okta asks for what RFC 6749 §4.1.1 recommends.
            guard back.state?.isEmpty == false else { throw .badState }
            guard client.kind != .service else { throw .serviceAtAuthorize }
            guard try Self.text("response_type", form) == "code" else { throw .responseType }
            guard client.grants.contains(.code) else { throw .unauthorizedClient(client.grants) }
            challenge = try Self.challenge(form, client)
            prompt = try Self.prompt(form)
            scopes = try OAuthScopes.granted(OAuthScopes.read(try Self.text("scope", form) ?? ""), to: app)
            nonce = try Self.text("nonce", form)
            loginHint = try Self.text("login_hint", form)
        } catch {
            throw Refusal(error: error, back: back)
        }
        appID = app.id
        self.back = back
    }

    private static func client(
        _ form: FormParameters, _ org: OktaOrg
    ) throws(Refusal) -> (App, OAuthClient, String) {
        let id: String?
        let uri: String?
        do throws(OAuthError) {
            id = try text("client_id", form)
            uri = try text("redirect_uri", form)
        } catch {
            throw Refusal(error: error, back: nil)
        }
        guard let (app, client) = id.flatMap(org.client) else { throw Refusal(error: .unknownClient, back: nil) }
        // RFC 9700 §2.1: exact comparison, as bytes.
        guard let uri, client.redirectURIs.contains(where: { $0.isExactly(uri) }) else {
            throw Refusal(error: client.kind == .service ? .serviceAtAuthorize : .badRedirectURI, back: nil)
        }
        return (app, client, uri)
    }

    /// RFC 7636 §4.2, §4.3: 43 to 128 unreserved characters; S256 alone, as Okta has it.
    private static func challenge(_ form: FormParameters, _ client: OAuthClient) throws(OAuthError) -> String? {
        guard let challenge = try text("code_challenge", form) else {
            if client.requiresPKCE || client.method == .none { throw .challengeMissing }
            return nil
        }
        guard try text("code_challenge_method", form) == "S256" else { throw .challengeMethod }
        guard CodeVerifier.isWellFormed(challenge) else { throw .badChallenge }
        return challenge
    }

    private static func prompt(_ form: FormParameters) throws(OAuthError) -> Set<Prompt> {
        guard let text = try text("prompt", form) else { return [] }
        var found: Set<Prompt> = []
        for word in text.split(separator: " ") {
            guard let prompt = Prompt(rawValue: String(word)) else { throw .badPrompt }
            found.insert(prompt)
        }
        if found.contains(.none) && found.count > 1 { throw .badPrompt }
        return found
    }

    private static func text(_ name: String, _ form: FormParameters) throws(OAuthError) -> String? {
        do { return try form.value(name) } catch { throw .repeated }
    }
}
