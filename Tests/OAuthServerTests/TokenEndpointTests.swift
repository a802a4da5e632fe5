import Core
import OAuthServer
import Ports
import Storage
import TestSupport
import Testing

/// One exchange with the token endpoint as a row. ID and SECRET stand for those of the client.
struct Exchange: Sendable, CustomTestStringConvertible {
    let name: String
    let body: String
    var authorization: [String] = []
    var contentType: String? = "application/x-www-form-urlencoded"
    let status: Int
    let error: String?
    let reason: String
    var events: [String] = []
    var testDescription: String { name }

    init(
        _ name: String, _ body: String, authorization: [String] = [],
        contentType: String? = "application/x-www-form-urlencoded", _ status: Int, _ error: String?, _ reason: String,
        events: [String] = []
    ) {
        self.name = name
        self.body = body
        self.authorization = authorization
        self.contentType = contentType
        self.status = status
        self.error = error
        self.reason = reason
        self.events = events
    }

    func filled(_ client: (id: String, secret: String)) -> (body: String, authorization: [String]) {
        func fill(_ text: String) -> String {
            // The id first: it is hexadecimal, while a secret may hold any letters.
            text.replacing("ID", with: client.id).replacing("SECRET", with: client.secret)
                .replacing("ENCODED", with: client.secret.utf8.map { "%" + String($0, radix: 16) }.joined())
        }
        return (
            fill(body),
            authorization.map { $0.hasPrefix("basic64 ") ? "Basic " + base64(fill(String($0.dropFirst(8)))) : fill($0) }
        )
    }
}

private let grant = "grant_type=client_credentials&scope=incident.read"
private let post = grant + "&client_id=ID&client_secret=SECRET"
private let issued = ["token.issued"]
private let refused = ["token.refused"]

private let exchanges: [Exchange] = [
    Exchange("RFC 6749 §4.4, §2.3.1: client_secret_post", post, 200, nil, "", events: issued),
    Exchange(
        "RFC 6749 §2.3.1: client_secret_basic", grant, authorization: ["basic64 ID:SECRET"], 200, nil, "",
        events: issued),
    Exchange(
        "RFC 6749 §2.3.1: form-urlencoded inside Basic", grant,
        authorization: ["basic64 ID:ENCODED"], 200, nil, "", events: issued),
    Exchange(
        "Basic with client_id in the body too", grant + "&client_id=ID", authorization: ["basic64 ID:SECRET"], 200,
        nil, "", events: issued),
    Exchange(
        "content type with a charset", post, contentType: "Application/X-WWW-Form-URLencoded; charset=UTF-8", 200, nil,
        "", events: issued),
    Exchange("RFC 6749 §3.2: unknown parameters are ignored", post + "&foo=bar", 200, nil, "", events: issued),
    Exchange(
        "RFC 6749 §3.3: several scopes", post.replacing("incident.read", with: "incident.write+incident.read"), 200,
        nil, "", events: issued),

    Exchange(
        "E1: two methods", post, authorization: ["basic64 ID:SECRET"], 400, "invalid_request",
        "client_authentication_twice"),
    Exchange(
        "RFC 6749 §2.3: secret and assertion", post + "&client_assertion=x", 400, "invalid_request",
        "client_authentication_twice"),
    Exchange(
        "RFC 6749 §2.3: two Authorization headers", grant, authorization: ["basic64 ID:SECRET", "basic64 ID:SECRET"],
        400, "invalid_request", "client_authentication_twice"),
    Exchange(
        "Basic of one client, client_id of another", grant + "&client_id=other",
        authorization: ["basic64 ID:SECRET"], 400, "invalid_request", "client_authentication_twice"),
    Exchange(
        "E2: wrong secret by Basic", grant, authorization: ["basic64 ID:wrong"], 401, "invalid_client",
        "client_secret_wrong"),
    Exchange(
        "wrong secret in the body", grant + "&client_id=ID&client_secret=wrong", 401, "invalid_client",
        "client_secret_wrong"),
    Exchange(
        "unknown client", grant + "&client_id=other&client_secret=SECRET", 401, "invalid_client",
        "client_unknown"),
    Exchange(
        "a client is known by its client_id only, not by its name", grant + "&client_id=hr-system&client_secret=SECRET",
        401, "invalid_client", "client_unknown"),
    Exchange("E3: no credentials in header or body", grant, 401, "invalid_client", "client_credentials_missing"),
    Exchange("client_id alone", grant + "&client_id=ID", 401, "invalid_client", "client_credentials_missing"),
    Exchange(
        "an empty secret counts as left out (§3.2)", grant + "&client_id=ID&client_secret=", 401,
        "invalid_client", "client_credentials_missing"),
    Exchange(
        "a Bearer header is no client authentication", grant, authorization: ["Bearer SECRET"], 401,
        "invalid_client", "client_credentials_unreadable"),
    Exchange(
        "Basic that is no base64", grant, authorization: ["Basic SECRET!"], 401, "invalid_client",
        "client_credentials_unreadable"),

    Exchange(
        "RFC 6749 §3.2: a parameter twice", post + "&scope=incident.read", 400, "invalid_request",
        "form_unreadable"),
    Exchange("an unknown parameter twice", post + "&x=1&x=2", 400, "invalid_request", "form_unreadable"),
    Exchange("E13: NUL", post + "&x=%00", 400, "invalid_request", "form_unreadable"),
    Exchange("E13: a bad escape", post + "&x=%zz", 400, "invalid_request", "form_unreadable"),
    Exchange("E13: not UTF-8", post + "&x=%ff", 400, "invalid_request", "form_unreadable"),
    Exchange(
        "JSON is not read", "{\"grant_type\":\"client_credentials\"}", contentType: "application/json", 400,
        "invalid_request", "content_type_wrong"),
    Exchange("no content type", post, contentType: nil, 400, "invalid_request", "content_type_wrong"),
    Exchange(
        "a multipart form", post, contentType: "multipart/form-data; boundary=x", 400, "invalid_request",
        "content_type_wrong"),

    Exchange(
        "RFC 6749 §5.2: no grant_type", "client_id=ID&client_secret=SECRET", 400, "invalid_request",
        "grant_type_missing", events: refused),
    Exchange(
        "C12: the password grant is off", "grant_type=password&client_id=ID&client_secret=SECRET", 400,
        "unauthorized_client", "grant_type_not_allowed", events: refused),
    Exchange(
        "C3: no scope asked", "grant_type=client_credentials&client_id=ID&client_secret=SECRET", 400,
        "invalid_scope", "scope_not_asked", events: refused),
    Exchange(
        "RFC 6749 §3.3: a scope that is not held", post.replacing("incident.read", with: "hr.read"), 400,
        "invalid_scope", "scope_not_held", events: refused),
    Exchange(
        "a scope that does not exist reads the same", post.replacing("incident.read", with: "nope"), 400,
        "invalid_scope", "scope_not_held", events: refused),
    Exchange(
        "one scope held, one not: nothing is issued", post.replacing("incident.read", with: "incident.read+hr.read"),
        400, "invalid_scope", "scope_not_held", events: refused),
    Exchange(
        "RFC 6749 §3.3: two spaces", post.replacing("incident.read", with: "incident.read++incident.write"), 400,
        "invalid_scope", "scope_malformed", events: refused),
    Exchange(
        "RFC 6749 §3.3: a quote", post.replacing("incident.read", with: "%22"), 400, "invalid_scope",
        "scope_malformed", events: refused),
]

@Test("token endpoint", arguments: TestStore.allCases, exchanges)
func exchange(_ store: TestStore, _ row: Exchange) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        let before = try await desk.actions().count
        let (body, authorization) = row.filled(client)
        let response = await desk.send(body, authorization: authorization, contentType: row.contentType)
        #expect(response.status == row.status)
        #expect(response.body["error"]?.string == row.error)
        #expect(response.reason == row.reason)
        #expect(response.problem == nil)
        let events = try await desk.actions().dropFirst(before)
        #expect(Array(events) == row.events)
        let tokens = try await desk.count("SELECT COUNT(*) AS n FROM token")
        #expect(tokens == (row.error == nil ? 1 : 0))
        // RFC 6749 §5.1, §5.2.
        let headers = Dictionary(uniqueKeysWithValues: response.headers.map { ($0.name, $0.value) })
        #expect(headers["cache-control"] == "no-store")
        #expect(headers["pragma"] == "no-cache")
        #expect(headers["content-type"] == "application/json")
        #expect((headers["www-authenticate"] == "Basic realm=\"linchpin\"") == (row.status == 401))
        if row.error != nil {
            #expect(!response.body.text().contains(client.secret))
            #expect(response.body["access_token"] == nil)
            // RFC 6749 §5.2 (MUST NOT): characters outside %x20-21 / %x23-5B / %x5D-7E.
            let says = response.body["error_description"]?.string ?? ""
            #expect(!says.isEmpty && says.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        }
    }
}

@Test("RFC 6749 §5.1: what a token response holds", arguments: TestStore.allCases)
func response(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client("hr-system", ["token_seconds": 600])
        let response = await desk.ask(client, scope: "incident.write+incident.read+incident.write")
        let token = try #require(response.body["access_token"]?.string)
        #expect(response.body.object?.members.map(\.name) == ["access_token", "token_type", "expires_in", "scope"])
        #expect(response.body["token_type"] == "Bearer")
        #expect(response.body["expires_in"] == 600)
        #expect(response.body["scope"] == "incident.write incident.read")
        #expect(response.client == "hr-system")
        #expect(response.user == "svc.hr")
        #expect(response.outcome == .allowed)
        #expect(token.hasPrefix("lpat_"))
        let event = try #require(try await desk.events().last)
        #expect(event["details"]?["scope"] == "incident.write incident.read")
        #expect(event["details"]?["grant_type"] == "client_credentials")
        #expect(event["actor"]?["name"] == "hr-system")
    }
}

@Test("an unknown client and a wrong secret read the same")
func indistinguishable() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let client = try await desk.client()
        let wrong = await desk.send(grant, authorization: [basic(client.id, "lpcs_wrong")])
        let unknown = await desk.send(grant, authorization: [basic("0123", "lpcs_wrong")])
        #expect(wrong.status == unknown.status)
        #expect(wrong.headers.map(\.value) == unknown.headers.map(\.value))
        #expect(wrong.body["error"] == unknown.body["error"])
        #expect(wrong.body["error_description"] == unknown.body["error_description"])
        #expect(wrong.client == unknown.client)
    }
}

@Test("E4: wrong secrets are slowed down, the right one always works, other clients notice nothing")
func bruteForce() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let client = try await desk.client()
        let other = try await desk.client("other")
        var statuses: [Int] = []
        for _ in 0..<50 { statuses.append(await desk.ask((client.id, "wrong")).status) }
        #expect(statuses.prefix(10).allSatisfy { $0 == 401 })
        #expect(statuses.dropFirst(10).allSatisfy { $0 == 429 })
        let right = await desk.ask(client)
        #expect(right.status == 200)
        let wrongElsewhere = await desk.ask((other.id, "wrong"))
        #expect(wrongElsewhere.status == 401)
        desk.time.advance(seconds: 60)
        let later = await desk.ask((client.id, "wrong"))
        #expect(later.status == 401)
    }
}

@Test("20 clients at once all get their token, and no two are alike", arguments: TestStore.allCases)
func concurrent(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        let tokens = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { await desk.ask(client).body["access_token"]?.string } }
            return await group.reduce(into: Set<String>()) { if let token = $1 { $0.insert(token) } }
        }
        #expect(tokens.count == 20)
        for token in tokens {
            let found = try await desk.find(token)
            #expect(found?.isRevoked == false)
        }
        let issued = try await desk.actions().count { $0 == "token.issued" }
        #expect(issued == 20)
    }
}

@Test("refusals of a proved client are recorded once a minute for one reason", arguments: TestStore.allCases)
func refusalsAreSummed(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let client = try await desk.client()
        for _ in 0..<5 { _ = await desk.ask(client, scope: "hr.read") }
        var recorded = try await desk.events().filter { $0["action"] == "token.refused" }
        #expect(recorded.count == 1)
        #expect(recorded.first?["details"]?["reason"] == "scope_not_held")
        desk.time.advance(seconds: 60)
        _ = await desk.ask(client, scope: "hr.read")
        recorded = try await desk.events().filter { $0["action"] == "token.refused" }
        #expect(recorded.count == 2)
    }
}

@Test("RFC 8414 §2: metadata lists only what is on") func metadata() {
    let document = OAuthServer.metadata(issuer: "https://hub.example")
    #expect(document["issuer"] == "https://hub.example")
    #expect(document["token_endpoint"] == "https://hub.example/oauth2/token")
    #expect(document["jwks_uri"] == "https://hub.example/oauth2/jwks")
    let grants: JSON = [
        "client_credentials", "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange", "urn:ietf:params:oauth:grant-type:device_code",
    ]
    #expect(
        document["device_authorization_endpoint"] == "https://hub.example/oauth2/device_authorization")
    #expect(document["grant_types_supported"] == grants)
    let methods: JSON = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
    #expect(document["token_endpoint_auth_methods_supported"] == methods)
    #expect(document["revocation_endpoint"] == "https://hub.example/oauth2/revoke")
    #expect(document["introspection_endpoint"] == "https://hub.example/oauth2/introspect")
    #expect(
        document["introspection_endpoint_auth_methods_supported"] == [
            "client_secret_basic", "client_secret_post", "private_key_jwt",
        ])
    for name in [
        "token_endpoint_auth", "revocation_endpoint_auth", "introspection_endpoint_auth", "dpop", "request_object",
    ] {
        #expect(document[name + "_signing_alg_values_supported"] == ["ES256", "EdDSA", "PS256", "RS256"])
    }
    #expect(document["authorization_endpoint"] == "https://hub.example/oauth2/authorize")
    #expect(document["response_types_supported"] == ["code"])
    #expect(document["code_challenge_methods_supported"] == ["S256"])
    #expect(document["response_modes_supported"] == ["query", "form_post"])
    #expect(document["pushed_authorization_request_endpoint"] == "https://hub.example/oauth2/par")
    #expect(document["request_parameter_supported"] == true)
    #expect(document["request_uri_parameter_supported"] == false)
    #expect(document["introspection_signing_alg_values_supported"] == ["ES256", "RS256", "EdDSA"])
    #expect(document["authorization_response_iss_parameter_supported"] == true)
}
