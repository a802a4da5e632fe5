import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Test(
    "a client with a document at its client_id, from the question to the renewed token", arguments: TestStore.allCases)
func byDocument(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        guard case .ask(let question) = try await hub.open() else {
            Issue.record("nobody was asked")
            return
        }
        // Anybody may call themselves anything: the address is its name.
        #expect(question.client == DocumentHub.address && question.place == "app.example")
        let tokens = try Tokens(await hub.redeem(try await hub.code()))
        #expect(tokens.scope == "incident.read")
        let renewed = await hub.refresh(try #require(tokens.refresh))
        #expect(renewed.status == 200)
        #expect(hub.desk.web.count == 1)
        let client = try #require(try await hub.row())
        #expect(client.settings.isPublic && client.settings.grants == ["authorization_code", "refresh_token"])
        #expect(client.scopes == ["incident.read", "incident.write"])
        let actions = try await hub.desk.actions()
        #expect(actions == ["configuration.created", "consent.given", "code.issued", "token.issued", "token.issued"])
        // It is public: nothing but a code earns it a token (RFC 6749 §4.4).
        let own = await hub.desk.send(
            "grant_type=client_credentials&scope=incident.read&client_id="
                + PercentEncoding.encode(DocumentHub.address))
        #expect(own.reason == "grant_type_not_allowed")
    }
}

@Test("a stranger makes the hub fetch nothing")
func strangers() async throws {
    try await DocumentHub.with(.sqlite) { hub in
        guard case .signIn(let question) = try await hub.open(as: nil) else {
            Issue.record("nobody was asked to sign in")
            return
        }
        #expect(question.client == DocumentHub.address)
        #expect(try await hub.open("&prompt=none", as: nil).outcome == "client_unknown")
        let token = await hub.redeem("lpac_x")
        #expect(token.status == 401)
        #expect(hub.desk.web.count == 0)
        #expect(try await hub.row() == nil)
        // Once it is known, it is named without a fetch.
        _ = try await hub.open()
        #expect(try await hub.open("&prompt=none", as: nil).outcome == "login_required")
        #expect(hub.desk.web.count == 1)
    }
}

@Test(
    "off unless the configuration names scopes; what was known before does not count then",
    arguments: TestStore.allCases)
func documentsOff(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        let tokens = try Tokens(await hub.redeem(try await hub.codeAfterAsking()))
        let off = DocumentHub(desk: OAuthDesk(hub.desk.database, time: hub.desk.time))
        off.publish()
        #expect(try await off.open().outcome == "client_unknown")
        #expect(try await off.open(as: nil).outcome == "client_unknown")
        #expect(await off.refresh(try #require(tokens.refresh)).status == 401)
        #expect(off.desk.web.count == 0)
    }
}

extension DocumentHub {
    fileprivate func codeAfterAsking() async throws -> String {
        _ = try await open()
        return try await code()
    }
}

@Test(
    "client-id-metadata-document §3: addresses where a document may be",
    arguments: [
        ("https://app.example/client.json", true), ("https://app.example/", true), ("https://app.example:8443/c", true),
        ("https://app.example/a/b", true), ("https://app.example", false), ("http://app.example/c", false),
        ("HTTPS://app.example/c", false), ("https://me@app.example/c", false), ("https://me:pw@app.example/c", false),
        ("https://app.example/c#x", false), ("https://app.example/./c", false), ("https://app.example/a/../c", false),
        ("https://app.example/a/..", false), ("https://app.example/%2e%2E/c", false),
        ("https://app.example/.%2e", false),
        ("https://app.example/c?x=1", false), ("https:///c", false), ("https://app.example/c d", false), ("app", false),
        ("https://app.example/" + String(repeating: "x", count: 500), false),
    ] as [(String, Bool)])
func documentAddresses(_ id: String, _ isOne: Bool) async throws {
    #expect(ClientDocument.isAddress(id) == isOne)
    guard !isOne else { return }
    try await DocumentHub.with(.sqlite) { hub in
        let outcome = try await hub.open(client: id).outcome
        #expect(["client_unknown", "client_id_missing"].contains(outcome))
        #expect(hub.desk.web.count == 0)
    }
}

@Test(
    "of a document's settings the hub takes those that ask for more, and calls nobody for it",
    arguments: TestStore.allCases)
func documentSettings(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        hub.publish([
            "dpop_bound_access_tokens": true, "tls_client_certificate_bound_access_tokens": true,
            "require_pushed_authorization_requests": true, "id_token_signed_response_alg": "ES256",
            "post_logout_redirect_uris": ["https://app.example/out", "http://app.example/out"],
            "backchannel_logout_uri": "https://app.example/ended", "introspection_signed_response_alg": "ES256",
        ])
        _ = try await hub.open()
        let settings = try #require(try await hub.row()).settings
        #expect(settings.requiresDPoP && settings.tls.bindsTokens && settings.requiresPushedRequests)
        #expect(settings.openID.algorithm == .es256)
        #expect(settings.openID.postLogoutRedirectURIs == ["https://app.example/out"])
        #expect(settings.openID.backchannelLogoutURI == nil && settings.introspectionAlgorithm == .rs256)
    }
    // One document is read by many servers: another's algorithm is no reason to refuse it.
    try await DocumentHub.with(store) { hub in
        hub.publish(["id_token_signed_response_alg": "PS384"])
        _ = try await hub.open()
        #expect(try await hub.row()?.settings.openID.algorithm == .rs256)
    }
}

/// A document that makes no client, and why.
struct BadDocument: Sendable, CustomTestStringConvertible {
    let name: String
    let change: JSONObject
    var testDescription: String { name }

    init(_ name: String, _ change: JSONObject) {
        self.name = name
        self.change = change
    }
}

private let badDocuments: [BadDocument] = [
    .init("§4 (MUST): another client_id", ["client_id": "https://app.example/client.json/"]),
    .init("§4 (MUST): no client_id", ["client_id": .null]),
    .init("RFC 3986 §6.2.1: the same address in another spelling", ["client_id": "https://APP.example/client.json"]),
    .init("§4.1 (MUST NOT): a shared secret", ["client_secret": "x"]),
    .init("§4.1 (MUST NOT): the end of a shared secret", ["client_secret_expires_at": 0]),
    .init("§4.1 (MUST NOT): a method with a shared secret", ["token_endpoint_auth_method": "client_secret_basic"]),
    .init("a method that is not offered to it", ["token_endpoint_auth_method": "private_key_jwt"]),
    .init(
        "RFC 9101 §10.5: signed requests, of which no key of it would count", ["require_signed_request_object": true]),
    .init("no codes", ["grant_types": ["client_credentials"]]),
    .init("no redirect URI", ["redirect_uris": .null]),
    .init("no redirect URI that may be one", ["redirect_uris": ["http://app.example/cb", "https://app.example/#x"]]),
    .init("a redirect URI that is a number", ["redirect_uris": [1]]),
    .init("jwks and jwks_uri", ["jwks": ["keys": []], "jwks_uri": "https://app.example/keys"]),
]

@Test("documents that make no client", arguments: badDocuments)
func badDocument(_ row: BadDocument) async throws {
    try await DocumentHub.with(.sqlite) { hub in
        hub.publish(row.change)
        #expect(try await hub.open().outcome == "client_unknown")
        #expect(try await hub.row() == nil)
        let events = try await hub.desk.actions()
        #expect(events.isEmpty)
        // §5.2 (MUST NOT): nothing of it is kept.
        hub.publish()
        hub.desk.time.advance(seconds: Int64(Limits.clientDocumentAgainSeconds.value))
        #expect(try await hub.open().outcome == "ask")
    }
}

@Test(
    "what is no JSON makes no client",
    arguments: [
        ("text/html", nil), ("", nil), ("application/json", "[]"), ("application/json", "{"), ("application/json", ""),
    ] as [(String, String?)])
func notJSONDocument(_ type: String, _ body: String?) async throws {
    let good = JSON.object(DocumentHub.document).text()
    try await DocumentHub.with(.sqlite) { hub in
        hub.desk.web.put(body ?? good, at: DocumentHub.address, contentType: type)
        let refused = try await hub.open().outcome
        #expect(refused == "client_unknown")
        hub.desk.time.advance(seconds: Int64(Limits.clientDocumentAgainSeconds.value))
        hub.desk.web.put(good, at: DocumentHub.address, contentType: "application/cimd+json; charset=utf-8")
        let asked = try await hub.open().outcome
        #expect(asked == "ask")
    }
}

@Test("what the hub does not offer is left out of the document")
func partlyOffered() async throws {
    try await DocumentHub.with(.sqlite) { hub in
        hub.publish([
            "grant_types": ["authorization_code", "client_credentials", "password"],
            "redirect_uris": [.string(DocumentHub.callback), "http://localhost/cb", "http://127.0.0.1/cb"],
            "token_endpoint_auth_method": .null, "scope": "incident.read hr.read",
        ])
        #expect(try await hub.open().outcome == "ask")
        let client = try #require(try await hub.row())
        #expect(client.settings.grants == ["authorization_code"])
        #expect(client.settings.redirectURIs == [DocumentHub.callback, "http://127.0.0.1/cb"])
        #expect(client.scopes == ["incident.read"])
        #expect(try await hub.open(redirect: "http://127.0.0.1:51234/cb").outcome == "ask")
        #expect(try await hub.open(redirect: "http://localhost/cb").outcome == "redirect_uri_unregistered")
    }
}

@Test("a client by document holds what the configuration names and no more", arguments: TestStore.allCases)
func boundedScopes(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        let tokens = try Tokens(await hub.redeem(try await hub.codeAfterAsking()))
        // The same store under a narrower configuration.
        let narrow = DocumentHub(
            desk: OAuthDesk(
                hub.desk.database, time: hub.desk.time, rules: RegistrationRules(documentScopes: ["incident.write"])))
        #expect(try await narrow.open(as: nil).outcome == "sign in")
        #expect(await narrow.refresh(try #require(tokens.refresh)).reason == "scope_not_held")
        narrow.publish()
        narrow.desk.time.advance(seconds: Int64(Limits.clientDocumentAgainSeconds.value))
        #expect(try await narrow.open().outcome == "scope_not_held")
        #expect(try await narrow.row()?.scopes == ["incident.write"])
    }
}

@Test("the row follows the document, and a new address is asked for anew", arguments: TestStore.allCases)
func followsDocument(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        _ = try await hub.codeAfterAsking()
        #expect(try await hub.open().outcome == "code")
        hub.publish(["redirect_uris": ["https://app.example/new"]])
        #expect(try await hub.open().outcome == "code")
        hub.desk.time.advance(seconds: 3_600)
        #expect(try await hub.open().outcome == "redirect_uri_unregistered")
        #expect(try await hub.open(redirect: "https://app.example/new").outcome == "ask")
        #expect(hub.desk.web.count == 2)
        let updates = try await hub.desk.actions().filter { $0 == "configuration.updated" }
        #expect(updates.count == 1)
    }
}

@Test("while the source fails, what was read last counts for a day, on another hub too", arguments: TestStore.allCases)
func staleDocument(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        let tokens = try Tokens(await hub.redeem(try await hub.codeAfterAsking()))
        hub.desk.web.put(nil, at: DocumentHub.address)
        let other = DocumentHub(
            desk: OAuthDesk(
                hub.desk.database, time: hub.desk.time,
                rules: RegistrationRules(documentScopes: ["incident.read", "incident.write"])))
        hub.desk.time.advance(seconds: 86_399)
        #expect(try await hub.open().outcome == "code")
        #expect(try await other.open().outcome == "code")
        hub.desk.time.advance(seconds: 1)
        #expect(try await hub.open().outcome == "client_unknown")
        #expect(try await other.open().outcome == "client_unknown")
        #expect(await hub.refresh(try #require(tokens.refresh)).status == 401)
    }
}

@Test("of two hubs the one that read the document later is right", arguments: TestStore.allCases)
func laterReading(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        let other = DocumentHub(
            desk: OAuthDesk(
                hub.desk.database, time: hub.desk.time,
                rules: RegistrationRules(documentScopes: ["incident.read", "incident.write"])))
        _ = try await hub.open()
        hub.desk.time.advance(seconds: 60)
        other.publish(["redirect_uris": ["https://app.example/new"]])
        #expect(try await other.open(redirect: "https://app.example/new").outcome == "ask")
        // What this hub still has in memory does not come back.
        #expect(try await hub.open().outcome == "redirect_uri_unregistered")
        #expect(try await hub.open(redirect: "https://app.example/new").outcome == "ask")
        let updates = try await hub.desk.actions().filter { $0 == "configuration.updated" }
        #expect(updates.count == 1)
    }
}

@Test("an administrator switches such a client off, and changes nothing else of it", arguments: TestStore.allCases)
func switchedOff(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        let tokens = try Tokens(await hub.redeem(try await hub.codeAfterAsking()))
        let refused = try await hub.desk.refusal("client.update", DocumentHub.address, ["token_seconds": 60])
        #expect(refused.reason == "document_client" && refused.kind == .conflict)
        let secret = try await hub.desk.refusal("client.add-secret", DocumentHub.address)
        #expect(secret.reason == "public_client")
        try await hub.desk.run("client.update", DocumentHub.address, ["active": false])
        hub.publish(["redirect_uris": [.string(DocumentHub.callback), "https://app.example/new"]])
        hub.desk.time.advance(seconds: 3_600)
        #expect(try await hub.open().outcome == "client_inactive")
        #expect(await hub.refresh(try #require(tokens.refresh)).reason == "client_inactive")
        #expect(try await hub.row()?.isActive == false)
    }
}

@Test("a client whose document nobody asked for goes, with an event", arguments: TestStore.allCases)
func sweptDocument(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        _ = try await hub.open()
        hub.desk.time.advance(seconds: Int64(Limits.clientDocumentDays.value) * 86_400 - 1)
        #expect(try await hub.desk.server.sweep(at: hub.desk.time.now, most: 10) == 0)
        hub.desk.time.advance(seconds: 1)
        #expect(try await hub.desk.server.sweep(at: hub.desk.time.now, most: 10) == 1)
        #expect(try await hub.row() == nil)
        #expect(try await hub.desk.actions() == ["configuration.created", "configuration.deleted"])
        let left = try await hub.desk.count("SELECT COUNT(*) AS n FROM client_document")
        #expect(left == 0)
    }
}

@Test("of many people at once one makes the row", arguments: TestStore.allCases)
func oneRow(_ store: TestStore) async throws {
    try await DocumentHub.with(store) { hub in
        let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 { group.addTask { try await hub.open().outcome } }
            return try await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(outcomes == [String](repeating: "ask", count: 8))
        #expect(hub.desk.web.count == 1)
        #expect(try await hub.desk.actions() == ["configuration.created"])
    }
}
