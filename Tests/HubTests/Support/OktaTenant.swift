import Core
import Foundation
import Outbound
import Ports
import Testing
import Vault

@testable import Hub

/// A sandbox with one application and a service account of its own, and a connection of the hub to it by OAuth.
struct OktaTenant: Sendable {
    static let account = "svc-linchpin@acme.example"
    static let password = "correct-horse-1-Battery"
    static let nine = [
        "okta.users.manage", "okta.apps.manage", "okta.logs.read", "okta.groups.read", "okta.groups.manage",
        "okta.users.read", "okta.apps.read", "okta.eventHooks.read", "okta.eventHooks.manage",
    ]
    static let administratorToken = "SSWS " + TestHub.sandboxToken

    let test: TestHub
    let appID: String
    let accountID: String
    /// What the application proves itself with.
    let secret: String

    /// - Parameters:
    ///   - granted: what the tenant's administrator granted to the application.
    ///   - configured: what the credential wants.
    ///   - actions: what the connection enables.
    static func make(
        _ test: TestHub, granted: [String], configured: [String], actions: [String]
    ) async throws -> OktaTenant {
        let account = try await ask(
            test, "POST", "/api/v1/users?activate=true",
            [
                "profile": [
                    "firstName": "Svc", "lastName": "Linchpin", "email": .string(account), "login": .string(account),
                ],
                "credentials": ["password": ["value": .string(password)]],
            ])
        let app = try await ask(
            test, "POST", "/api/v1/apps",
            [
                "label": "Linchpin", "signOnMode": "OPENID_CONNECT",
                "settings": [
                    "oauthClient": [
                        "redirect_uris": [.string(test.hub.issuer + "/oauth_redirect.do")],
                        "grant_types": ["authorization_code", "refresh_token"],
                    ]
                ],
            ])
        let tenant = OktaTenant(
            test: test, appID: app["id"]?.string ?? "-", accountID: account["id"]?.string ?? "-",
            secret: app.value(at: "/credentials/oauthClient/client_secret")?.string ?? "-")
        for scope in granted { try await tenant.grant(scope) }
        try await tenant.assign(tenant.accountID)
        try await tenant.giveRole()
        try await tenant.connect(configured: configured, actions: actions)
        return tenant
    }

    /// A call of the tenant's administrator.
    @discardableResult static func ask(
        _ test: TestHub, _ method: String, _ path: String, _ body: JSON? = nil
    ) async throws -> JSON {
        let reply = try await test.outbound.send(
            OutboundRequest(
                method: method, url: test.sandboxURL + path,
                headers: [
                    ("authorization", .plain(administratorToken)), ("accept", .plain("application/json")),
                    ("content-type", .plain("application/json")),
                ], body: body?.bytes ?? (method == "POST" || method == "PUT" ? [] : nil), allowsLoopbackHTTP: true))
        guard (200..<300).contains(reply.status) else {
            throw HubError(.internal, "test", "\(method) \(path): \(reply.status) \(reply.text)")
        }
        return reply.body.isEmpty ? .null : try reply.json
    }

    @discardableResult func ask(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await Self.ask(test, method, path, body)
    }

    func grant(_ scope: String) async throws {
        try await ask(
            "POST", "/api/v1/apps/\(appID)/grants", ["scopeId": .string(scope), "issuer": .string(test.sandboxURL)])
    }

    func withdraw(_ scope: String) async throws {
        try await order(["fault": "withdraw_scope", "app": .string(appID), "scope": .string(scope)])
    }

    func assign(_ userID: String) async throws {
        try await ask("POST", "/api/v1/apps/\(appID)/users", ["id": .string(userID)])
    }

    /// The id of somebody else at the tenant.
    func mara() async throws -> String {
        try #require(try await ask("GET", "/api/v1/users/mara.lindqvist@acme.example")["id"]?.string)
    }

    /// Where the assignment of a group to the application is.
    func groupAssignment() async throws -> String {
        let id = try #require(try await ask("GET", "/api/v1/groups").value(at: "/2/id")?.string)
        return "/api/v1/apps/\(appID)/groups/\(id)"
    }

    /// A fault or a switch of the sandbox.
    func order(_ order: JSON) async throws { try await ask("POST", "/sandbox/faults", order) }

    /// A role of one's own over everybody and every group, as least privilege would have it.
    private func giveRole() async throws {
        try await ask(
            "POST", "/api/v1/iam/roles",
            [
                "label": "Linchpin", "description": "reads",
                "permissions": ["okta.users.read", "okta.groups.read", "okta.users.lifecycle.suspend"],
            ])
        try await ask(
            "POST", "/api/v1/iam/resource-sets",
            [
                "label": "Linchpin", "description": "all",
                "resources": [
                    .string(test.sandboxURL + "/api/v1/users"), .string(test.sandboxURL + "/api/v1/groups"),
                ],
            ])
        try await ask(
            "POST", "/api/v1/users/\(accountID)/roles",
            ["type": "CUSTOM", "role": "Linchpin", "resource-set": "Linchpin"])
    }

    private func connect(configured: [String], actions: [String]) async throws {
        try await test.connectOkta(
            actions: actions,
            by: [
                "name": "okta-app", "kind": "oauth", "secret": .string(secret),
                "settings": [
                    "grant": "authorization_code", "client_id": .string(appID), "spoke": "okta",
                    "url": .string(test.sandboxURL), "scopes": .texts(configured),
                    "expected_owner": .string(Self.account), "allow_loopback_http": true,
                ],
            ])
    }

    // MARK: The consent

    /// The service account signs in, consents, and the token is stored.
    func consent() async throws {
        let begun = try await test.post("/credentials/okta-app/authorize", [:])
        let page = try await browse("GET", begun["url"]?.string ?? "", nil)
        let asked = try await browse(
            "POST", test.sandboxURL + "/sandbox/sign-in",
            [("ticket", Self.ticket(page)), ("username", Self.account), ("password", Self.password)])
        // Who consented before is not asked again.
        let redirect =
            asked.header("location") != nil
            ? asked
            : try await browse(
                "POST", test.sandboxURL + "/sandbox/consent", [("ticket", Self.ticket(asked)), ("answer", "allow")])
        let address = try #require(redirect.header("location"), "\(redirect.text)")
        let query = address.split(separator: "?").last.map { Array($0.utf8) } ?? []
        let pairs = try FormParameters(query).pairs.map { (name: $0.name, value: $0.value) }
        let back = try await test.hub.parts.custodian.comeBack(pairs, at: test.clock.now)
        guard case .code(let code, credential: _) = back else {
            throw HubError(.internal, "test", "nobody waits for this consent")
        }
        try await test.post(
            "/credentials/okta-app/finish", ["consent": begun["consent"] ?? .null, "code": .string(code)])
    }

    private func browse(_ method: String, _ url: String, _ form: [(String, String)]?) async throws -> OutboundReply {
        let body = form.map { pairs in
            pairs.map { "\($0.0)=\(PercentEncoding.encode($0.1))" }.joined(separator: "&")
        }
        return try await test.outbound.send(
            OutboundRequest(
                method: method, url: url,
                headers: body == nil ? [] : [("content-type", .plain("application/x-www-form-urlencoded"))],
                body: body.map { Array($0.utf8) }, allowsLoopbackHTTP: true))
    }

    private static func ticket(_ page: OutboundReply) -> String {
        let parts = page.text.components(separatedBy: "name=\"ticket\" value=\"")
        return parts.count == 2 ? String(parts[1].prefix { $0 != "\"" }) : ""
    }

    // MARK: What the hub says

    func drift(_ body: JSON = [:]) async throws -> JSON { try await test.post("/connections/okta/drift", body) }

    func verify(_ body: JSON = [:]) async throws -> JSON { try await test.post("/connections/okta/verify", body) }

    /// The codes of what changed.
    static func codes(_ answer: JSON) -> [String] {
        (answer["changes"]?.array ?? []).compactMap { $0["code"]?.string }
    }

    /// The verdicts by check.
    static func verdicts(_ answer: JSON) -> [String: String] {
        (answer["checks"]?.array ?? []).reduce(into: [:]) { found, check in
            found[check["check"]?.string ?? "-"] = check["verdict"]?.string
        }
    }
}
