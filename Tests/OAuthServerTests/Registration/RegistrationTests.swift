import Core
import Keys
import OAuthServer
import Ports
import Storage
import TestSupport
import Testing

@Test("RFC 7591 §3.2.1: a client registers itself and gets tokens", arguments: TestStore.allCases)
func registers(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let desk = registrar.desk
        let token = try await registrar.token("partners", ["grants": ["client_credentials"]])
        let response = await registrar.register(
            token, Registrar.metadata.with(["grant_types": ["client_credentials"], "redirect_uris": .null]))
        #expect(response.status == 201)
        #expect(response.headers.contains { $0.name == "cache-control" && $0.value == "no-store" })
        let client = try Registered(response)
        let secret = try #require(client.secret)
        let body = response.body
        #expect(body["client_secret_expires_at"] == 0)
        #expect(body["client_id_issued_at"] == .int(desk.time.now.epochSeconds))
        #expect(body["registration_client_uri"]?.string == OAuthDesk.issuer + "/oauth2/register/" + client.id)
        #expect(body["client_name"] == "Robot" && body["scope"] == "incident.read")
        #expect(body["token_endpoint_auth_method"] == "client_secret_basic")
        #expect(body["grant_types"] == ["client_credentials"] && body["response_types"] == [])
        let issued = await desk.ask((client.id, secret))
        #expect(issued.status == 200)
        #expect(
            try await desk.actions() == [
                "configuration.created", "configuration.created", "client.registered", "client.secret_added",
                "token.issued",
            ])
        // The store holds hashes of the tokens and the secret, and the events none of them.
        let events = try await desk.events().map { $0.text() }.joined()
        for hidden in [token, client.access, secret] { #expect(!events.contains(hidden)) }
        let shown = try await desk.run("client.get", "Robot")
        #expect(shown["user_name"] == "svc.hr" && shown["scopes"] == ["incident.read"])
    }
}

/// One registration as a row: what differs from a good one, and what comes back.
struct RegistrationRow: Sendable, CustomTestStringConvertible {
    let name: String
    let status: Int
    let error: String?
    let change: JSONObject
    var testDescription: String { name }

    init(_ name: String, _ change: JSONObject) {
        (self.name, status, error, self.change) = (name, 201, nil, change)
    }
    init(_ name: String, refused error: String, _ change: JSONObject) {
        (self.name, status, self.error, self.change) = (name, 400, error, change)
    }
}

private let metadataWrong = "invalid_client_metadata"
private let redirectWrong = "invalid_redirect_uri"
private let key: JSON = [
    "keys": [
        [
            "kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        ]
    ]
]

private let rows: [RegistrationRow] = [
    .init("as it should be", [:]),
    .init(
        "RFC 7591 §2: grant types, name and scope left out",
        ["grant_types": .null, "client_name": .null, "scope": .null]),
    .init("RFC 7591 §2: what is not understood is ignored", ["logo_uri": 1, "software_statement": "x.y.z"]),
    .init("RFC 7591 §2: a public client", ["token_endpoint_auth_method": "none"]),
    .init("a key of its own", ["token_endpoint_auth_method": "private_key_jwt", "jwks": key]),
    .init(
        "a key that it publishes",
        ["token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://app.example/keys"]),
    .init("RFC 7591 §2.1: response types that fit", ["response_types": ["code"]]),
    .init(
        "RFC 8252 §7.3: loopback makes it native",
        ["token_endpoint_auth_method": "none", "redirect_uris": ["http://127.0.0.1/cb"]]),
    .init("RFC 9449 §5.2: bound tokens only", ["dpop_bound_access_tokens": true]),
    .init(
        "RFC 9126 §6, RFC 9101 §10.5: pushed and signed requests only",
        [
            "require_pushed_authorization_requests": true, "require_signed_request_object": true,
            "token_endpoint_auth_method": "private_key_jwt", "jwks": key,
        ]),
    .init(
        "OpenID Connect Registration §2: signatures and logouts",
        [
            "id_token_signed_response_alg": "ES256", "introspection_signed_response_alg": "EdDSA",
            "post_logout_redirect_uris": ["https://app.example/out"],
            "backchannel_logout_uri": "https://app.example/ended",
        ]),

    .init("RFC 7591 §3.2.2: no redirect URI", refused: redirectWrong, ["redirect_uris": .null]),
    .init("RFC 9700 §2.6: plain http", refused: redirectWrong, ["redirect_uris": ["http://app.example/cb"]]),
    .init("a fragment", refused: redirectWrong, ["redirect_uris": ["https://app.example/cb#x"]]),
    .init("localhost by name", refused: redirectWrong, ["redirect_uris": ["http://localhost/cb"]]),
    .init(
        "a web client on loopback", refused: redirectWrong,
        ["redirect_uris": ["http://127.0.0.1/cb"], "application_type": "web"]),
    .init("a redirect URI that is a text", refused: metadataWrong, ["redirect_uris": "https://app.example/cb"]),
    .init(
        "too many", refused: metadataWrong,
        ["redirect_uris": .array((0...20).map { .string("https://app.example/\($0)") })]),
    .init(
        "RFC 7591 §2: a scope that the token does not allow", refused: metadataWrong, ["scope": "incident.read hr.read"]
    ),
    .init("a scope that is no list of names", refused: metadataWrong, ["scope": "incident.read  x"]),
    .init(
        "a grant type that the token does not allow", refused: metadataWrong, ["grant_types": ["client_credentials"]]),
    .init("a grant type that nobody registers for", refused: metadataWrong, ["grant_types": ["password"]]),
    .init(
        "RFC 6749 §6: refresh_token alone", refused: metadataWrong,
        ["grant_types": ["refresh_token"], "redirect_uris": .null]),
    .init("RFC 7591 §2.1: response types that do not fit", refused: metadataWrong, ["response_types": ["token"]]),
    .init("RFC 7591 §2.1: no response type with a code", refused: metadataWrong, ["response_types": []]),
    .init(
        "RFC 7591 §2 (MUST NOT): jwks and jwks_uri", refused: metadataWrong,
        ["jwks": key, "jwks_uri": "https://app.example/k"]),
    .init("private_key_jwt without a key", refused: metadataWrong, ["token_endpoint_auth_method": "private_key_jwt"]),
    .init("a public client with a key", refused: metadataWrong, ["token_endpoint_auth_method": "none", "jwks": key]),
    .init("keys over plain http", refused: metadataWrong, ["jwks_uri": "http://app.example/keys"]),
    .init("a broken key set", refused: metadataWrong, ["jwks": ["keys": 1]]),
    .init(
        "a way of proving itself that is not offered", refused: metadataWrong,
        ["token_endpoint_auth_method": "client_secret_jwt"]),
    .init("a name that looks like another's", refused: metadataWrong, ["client_name": "R\u{F6}bot"]),
    .init("a name that is an address", refused: metadataWrong, ["client_name": "HTTPS://app.example/client"]),
    .init(
        "a name that is too long", refused: metadataWrong, ["client_name": .string(String(repeating: "x", count: 101))]),
    .init("a name that is a number", refused: metadataWrong, ["client_name": 1]),
    .init("an application type that is none", refused: metadataWrong, ["application_type": "desktop"]),
    .init(
        "RFC 8705 §3.4: tokens bound to a certificate where nobody is asked for one", refused: metadataWrong,
        ["tls_client_certificate_bound_access_tokens": true]),
    .init("signed requests without a key", refused: metadataWrong, ["require_signed_request_object": true]),
    .init("a signature that the hub has not", refused: metadataWrong, ["id_token_signed_response_alg": "none"]),
    .init("the same of introspection", refused: metadataWrong, ["introspection_signed_response_alg": "PS256"]),
    .init(
        "RFC 8414 §2: a proof by certificate, which an administrator registers", refused: metadataWrong,
        ["token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_san_dns": "app.example"]),
    .init(
        "a way out over plain http", refused: metadataWrong,
        ["post_logout_redirect_uris": ["http://app.example/out"]]),
    .init(
        "too many ways out", refused: metadataWrong,
        ["post_logout_redirect_uris": .array((0...20).map { .string("https://app.example/\($0)") })]),
    .init(
        "logouts told over plain http", refused: metadataWrong,
        ["backchannel_logout_uri": "http://app.example/ended"]),
    .init(
        "logouts told to a long address", refused: metadataWrong,
        ["backchannel_logout_uri": .string("https://app.example/" + String(repeating: "x", count: 2_000))]),
    .init("a truth value that is a text", refused: metadataWrong, ["dpop_bound_access_tokens": "true"]),
]

@Test("RFC 7591 §2, §3.2.2: what a client says of itself", arguments: TestStore.allCases, rows)
func registrationRows(_ store: TestStore, _ row: RegistrationRow) async throws {
    try await Registrar.with(store) { registrar in
        let token = try await registrar.token()
        let response = await registrar.register(token, Registrar.metadata.with(row.change))
        #expect(response.status == row.status)
        #expect(response.body["error"]?.string == row.error)
        #expect(response.reason != "metadata_refused")
        #expect(response.problem == nil)
        // RFC 7591 §3.2.1: the answer says what was registered.
        let unlike = ["logo_uri", "software_statement", "jwks"]
        for member in row.change.members
        where row.status == 201 && member.value != .null && !unlike.contains(member.name) {
            #expect(response.body[member.name] == member.value, "\(member.name)")
        }
        let isPublic = row.change["token_endpoint_auth_method"] == "none"
        let byKey = row.change["token_endpoint_auth_method"] == "private_key_jwt"
        #expect((response.body["client_secret"] != nil) == (row.status == 201 && !isPublic && !byKey))
        let clients = try await registrar.desk.count("SELECT COUNT(*) AS n FROM client")
        #expect(clients == (row.status == 201 ? 1 : 0))
        // A refused one takes no use.
        let left = try await registrar.desk.count("SELECT uses_left AS n FROM registration_token")
        #expect(left == (row.status == 201 ? 99 : 100))
        let says = response.body["error_description"]?.string ?? ""
        // RFC 7591 §3.2.2: ASCII.
        #expect(says.utf8.allSatisfy { (0x20..<0x7F).contains($0) })
    }
}

@Test(
    "RFC 8705 §3.4: tokens bound to a certificate, where connections are asked for one", arguments: TestStore.allCases)
func registersBoundByCertificate(_ store: TestStore) async throws {
    try await OAuthDesk.with(store, certificates: .optional(nil), rules: RegistrationRules(isOpen: true)) { desk in
        let registrar = Registrar(desk: desk)
        let answer = await registrar.register(
            try await registrar.token(),
            Registrar.metadata.with(["tls_client_certificate_bound_access_tokens": true]))
        #expect(answer.status == 201 && answer.body["tls_client_certificate_bound_access_tokens"] == true)
        let shown = try await desk.run("client.get", "Robot")
        #expect(shown["tls_client_certificate_bound_access_tokens"] == true)
    }
}

@Test("what is not a JSON object is refused")
func notJSON() async throws {
    try await Registrar.with(.sqlite) { registrar in
        let token = try await registrar.token()
        let good = JSON.object(Registrar.metadata).bytes
        for (type, body) in [
            (["text/plain"], good), ([], good), (["application/json", "application/json"], good),
            (["application/json"], Array("[]".utf8)), (["application/json"], []),
            (["application/json"], Array(#"{"scope":"a","scope":"b"}"#.utf8)),
        ] {
            let response = await registrar.desk.server.registrationEndpoint.register(
                RegistrationRequest(
                    authorization: ["Bearer " + token], contentType: type, body: body, clientID: ""),
                at: registrar.desk.time.now, .new(registrar.desk.time.effects))
            #expect(response.status == 400 && response.reason == "registration_unreadable")
        }
    }
}

@Test("RFC 7591 §3: nobody registers without a token that counts", arguments: TestStore.allCases)
func initialToken(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let desk = registrar.desk
        let token = try await registrar.token("once", ["uses": 1])
        let none = await registrar.register(nil)
        #expect(none.status == 401 && none.reason == "registration_token_missing")
        // RFC 6750 §3.1: no error where nothing was sent.
        #expect(none.headers.contains { $0.name == "www-authenticate" && $0.value == "Bearer realm=\"linchpin\"" })
        let made = MachineSecret.new(.registrationToken, desk.time.effects)
        let client = try await desk.client("other")
        for wrong in [
            "x", String(token.dropLast()), client.secret, made.reveal { String(decoding: $0, as: UTF8.self) },
        ] {
            let response = await registrar.register(wrong)
            #expect(response.status == 401 && response.reason == "registration_token_unknown")
            #expect(response.headers.contains { $0.value.contains("error=\"invalid_token\"") })
        }
        let first = await registrar.register(token)
        let second = await registrar.register(token, Registrar.metadata.with(["client_name": "Second"]))
        #expect([first.status, second.status] == [201, 401])
        let ending = try await registrar.token("short")
        desk.time.advance(seconds: 86_400)
        #expect(await registrar.register(ending).reason == "registration_token_unknown")
        let withdrawn = try await registrar.token("withdrawn")
        try await desk.run("registration-token.delete", "withdrawn")
        #expect(await registrar.register(withdrawn).reason == "registration_token_unknown")
    }
}

@Test("of 20 registrations at once with a token for three three succeed", arguments: TestStore.allCases)
func manyAtOnce(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let token = try await registrar.token("three", ["uses": 3])
        let statuses = await withTaskGroup(of: Int.self) { group in
            for number in 0..<20 {
                group.addTask {
                    await registrar.register(token, Registrar.metadata.with(["client_name": .string("c\(number)")]))
                        .status
                }
            }
            return await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(statuses.count { $0 == 201 } == 3 && statuses.count { $0 == 401 } == 17)
        let clients = try await registrar.desk.count("SELECT COUNT(*) AS n FROM client")
        #expect(clients == 3)
    }
}

@Test("a name that is taken takes no use", arguments: TestStore.allCases)
func nameTaken(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let token = try await registrar.token("two", ["uses": 2])
        let first = await registrar.register(token)
        let same = await registrar.register(token)
        #expect(first.status == 201)
        #expect(same.status == 400 && same.reason == "name_taken")
        let left = try await registrar.desk.count("SELECT uses_left AS n FROM registration_token")
        #expect(left == 1)
    }
}

@Test("the application user must be one who may act")
func unusableUser() async throws {
    try await Registrar.with(.sqlite) { registrar in
        let token = try await registrar.token()
        registrar.desk.world.set(active: false)
        #expect(await registrar.register(token).reason == "user_inactive")
        registrar.desk.world.set(locked: true)
        #expect(await registrar.register(token).reason == "user_locked")
        registrar.desk.world.deleteUser()
        let gone = await registrar.register(token)
        #expect(gone.status == 403 && gone.reason == "user_missing")
    }
}

@Test("a scope that has gone since is given to nobody")
func goneScope() async throws {
    try await Registrar.with(.sqlite) { registrar in
        let token = try await registrar.token()
        registrar.desk.world.deleteScope("incident.write")
        let all = await registrar.register(token, Registrar.metadata.with(["scope": .null]))
        #expect(all.body["scope"] == "incident.read")
        let named = await registrar.register(token, Registrar.metadata.with(["scope": "incident.write"]))
        #expect(named.body["error"]?.string == metadataWrong)
    }
}

@Test("the token's own operations", arguments: TestStore.allCases)
func tokenOperations(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let desk = registrar.desk
        let made = try await desk.run(
            "registration-token.create", "", ["name": "partners", "user": "svc.hr", "scopes": ["incident.read"]])
        #expect(made["uses_left"] == 1 && made["open"] == true)
        #expect(made["until"] == .string(desk.time.now.adding(days: 1).rfc3339))
        #expect(made["grants"] == ["authorization_code", "refresh_token"])
        let listed = try await desk.run("registration-token.list")
        let row = try #require(listed["items"]?.array?.first)
        #expect(row["name"] == "partners" && row["user_name"] == "svc.hr" && row["registration_token"] == nil)
        let refused: [(JSONObject, String)] = [
            (["name": "partners"], "name_taken"), (["name": "a", "user": "nobody"], "unknown_user"),
            (["name": "a", "scopes": ["none.such"]], "unknown_scope"),
            (["name": "a", "grants": ["password"]], "unknown_grant"),
            (["name": "a", "grants": []], "unknown_grant"),
            (["name": "a", "until": .string(desk.time.now.rfc3339)], "until_range"),
            (["name": "a", "until": .string(desk.time.now.adding(days: 31).rfc3339)], "until_range"),
            (["name": "a", "uses": 1_001], "bad_field"), (["name": "a", "uses": 0], "bad_field"),
        ]
        for (change, reason) in refused {
            let body: JSONObject = ["user": "svc.hr", "scopes": []]
            let refusal = try await desk.refusal("registration-token.create", "", body.with(change))
            #expect(refusal.reason == reason)
        }
        let outranked = try await desk.refusal(
            "registration-token.create", "", ["name": "b", "user": "boss", "scopes": []], as: ["oauth_admin"])
        #expect(outranked.reason == "user_outranks_caller")
        try await desk.run("registration-token.delete", "partners")
        let again = try await desk.refusal("registration-token.delete", "partners")
        #expect(again.reason == "unknown_registration_token")
        #expect(try await desk.actions() == ["configuration.created", "configuration.deleted"])
    }
}

@Test("ended tokens are swept; a restored store has none", arguments: TestStore.allCases)
func endedTokens(_ store: TestStore) async throws {
    try await Registrar.with(store) { registrar in
        let desk = registrar.desk
        _ = try await registrar.token("a")
        _ = try await registrar.token("b", ["until": .string(desk.time.now.adding(days: 30).rfc3339)])
        desk.time.advance(seconds: 86_400 + Int64(Limits.expiredTokenSeconds.value))
        let swept = try await desk.server.sweep(at: desk.time.now, most: 10)
        #expect(swept == 1)
        let ended = try await desk.database.write(.bookkeeping("a test")) {
            try OAuthServer.endEveryRegistrationToken(in: $0)
        }
        #expect(ended == 1)
    }
}

@Test("RFC 8414 §2: the metadata tells of what is on")
func registrationMetadata() {
    let off = OAuthServer.metadata(issuer: OAuthDesk.issuer)
    #expect(off["registration_endpoint"] == nil && off["client_id_metadata_document_supported"] == nil)
    let on = OAuthServer.metadata(
        issuer: OAuthDesk.issuer, rules: RegistrationRules(isOpen: true, documentScopes: ["incident.read"]))
    #expect(on["registration_endpoint"]?.string == OAuthDesk.issuer + "/oauth2/register")
    #expect(on["client_id_metadata_document_supported"] == true)
}
