import Core
import Keys
import OktaSandbox
import Outbound
import Ports
import Spokes
import TestSupport
import Testing

@testable import Hub

/// The least grant, given at the provider as the hub computes it, and tried there: through the hub, and past it.
@Suite("The least grant, over HTTP") struct LeastGrantTests {
    private static let sets = 50

    @Test(
        "random sets: all chosen actions may happen, through the hub no other may, past it exactly the residual reach",
        arguments: [true, false])
    func randomSets(_ impliesRead: Bool) async throws {
        try await TestHub.with(
            sandbox: true,
            org: { org in
                org.manageImpliesRead = impliesRead
                org.requestsPerMinute = 1_000_000
            }
        ) { test in
            let provider = Provider(test: test, key: try JWSPrivateKey.make(.es256))
            try await test.post("/spokes/okta/activate", [:])
            let actions = try await provider.actions()
            #expect(actions.count == 59)
            var dice = SeededDice(seed: impliesRead ? 3 : 4)
            for number in 0..<Self.sets {
                let chosen = actions.filter { _ in dice.next() % 6 == 0 }
                guard !chosen.isEmpty else { continue }
                try await check(chosen, among: actions, number, impliesRead, provider)
            }
        }
    }

    private func check(
        _ chosen: [Tried], among actions: [Tried], _ number: Int, _ impliesRead: Bool, _ provider: Provider
    ) async throws {
        let test = provider.test
        let account = try await provider.makeApplication(number)
        let name = "c\(number)"
        try await test.post(
            "/credentials",
            [
                "name": .string(name), "kind": "oauth", "secret": .string(provider.pem),
                "settings": [
                    "grant": "client_credentials", "client_auth": "private_key_jwt", "client_id": .string(account),
                    "key_id": "k", "spoke": "okta", "url": .string(test.sandboxURL), "allow_loopback_http": true,
                    "scopes": [],
                ],
            ])
        try await test.post(
            "/connections",
            [
                "name": .string(name), "spoke": "okta", "url": .string(test.sandboxURL), "credentials": [.string(name)],
                "allow_loopback_http": true, "actions": .array(chosen.map { .string($0.key) }),
            ])
        try await test.post("/aliases", ["name": .string(name), "connection": .string(name)])
        let grant = try await test.post("/connections/\(name)/grant", ["trust_implied_scopes": .bool(impliesRead)])
        let scopes = Provider.names(grant, "scopes")
        let rights = try await provider.give(grant, to: account, number)
        _ = try await test.admin.call(
            "PATCH", "/credentials/\(name)", ["settings": ["scopes": .array(scopes.map { .string($0) })]])
        for action in actions {
            let outcome = try await provider.run(action, through: name)
            if chosen.contains(where: { $0.key == action.key }) {
                #expect(!Provider.isRefusal(outcome), "\(action.key): \(outcome)")
            } else {
                #expect(Provider.isNotEnabled(outcome), "\(action.key): \(outcome)")
            }
        }
        let allowed = try await provider.allowed(actions, try await provider.token(of: account, scopes))
        let reach = grant["residual_reach"]?["actions"]?.array?.compactMap(\.string) ?? []
        #expect(allowed == Set(chosen.map(\.key) + reach), "set \(number)")
        // One scope or right less, and something that was chosen is refused.
        if let scope = scopes.randomElement() {
            let less = try await provider.token(of: account, scopes.filter { $0 != scope })
            #expect(try await provider.allowed(chosen, less).count < chosen.count, "set \(number) without \(scope)")
        }
        try await provider.takeOne(of: rights, from: account)
        let less = try await provider.allowed(chosen, try await provider.token(of: account, scopes))
        #expect(less.count < chosen.count, "set \(number) without one right")
    }
}

/// An action with inputs that fit and that name nothing which is there.
private struct Tried {
    let key: String
    let method: String
    let path: String
    let input: JSONObject
}

/// The sandbox as its administrator and an application reach it, over HTTP.
private struct Provider {
    let test: TestHub
    let key: JWSPrivateKey

    var pem: String { key.pem.reveal { String(decoding: $0, as: UTF8.self) } }

    static func names(_ grant: JSON, _ part: String) -> [String] {
        (grant[part]?.array ?? []).compactMap { $0["name"]?.string }
    }

    static func isNotEnabled(_ outcome: ActionOutcome) -> Bool {
        if case .refused(let reason, _) = outcome { reason == "action_not_enabled" } else { false }
    }

    /// Whether it was refused for want of a right, here or there.
    static func isRefusal(_ outcome: ActionOutcome) -> Bool {
        switch outcome {
        case .done, .later: false
        case .refused: true
        case .failed(let reason, let says), .unknown(let reason, let says):
            reason == "credential_refused" || says.contains("HTTP 401") || says.contains("HTTP 403")
        }
    }

    /// Every action of the spoke, with the least inputs that its schema takes.
    func actions() async throws -> [Tried] {
        let spoke = try await test.admin.call("GET", "/spokes/okta")
        var tried: [Tried] = []
        for key in spoke["actions"]?.array?.compactMap({ $0["key"]?.string }) ?? [] {
            let action = try await test.admin.call("GET", "/actions/okta.\(key)")
            let schema = action["input_schema"] ?? .null
            var input = JSONObject()
            for name in schema["required"]?.array?.compactMap(\.string) ?? [] {
                input[name] =
                    name == "uri" ? "https://hooks.example/x" : Self.value(schema["properties"]?[name] ?? .null)
            }
            tried.append(
                Tried(
                    key: key, method: action["method"]?.string ?? "", path: action["path"]?.string ?? "", input: input))
        }
        return tried
    }

    private static func value(_ schema: JSON) -> JSON {
        if let first = schema["enum"]?.array?.first { return first }
        switch schema["type"]?.string {
        case "boolean": return false
        case "integer": return schema["minimum"] ?? 1
        case "array": return [value(schema["items"] ?? .null)]
        case "object": return ["title": "x"]
        default: return "nobody-there"
        }
    }

    func run(_ action: Tried, through alias: String) async throws -> ActionOutcome {
        try await test.hub.parts.spokes.run(
            ActionCall(
                action: ActionName(spoke: "okta", key: action.key), alias: alias, input: action.input, most: 1,
                execution: "", cause: Cause(.hub, at: test.hub.effects.now(), .new(test.hub.effects))))
    }

    // MARK: As the administrator

    private func administer(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        let reply = try await ask(method, path, "SSWS " + TestHub.sandboxToken, body)
        guard reply.status < 300 else { throw HubError(.internal, "sandbox", "\(method) \(path): \(reply.status)") }
        return reply.body.isEmpty ? .null : try JSON.read(reply.body)
    }

    private func ask(_ method: String, _ path: String, _ authorization: String, _ body: JSON?) async throws
        -> OutboundReply
    {
        var headers: [(name: String, value: HeaderValue)] = [
            ("Accept", .plain("application/json")), ("Authorization", .plain(authorization)),
        ]
        if body != nil { headers.append(("Content-Type", .plain("application/json"))) }
        return try await test.outbound.send(
            OutboundRequest(
                method: method, url: test.sandboxURL + path, headers: headers, body: body?.bytes,
                allowsLoopbackHTTP: true))
    }

    /// Makes a service application; its client id.
    func makeApplication(_ number: Int) async throws -> String {
        let made = try await administer(
            "POST", "/api/v1/apps",
            [
                "label": .string("set \(number)"), "signOnMode": "OPENID_CONNECT",
                "credentials": ["oauthClient": ["token_endpoint_auth_method": "private_key_jwt"]],
                "settings": [
                    "oauthClient": [
                        "application_type": "service", "grant_types": ["client_credentials"],
                        "jwks": ["keys": [key.publicKey.named("k").jwk]],
                    ]
                ],
            ])
        return made["id"]?.string ?? ""
    }

    /// Gives what the grant says, and nothing more; the paths of the rights, for taking one back.
    func give(_ grant: JSON, to account: String, _ number: Int) async throws -> [String] {
        for scope in Self.names(grant, "scopes") {
            _ = try await administer(
                "POST", "/api/v1/apps/\(account)/grants",
                ["scopeId": .string(scope), "issuer": .string(test.sandboxURL)])
        }
        var rights: [String] = []
        for role in Self.names(grant, "standard_roles") {
            let given = try await administer("POST", "/oauth2/v1/clients/\(account)/roles", ["type": .string(role)])
            rights.append("/oauth2/v1/clients/\(account)/roles/\(given["id"]?.string ?? "")")
        }
        let permissions = Self.names(grant, "permissions")
        guard !permissions.isEmpty else { return rights }
        let role = try await administer(
            "POST", "/api/v1/iam/roles",
            [
                "label": .string("role \(number)"), "description": "",
                "permissions": .array(permissions.map { .string($0) }),
            ])
        let roleID = role["id"]?.string ?? ""
        // A set holds something always; what no kind narrows is given whatever it holds.
        let kinds = Self.names(grant, "resources")
        let set = try await administer(
            "POST", "/api/v1/iam/resource-sets",
            [
                "label": .string("set \(number)"), "description": "",
                "resources": .array(
                    (kinds.isEmpty ? ["apps/none"] : kinds).map { .string("\(test.sandboxURL)/api/v1/\($0)") }),
            ])
        _ = try await administer(
            "POST", "/oauth2/v1/clients/\(account)/roles",
            ["type": "CUSTOM", "role": .string(roleID), "resource-set": set["id"] ?? .null])
        return rights + permissions.map { "/api/v1/iam/roles/\(roleID)/permissions/\($0)" }
    }

    func takeOne(of rights: [String], from account: String) async throws {
        guard let right = rights.randomElement() else { return }
        _ = try await administer("DELETE", right)
    }

    // MARK: As the application, past the hub

    func token(of account: String, _ scopes: [String]) async throws -> String {
        guard !scopes.isEmpty else { return "none" }
        let endpoint = test.sandboxURL + "/oauth2/v1/token"
        let now = test.hub.effects.now().epochSeconds
        let assertion = try JWS.sign(
            [
                "iss": .string(account), "sub": .string(account), "aud": .string(endpoint), "iat": .int(now),
                "exp": .int(now + 300), "jti": .string(Hex.encode(TestHub.fresh(16))),
            ], header: ["kid": "k"], with: key)
        let form =
            "grant_type=client_credentials&scope=" + scopes.joined(separator: "%20")
            + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
            + assertion
        let reply = try await test.outbound.send(
            OutboundRequest(
                method: "POST", url: endpoint,
                headers: [("Content-Type", .plain("application/x-www-form-urlencoded"))], body: Array(form.utf8),
                allowsLoopbackHTTP: true))
        return try JSON.read(reply.body)["access_token"]?.string ?? "none"
    }

    /// The actions whose request the provider does not refuse for want of a right.
    func allowed(_ actions: [Tried], _ token: String) async throws -> Set<String> {
        var found: Set<String> = []
        for action in actions {
            let path = action.path.split(separator: "/").map { $0.hasPrefix("{") ? "nobody-there" : $0 }
            var body: JSON? = ["POST", "PUT"].contains(action.method) ? [:] : nil
            if action.key == "set_user_password" { body = ["credentials": ["password": ["value": "Abcdef12"]]] }
            let reply = try await ask(action.method, "/" + path.joined(separator: "/"), "Bearer " + token, body)
            if reply.status != 401 && reply.status != 403 { found.insert(action.key) }
        }
        return found
    }
}
