import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

struct KindRow: Sendable, CustomTestStringConvertible {
    let name: String
    let kind: String
    let settings: JSONObject
    var secret: String? = "s3cret"
    /// Nil when it passes.
    var reason: String?
    var says = ""
    var testDescription: String { name }
}

private let client: JSONObject = [
    "client_id": "c", "grant": "client_credentials", "token_url": "https://a.example/token",
]

private func with(_ more: JSONObject, without names: [String] = []) -> JSONObject {
    var all = client
    for member in more.members { all[member.name] = member.value }
    for name in names { all[name] = JSON?.none }
    return all
}

private let kindRows = [
    KindRow(name: "an API key", kind: "api_key", settings: [:]),
    KindRow(name: "an API key with settings", kind: "api_key", settings: ["x": 1], reason: "unknown_field"),
    KindRow(name: "a client", kind: "oauth", settings: client),
    KindRow(name: "no client id", kind: "oauth", settings: with([:], without: ["client_id"]), reason: "missing_field"),
    KindRow(name: "no secret", kind: "oauth", settings: client, secret: nil, reason: "missing_field"),
    KindRow(
        name: "a public client", kind: "oauth",
        settings: with(["client_auth": "none", "grant": "authorization_code", "authorize_url": "https://a.example/a"]),
        secret: nil),
    KindRow(
        name: "a public client without a proof key", kind: "oauth",
        settings: with([
            "client_auth": "none", "grant": "authorization_code", "authorize_url": "https://a.example/a", "pkce": false,
        ]), secret: nil, reason: "bad_setting", says: "pkce"),
    KindRow(
        name: "client credentials of a client that proves nothing", kind: "oauth",
        settings: with(["client_auth": "none"]),
        secret: nil, reason: "bad_setting", says: "client_auth"),
    KindRow(
        name: "the implicit grant", kind: "oauth", settings: with(["grant": "implicit"]), reason: "bad_field",
        says: "grant"),
    KindRow(
        name: "http", kind: "oauth", settings: with(["token_url": "http://a.example/token"]), reason: "bad_setting",
        says: "token_url"),
    KindRow(
        name: "http to this machine", kind: "oauth",
        settings: with(["token_url": "http://127.0.0.1:9/token", "allow_loopback_http": true])),
    KindRow(
        name: "http elsewhere though this machine is allowed", kind: "oauth",
        settings: with(["token_url": "http://a.example/token", "allow_loopback_http": true]), reason: "bad_setting",
        says: "token_url"),
    KindRow(
        name: "user information in an address", kind: "oauth",
        settings: with(["token_url": "https://u@a.example/token"]), reason: "bad_setting", says: "token_url"),
    KindRow(
        name: "a scope with a space", kind: "oauth", settings: with(["scopes": ["a b"]]), reason: "bad_setting",
        says: "scopes"),
    KindRow(
        name: "an unknown setting", kind: "oauth", settings: with(["secret": "x"]), reason: "unknown_field"),
    KindRow(
        name: "a template without an address", kind: "oauth", settings: ["client_id": "c", "spoke": "okta"],
        reason: "bad_setting", says: "url"),
    KindRow(
        name: "a spoke without a template", kind: "oauth",
        settings: ["client_id": "c", "spoke": "jira", "url": "https://a.example"], reason: "bad_setting", says: "spoke"),
    KindRow(
        name: "a version that leaves its place", kind: "oauth",
        settings: ["client_id": "c", "spoke": "okta", "url": "https://a.example", "api_version": "v1/../x"],
        reason: "bad_setting", says: "api_version"),
    KindRow(
        name: "a key that is none", kind: "oauth", settings: with(["client_auth": "private_key_jwt"]),
        reason: "bad_secret"),
    KindRow(name: "a user and a password", kind: "basic", settings: ["username": "svc"], secret: "pass word: ü"),
    KindRow(name: "a colon in a user's name", kind: "basic", settings: ["username": "a:b"], reason: "bad_setting"),
    KindRow(
        name: "a password over two lines", kind: "basic", settings: ["username": "a"], secret: "a\nb",
        reason: "bad_secret"),
    KindRow(name: "a key in a header", kind: "header_key", settings: ["header": "X-Api-Key", "prefix": "Token"]),
    KindRow(
        name: "a header of the request's own", kind: "header_key", settings: ["header": "Host"], reason: "bad_setting"),
    KindRow(name: "a header that breaks out", kind: "header_key", settings: ["header": "a: b"], reason: "bad_setting"),
]

struct KindTests {
    @Test("what each kind of credential takes", arguments: kindRows)
    func kinds(row: KindRow) async throws {
        try await CustodyRig.with(.sqlite) { rig in
            var sent: JSONObject = ["name": "c", "kind": .string(row.kind), "settings": .object(row.settings)]
            sent["secret"] = row.secret.map { .string($0) }
            guard let reason = row.reason else {
                let made = try await rig.run("credential.create", "", sent)
                #expect(made["settings"]?.object == row.settings)
                return
            }
            let error = await failure { try await rig.run("credential.create", "", sent) }
            #expect(
                error?.reason == reason && error?.message.contains(row.says) == true, "\(String(describing: error))")
        }
    }

    @Test("addresses follow from the connection's URL and the version, and each can be set by itself")
    func endpoints() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented()
            #expect(try await rig.grant()["endpoints"]?["token_url"] == "https://acme.okta.com/oauth2/v1/token")
            try await rig.run(
                "credential.update", "okta",
                ["settings": ["api_version": "v2", "revoke_url": "https://acme.okta.com/other/revoke"]])
            let endpoints = try await rig.grant()["endpoints"]
            #expect(endpoints?["token_url"] == "https://acme.okta.com/oauth2/v2/token")
            #expect(endpoints?["revoke_url"] == "https://acme.okta.com/other/revoke")
            try await rig.run("credential.update", "okta", ["settings": ["revoke_url": nil]])
            #expect(try await rig.grant()["endpoints"]?["revoke_url"] == "https://acme.okta.com/oauth2/v2/revoke")
        }
    }

    @Test(
        "how a client proves itself",
        arguments: [
            ("secret_basic", "Basic MG9hMTpjbGllbnQtczNjcmV0", nil), ("secret_post", nil, "client-s3cret"),
        ] as [(String, String?, String?)])
    func clientAuth(way: String, header: String?, secret: String?) async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeClient(["client_auth": .string(way), "audience": "https://api.example"])
            #expect(try await rig.live() == "access-1")
            let sent = try #require(rig.provider.requests.first)
            #expect(sent.header("authorization") == header && sent["client_secret"] == secret)
            #expect(sent["client_id"] == (secret == nil ? nil : "0oa1"))
            #expect(sent["scope"] == "okta.users.read" && sent["audience"] == "https://api.example")
        }
    }

    @Test("no secret and no token in logs, answers, events or tables")
    func canary() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            rig.provider.set { $0.rotates = true }
            try await rig.makeConsented(["scopes": []])
            var said = [try await rig.consent().text()]
            rig.clock.advance(seconds: 3_600)
            _ = try await rig.live()
            said.append(try await rig.grant().text())
            said.append(try await rig.run("credential.get", "okta").text())
            said.append("\(rig.log.rows)")
            said.append("\(try await rig.custodian.held("okta"))")
            for table in ["audit_pending", "outside_grant", "credential", "config_history", "consent", "secret"] {
                let statement = SQLText.all(table)
                said.append("\(try await rig.database.read { try $0.rows(statement, []) })")
            }
            for text in said {
                for secret in ["client-s3cret", "access-", "refresh-1", "refresh-2", "code-1"] {
                    #expect(!text.contains(secret), "\(secret) in \(text.prefix(300))")
                }
            }
            #expect(rig.log.rows.contains { $0.path == "/oauth2/v1/token" && $0.status == 200 })
        }
    }

    @Test(
        "a key beside an OAuth credential is a finding; one that is switched off is none, nor is a certificate",
        arguments: TestStore.allCases)
    func keyBesideOAuth(store: TestStore) async throws {
        let pair = try TestAuthority("root").issue(.client)
        try await CustodyRig.with(store) { rig in
            func found() async throws -> (finding: Bool, doctor: [String]) {
                let findings = try await rig.run("connection.get", "prod")["findings"]?.array ?? []
                let doctor = try await rig.database.read { try Vault.keysBesideOAuth(in: $0) }
                return (
                    findings.contains { $0["reason"] == "key_beside_oauth" },
                    doctor.map { "\($0.connection) \($0.key)" }
                )
            }
            try await rig.makeClient()
            try await rig.run("credential.create", "", ["name": "key", "kind": "api_key", "secret": "s3cret"])
            try await rig.run(
                "credential.create", "",
                [
                    "name": "pair", "kind": "client_certificate", "secret": .string(pair.key),
                    "settings": ["certificate": .string(pair.certificate)],
                ])
            try await rig.connect(["credentials": ["okta", "pair"], "actions": []])
            #expect(try await found() == (false, []))
            try await rig.run("connection.add-credential", "prod", ["credential": "key"])
            #expect(try await found() == (true, ["prod key"]))
            try await rig.run("credential.update", "key", ["active": false])
            #expect(try await found() == (false, []))
        }
    }
}

private enum SQLText {
    static func all(_ table: String) -> SQL { SQL(built: "SELECT * FROM \(table) LIMIT 1000") }
}
