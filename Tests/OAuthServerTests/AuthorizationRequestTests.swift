import Core
import Testing

@testable import OAuthServer

private let callback = "https://app.example/cb"
private let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

/// One request and what its reading comes to.
private struct Row: Sendable, CustomTestStringConvertible {
    enum Expected: Sendable {
        /// A page with this reason; nobody is sent anywhere.
        case page(String)
        /// The client is told `error`, for this reason.
        case error(String, String)
        case asks
    }

    let name: String
    let query: String
    let expected: Expected
    let client: Client
    /// What comes back of `state`, and where.
    let state: String?
    let address: String
    var testDescription: String { name }

    /// - Parameters:
    ///   - without: parameters of the good request that are left out.
    ///   - more: raw text behind it.
    init(
        _ name: String, _ expected: Expected, without: Set<String> = [], _ more: String = "",
        _ client: Client = .web, state: String? = "s1", address: String = callback
    ) {
        let good = [
            ("response_type", "code"), ("client_id", "app"), ("redirect_uri", callback), ("scope", "incident.read"),
            ("state", "s1"), ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ]
        let kept = good.filter { !without.contains($0.0) }.map { ($0.0, $0.1) }
        self.name = name
        query =
            PercentEncoding.query(kept.map { (name: $0.0, value: $0.1) }) + more.replacing("\"", with: "%22")
        (self.expected, self.client, self.state, self.address) = (expected, client, state, address)
    }
}

extension Client {
    fileprivate static func of(_ change: (inout ClientSettings) -> Void) -> Client {
        var settings = ClientSettings()
        settings.grants = ["authorization_code"]
        settings.redirectURIs = [callback]
        change(&settings)
        var client = Client(
            id: ClientID("c1"), publicID: "app", name: "app", application: "global", isActive: true, user: UserID("u1"),
            tokenSeconds: 1_800, epoch: 0, createdAt: Timestamp(epochSeconds: 0), updatedAt: Timestamp(epochSeconds: 0),
            scopes: ["incident.read", "incident.write"], secrets: [])
        client.settings = settings
        return client
    }
    fileprivate static let web = of { _ in }
    fileprivate static let off: Client = {
        var client = web
        client.isActive = false
        return client
    }()
    fileprivate static let twoURIs = of { $0.redirectURIs.append("https://app.example/other") }
    fileprivate static let noURI = of { $0.redirectURIs = [] }
    fileprivate static let loopback = of {
        ($0.isNative, $0.isPublic, $0.redirectURIs) = (true, true, ["http://127.0.0.1/cb"])
    }
    fileprivate static let scheme = of {
        ($0.isNative, $0.isPublic, $0.redirectURIs) = (true, true, ["com.example.app:/cb"])
    }
    fileprivate static let noLongerNative = of { $0.redirectURIs = ["http://127.0.0.1/cb"] }
    fileprivate static let machine = of { $0.grants = ["client_credentials"] }
    fileprivate static let withoutPKCE = of { $0.withoutPKCE = true }
    fileprivate static let publicWithoutPKCE = of { ($0.withoutPKCE, $0.isPublic) = (true, true) }
}

private let unregistered = Row.Expected.page("redirect_uri_unregistered")
private let redirect: Set = ["redirect_uri"]
private let proof: Set = ["code_challenge", "code_challenge_method"]

private let rows: [Row] = [
    Row("a good request", .asks),
    // RFC 6749 §4.1.2.1: never to an address that is not known to be the client's.
    Row("A1 one byte more", unregistered, without: redirect, "&redirect_uri=https://app.example/cb/"),
    Row("A2 a query", unregistered, without: redirect, "&redirect_uri=https://app.example/cb?x%3D1"),
    Row("A2 user information", unregistered, without: redirect, "&redirect_uri=https://app.example@evil/cb"),
    Row(
        "A3 a port of the system's choosing", .asks, without: redirect, "&redirect_uri=http://127.0.0.1:51234/cb",
        .loopback),
    Row("A4 localhost", unregistered, without: redirect, "&redirect_uri=http://localhost:51234/cb", .loopback),
    Row(
        "loopback of a client that is native no longer", unregistered, without: redirect,
        "&redirect_uri=http://127.0.0.1/cb", .noLongerNative),
    Row(
        "A5 an unregistered address, silently", unregistered, without: redirect,
        "&redirect_uri=https://evil.example/&prompt=none"),
    Row("A5 no client", .page("client_id_missing"), without: ["client_id"]),
    Row("A5 a client without a name", .page("client_id_missing"), without: ["client_id"], "&client_id="),
    Row("A6 two addresses and none asked for", unregistered, without: redirect, "", .twoURIs),
    Row("A6 no address at all", unregistered, without: redirect, "", .noURI),
    Row("RFC 6749 §3.1.2.3 one address and none asked for", .asks, without: redirect),
    Row("RFC 6749 §3.1 an empty one counts as left out", .asks, without: redirect, "&redirect_uri="),
    Row("A9 client_id twice", .page("parameter_repeated"), "&client_id=app"),
    Row("A9 redirect_uri twice", .page("parameter_repeated"), "&redirect_uri=https://app.example/cb"),
    Row("A9 state twice", .error("invalid_request", "parameter_repeated"), "&state=s1", state: nil),
    Row("A9 scope twice", .error("invalid_request", "parameter_repeated"), "&scope=incident.read"),
    Row("A9 response_type twice", .error("invalid_request", "parameter_repeated"), "&response_type=code"),
    Row("A9 code_challenge twice, once empty", .error("invalid_request", "parameter_repeated"), "&code_challenge="),
    Row("A10 an unknown parameter", .asks, "&foo=bar&foo=baz"),
    Row("A11 no response_type", .error("invalid_request", "response_type_missing"), without: ["response_type"]),
    Row(
        "A11 foo", .error("unsupported_response_type", "response_type_unsupported"), without: ["response_type"],
        "&response_type=foo"),
    Row(
        "A11 code code", .error("unsupported_response_type", "response_type_unsupported"), without: ["response_type"],
        "&response_type=code+code"),
    Row(
        "A11 code token", .error("unsupported_response_type", "response_type_unsupported"), without: ["response_type"],
        "&response_type=code+token"),
    Row(
        "A11 token", .error("unauthorized_client", "implicit_not_allowed"), without: ["response_type"],
        "&response_type=token"),
    Row(
        "A12 a state of every kind", .asks, without: ["state"], "&state=%26%20%3D%2B%22%3C%C3%A9%0D%0A",
        state: "& =+\"<é\r\n"),
    Row("no state", .asks, without: ["state"], state: nil),
    Row("A22 web_message", .error("invalid_request", "response_mode_unsupported"), "&response_mode=web_message"),
    Row("fragment", .error("invalid_request", "response_mode_unsupported"), "&response_mode=fragment"),
    Row("query", .asks, "&response_mode=query"),
    Row("form_post", .asks, "&response_mode=form_post"),
    Row(
        "form_post to an application's own scheme", .error("invalid_request", "response_mode_unsupported"),
        without: redirect, "&response_mode=form_post", .scheme, address: "com.example.app:/cb"),
    Row("two modes", .error("invalid_request", "parameter_repeated"), "&response_mode=query&response_mode=form_post"),
    Row("B7 no challenge", .error("invalid_request", "challenge_missing"), without: proof),
    Row(
        "B7 an empty challenge", .error("invalid_request", "challenge_missing"), without: ["code_challenge"],
        "&code_challenge="),
    Row(
        "B9 a public client never goes without", .error("invalid_request", "challenge_missing"), without: proof, "",
        .publicWithoutPKCE),
    Row("B9 a confidential client that may go without", .asks, without: proof, "", .withoutPKCE),
    Row(
        "a method without a challenge", .error("invalid_request", "challenge_missing"), without: ["code_challenge"], "",
        .withoutPKCE),
    Row(
        "B10 plain", .error("invalid_request", "challenge_method_unsupported"), without: ["code_challenge_method"],
        "&code_challenge_method=plain"),
    Row(
        "B10 S512", .error("invalid_request", "challenge_method_unsupported"), without: ["code_challenge_method"],
        "&code_challenge_method=S512"),
    Row(
        "B10 no method, which means plain", .error("invalid_request", "challenge_method_unsupported"),
        without: ["code_challenge_method"]),
    Row(
        "B10 also where one may go without", .error("invalid_request", "challenge_method_unsupported"),
        without: ["code_challenge_method"], "", .withoutPKCE),
    Row(
        "a challenge that fits no verifier", .error("invalid_request", "challenge_malformed"),
        without: ["code_challenge"], "&code_challenge=short"),
    Row("no such grant for the client", .error("unauthorized_client", "grant_not_allowed"), "", .machine),
    Row("a client that is off", .page("client_inactive"), "", .off),
    Row("RFC 6749 §3.3 no scope", .error("invalid_scope", "scope_not_asked"), without: ["scope"]),
    Row(
        "a scope that it does not hold", .error("invalid_scope", "scope_not_held"), without: ["scope"], "&scope=hr.read"
    ),
    Row(
        "a malformed scope", .error("invalid_scope", "scope_malformed"), without: ["scope"],
        "&scope=incident.read++hr.read"),
    Row("prompt none", .asks, "&prompt=none"), Row("prompt login consent", .asks, "&prompt=login+consent"),
    Row("prompt none beside another", .error("invalid_request", "prompt_unreadable"), "&prompt=none+login"),
    Row("an unknown prompt", .error("invalid_request", "prompt_unreadable"), "&prompt=create"),
    Row("max_age", .asks, "&max_age=0"),
    Row("max_age below 0", .error("invalid_request", "max_age_unreadable"), "&max_age=-1"),
    Row("max_age in words", .error("invalid_request", "max_age_unreadable"), "&max_age=soon"),
    Row(
        "a nonce over its bound", .error("invalid_request", "text_too_long"),
        "&nonce=" + String(repeating: "n", count: 513)),
    Row("a nonce and a hint within", .asks, "&login_hint=mara&nonce=" + String(repeating: "n", count: 512)),
    Row(
        "§5.5: claims", .asks, "&claims={\"userinfo\":{\"name\":null},\"id_token\":{\"acr\":null,\"x\":{}},\"more\":1}"),
    Row("§5.5: claims of no object", .error("invalid_request", "claims_unreadable"), "&claims=[]"),
    Row("§5.5: claims cut off", .error("invalid_request", "claims_unreadable"), "&claims={\"id_token\":"),
    Row(
        "§5.5: claims of another shape", .error("invalid_request", "claims_unreadable"),
        "&claims={\"id_token\":{\"name\":true}}"),
    Row("claims twice", .error("invalid_request", "parameter_repeated"), "&claims={}&claims={}"),
    Row(
        "claims over their bound", .error("invalid_request", "claims_unreadable"),
        "&claims={\"x\":\"" + String(repeating: "y", count: 2_000) + "\"}"),
    Row(
        "§5.5.1.1: a context that must be stated",
        .error("unmet_authentication_requirements", "acr_not_stated"),
        "&claims={\"id_token\":{\"acr\":{\"essential\":true,\"values\":[\"phr\"]}}}"),
    Row(
        "§5.5.1.1: a context that may be stated", .asks, "&claims={\"id_token\":{\"acr\":{\"values\":[\"phr\"]}}}"),
    Row("a hint twice", .error("invalid_request", "parameter_repeated"), "&id_token_hint=a&id_token_hint=a"),
]

@Test("what an authorization request comes to", arguments: rows)
private func reading(_ row: Row) throws {
    let pairs = try FormParameters(row.query.utf8).pairs.map { (name: $0.name, value: $0.value) }
    let sent = AuthorizationParameters(pairs: pairs)
    let reading: AuthorizationReading =
        switch AuthorizationRequest.clientID(sent) {
        case .failure(let error): .page(error)
        case .success: AuthorizationRequest.read(sent, of: row.client)
        }
    switch (reading, row.expected) {
    case (.page(let refusal), .page(let reason)):
        #expect(refusal.error.reason == reason)
        #expect(refusal.error.kind == .invalid)
    case (.refused(let refusal, let answer, _), .error(let code, let reason)):
        #expect(refusal.code.rawValue == code)
        #expect(refusal.reason == reason)
        #expect(answer.state == row.state)
        #expect(answer.redirectURI == row.address)
    case (.asks(let request, _), .asks):
        #expect(request.answer.state == row.state)
        #expect(request.scopes == ["incident.read"])
    default: Issue.record("\(row.name): \(reading)")
    }
}

@Test("A5: an unknown client is told nothing") func unknownClient() {
    let sent = AuthorizationParameters(pairs: [("client_id", "app"), ("redirect_uri", callback)])
    guard case .page(let refusal) = AuthorizationRequest.read(sent, of: nil) else {
        Issue.record("it was read")
        return
    }
    #expect(refusal.error.reason == "client_unknown")
}

@Test("A12, A17: an answer has the state byte for byte, once, and the issuer; a query that was there stays")
func location() throws {
    let state = String(repeating: "&=+\"<é%26%3D\r\n#?", count: 100)
    for base in ["https://app.example/cb", "https://app.example/cb?tenant=1"] {
        let answer = AnswerAddress(redirectURI: base, isStated: true, state: state)
        let text = answer.location(code: Secret("lpac_x"), issuer: "https://hub.example").reveal {
            String(decoding: $0, as: UTF8.self)
        }
        let parts = text.split(separator: "?", maxSplits: 1)
        let pairs = try FormParameters(parts[1].utf8).pairs
        #expect(text.hasPrefix(base))
        #expect(pairs.filter { $0.name == "state" }.map { Array($0.value.utf8) } == [Array(state.utf8)])
        #expect(pairs.filter { $0.name == "iss" }.map(\.value) == ["https://hub.example"])
        #expect(pairs.filter { $0.name == "code" }.map(\.value) == ["lpac_x"])
        #expect(pairs.contains { $0.name == "tenant" } == base.contains("tenant"))
        #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    }
}

private let signedIn = Timestamp(epochSeconds: 1_790_000_000)

@Test(
    "OpenID Connect Core 1.0 §3.1.2.1: what comes next for somebody who signed in 100 seconds ago",
    arguments: [
        ("", false, true, Authorizing.Next.ask), ("", true, true, .grant), ("", true, false, .ask),
        ("prompt=consent", true, true, .ask), ("prompt=login", true, true, .signIn),
        ("prompt=select_account", true, true, .signIn), ("prompt=login+consent", true, true, .signIn),
        ("max_age=100", true, true, .grant), ("max_age=99", true, true, .signIn), ("max_age=0", true, true, .signIn),
        ("prompt=none", true, true, .grant), ("prompt=none", false, true, .refuse(.consentRequired)),
        ("prompt=none", true, false, .refuse(.interactionRequired)),
        ("prompt=none&max_age=99", true, true, .refuse(.loginRequired)),
    ])
func next(_ more: String, _ remembers: Bool, _ mayGoOn: Bool, _ expected: Authorizing.Next) throws {
    let text =
        "client_id=app&response_type=code&scope=incident.read&code_challenge_method=S256&code_challenge=\(challenge)&\(more)"
    let pairs = try FormParameters(text.utf8).pairs.map { (name: $0.name, value: $0.value) }
    let reading = AuthorizationRequest.read(AuthorizationParameters(pairs: pairs), of: .web)
    guard case .asks(let request, _) = reading else {
        Issue.record("\(reading)")
        return
    }
    let next = Authorizing.next(
        request, signedInAt: signedIn, remembers: remembers, mayGoOn: mayGoOn, at: signedIn.adding(seconds: 100))
    #expect(next == expected)
}

@Test(
    "a sign-in answers prompt=login and max_age, and nothing else is lost",
    arguments: [
        ("prompt=login&state=x", "state=x"), ("prompt=login+consent", "prompt=consent"), ("max_age=5&a=b", "a=b"),
        ("prompt=none", "prompt=none"), ("prompt=select_account", ""), ("a=1&a=%262", "a=1&a=%262"),
    ])
func afterSignIn(_ before: String, _ after: String) throws {
    let pairs = try FormParameters(before.utf8).pairs.map { (name: $0.name, value: $0.value) }
    #expect(PercentEncoding.query(AuthorizationParameters(pairs: pairs).afterSignIn) == after)
}
