import Core
import Keys
import OktaSandbox
import Outbound
import Ports
import Spokes
import Testing
import Vault

@testable import Hub

/// A sandbox without an app for the hub, and a connection to it that is to be set up.
struct ApplySite: Sendable {
    let test: TestHub
    /// Whether a service app is set up, which has no account; else a web app.
    var isService = false

    /// - Parameters:
    ///   - byKey: whether the connection has an API key; else an OAuth credential of an app that is still to be made.
    ///   - key: that key.
    static func make(
        _ test: TestHub, actions: [String], byKey: Bool = true, key: String = "00someKeyOfNobody",
        isService: Bool = false
    ) async throws -> ApplySite {
        try await test.connectOkta(
            actions: actions,
            by: byKey
                ? TestHub.key(secret: key)
                : [
                    "name": "later", "kind": "oauth", "secret": "later",
                    "settings": [
                        "client_id": "later", "spoke": "okta", "url": .string(test.sandboxURL),
                        "allow_loopback_http": true,
                    ],
                ])
        return ApplySite(test: test, isService: isService)
    }

    @discardableResult func ask(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> JSON {
        try await OktaTenant.ask(test, method, path, body)
    }

    func order(_ order: JSON) async throws { try await ask("POST", "/sandbox/faults", order) }

    /// The service account, with a password, so that it can consent.
    func makeAccount() async throws -> String {
        let made = try await ask(
            "POST", "/api/v1/users?activate=true",
            [
                "profile": [
                    "firstName": "Svc", "lastName": "Linchpin", "email": .string(OktaTenant.account),
                    "login": .string(OktaTenant.account),
                ],
                "credentials": ["password": ["value": .string(OktaTenant.password)]],
            ])
        return made["id"]?.string ?? "-"
    }

    func group(_ name: String) async throws -> String {
        let groups = try await ask("GET", "/api/v1/groups?limit=200").array ?? []
        return try #require(groups.first { $0.value(at: "/profile/name") == .string(name) }?["id"]?.string)
    }

    @discardableResult func choose(add: [String]) async throws -> JSON {
        try await test.post("/connections/okta/choose-resources", ["add": .array(add.map { .string($0) })])
    }

    /// Shows a plan, or carries one out.
    func apply(plan: JSON? = nil, _ more: JSON = [:]) async throws -> JSON {
        var body: JSONObject = ["administrator_token": .string(OktaTenant.administratorToken)]
        if isService { body["template"] = "service-app" } else { body["account"] = .string(OktaTenant.account) }
        for member in more.object?.members ?? [] { body[member.name] = member.value }
        if let plan { body["plan"] = plan }
        return try await test.post("/connections/okta/apply", .object(body))
    }

    /// Sets up in these steps, and once more, which changes nothing; what was done.
    func expectSetUp(_ steps: [String: String]) async throws -> JSON {
        let before = try await state()
        let plan = try await apply()
        #expect(try await state() == before, "a preview changes nothing")
        #expect(Self.states(plan) == steps)
        let done = try await apply(plan: plan["plan"])
        #expect(done["complete"] == true, "\(done)")
        let again = try await apply()
        #expect(again["changes"] == 0 && again["complete"] == true, "\(again)")
        let after = try await state()
        #expect(try await apply(plan: again["plan"])["changes"] == 0)
        #expect(try await state() == after, "a second run changes nothing")
        return done
    }

    /// The answer to the request that makes the app gets lost.
    func loseTheApp() async throws {
        // The first two look for the app, the third makes it.
        try await order(["fault": "delay", "milliseconds": 1, "path": "/api/v1/apps", "count": 2])
        try await order(["fault": "drop", "path": "/api/v1/apps"])
    }

    /// `complete`, or the reason of a refusal.
    func outcome(of plan: JSON?) async throws -> String {
        do {
            return try await apply(plan: plan)["complete"] == true ? "complete" : "incomplete"
        } catch let error as HubError where error.kind == .conflict { return error.reason }
    }

    func expectRefusal(_ reason: String, _ more: JSON, sourceLocation: SourceLocation = #_sourceLocation) async {
        await #expect("\(reason)", sourceLocation: sourceLocation) {
            _ = try await apply(more)
        } throws: {
            ($0 as? HubError)?.reason == reason
        }
    }

    static func states(_ answer: JSON) -> [String: String] {
        (answer["steps"]?.array ?? []).reduce(into: [:]) { $0[$1["step"]?.string ?? ""] = $1["state"]?.string }
    }

    /// What a set-up could have changed at the provider.
    func state() async throws -> [JSON] {
        var found: [JSON] = []
        for path in ["apps?limit=200", "users?limit=200", "iam/roles", "iam/resource-sets"] {
            found.append(try await ask("GET", "/api/v1/" + path))
        }
        for app in found[0].array ?? [] {
            for part in ["grants", "users"] {
                found.append(try await ask("GET", "/api/v1/apps/\(app["id"]?.string ?? "")/\(part)"))
            }
        }
        for set in found[3]["resource-sets"]?.array ?? [] {
            for part in ["resources", "bindings"] {
                found.append(try await ask("GET", "/api/v1/iam/resource-sets/\(set["id"]?.string ?? "")/\(part)"))
            }
        }
        return found
    }

    /// The account consents, and the connection uses the web app alone.
    func useTheApp(_ account: String) async throws {
        let sealed = try await test.admin.call("GET", "/credentials/okta-app")
        let appID = sealed.value(at: "/settings/client_id")?.string ?? "-"
        try await OktaTenant(test: test, appID: appID, accountID: account, secret: "").consent()
        try await useTheApp()
    }

    /// The connection uses the app alone.
    func useTheApp() async throws {
        try await test.post("/connections/okta/add-credential", ["credential": "okta-app"])
        try await test.post("/connections/okta/remove-credential", ["credential": "key"])
    }

    /// Inputs for the actions of the tests: about somebody in a group or not in it.
    func inputs(member: Bool, _ group: String) async throws -> [String: JSONObject] {
        let inside = Set(
            (try await ask("GET", "/api/v1/groups/\(group)/users?limit=200").array ?? []).compactMap {
                $0["id"]?.string
            })
        let people = try await ask("GET", "/api/v1/users?limit=200").array ?? []
        // Not the administrator, who comes first, nor the account itself.
        let person = try #require(
            people.dropFirst().first { person in
                person["status"] == "ACTIVE" && inside.contains(person["id"]?.string ?? "") == member
                    && person.value(at: "/profile/login")?.string != OktaTenant.account
            }?["id"]?.string)
        return [
            "users_stream": [:], "groups_stream": [:], "suspend_user": ["user_id": .string(person)],
            "add_user_to_group": ["user_id": .string(person), "group_id": .string(group)],
        ]
    }

    func run(_ action: String, _ input: JSONObject?) async throws -> ActionOutcome {
        try await test.hub.parts.spokes.run(
            ActionCall(
                action: ActionName(spoke: "okta", key: action), alias: "okta", input: input ?? [:], most: nil,
                execution: "", cause: Cause(.hub, at: test.hub.effects.now(), .new(test.hub.effects))))
    }

    func expectDone(_ action: String, _ input: JSONObject = [:]) async throws {
        let outcome = try await run(action, input)
        if case .done = outcome { return }
        Issue.record("\(action): \(outcome)")
    }

    /// The chosen actions succeed for somebody in the group, and not for anybody else; no other action may.
    func expectReach(_ actions: [String], within group: String) async throws {
        for (key, input) in try await inputs(member: true, group) { try await expectDone(key, input) }
        let outside = try await run("suspend_user", try await inputs(member: false, group)["suspend_user"])
        guard case .failed("not_permitted", _) = outside else {
            Issue.record("beyond the resource set: \(outside)")
            return
        }
        let reach = try await test.post("/connections/okta/grant", [:])["residual_reach"]?["actions"]?.texts ?? []
        #expect(try await allowed() == Set(actions + reach))
    }

    /// The actions whose request the provider does not refuse for want of a right, sent past the hub with its token.
    func allowed() async throws -> Set<String> {
        let connection = try await test.hub.parts.vault.resolve(connection: "okta")
        let cause = Cause(.hub, at: test.hub.effects.now(), .new(test.hub.effects))
        let credential = try #require(connection.credentials.first)
        guard case .live(let live) = try await test.hub.parts.custodian.live(credential, refused: nil, cause) else {
            throw HubError(.internal, "test", "no token")
        }
        let token = live.secret.reveal { String(decoding: $0, as: UTF8.self) }
        var found: Set<String> = []
        for key in try await test.admin.call("GET", "/spokes/okta")["actions"]?.array?.compactMap({ $0["key"]?.string })
            ?? []
        {
            let action = try await test.admin.call("GET", "/actions/okta.\(key)")
            let method = action["method"]?.string ?? ""
            let path = (action["path"]?.string ?? "").split(separator: "/")
                .map { $0.hasPrefix("{") ? "nobody-there" : $0 }.joined(separator: "/")
            var body: JSON? = ["POST", "PUT"].contains(method) ? [:] : nil
            if key == "set_user_password" { body = ["credentials": ["password": ["value": "Abcdef12"]]] }
            let url = "\(test.sandboxURL)/\(path)"
            let proof = try live.token?.proof?(method, url, nil)
            var headers: [(name: String, value: HeaderValue)] = [
                ("accept", .plain("application/json")), ("content-type", .plain("application/json")),
                ("authorization", .plain("\(proof == nil ? "Bearer" : "DPoP") \(token)")),
            ]
            if let proof { headers.append(("dpop", .plain(proof))) }
            let reply = try await test.outbound.send(
                OutboundRequest(
                    method: method, url: url, headers: headers, body: body?.bytes, allowsLoopbackHTTP: true))
            if reply.status != 401 && reply.status != 403 { found.insert(key) }
        }
        return found
    }

    /// An access token that is valid and has no administrator's right.
    func weakToken() async throws -> String {
        let key = try JWSPrivateKey.make(.es256)
        let app =
            try await ask(
                "POST", "/api/v1/apps",
                [
                    "label": "weak", "signOnMode": "OPENID_CONNECT",
                    "credentials": ["oauthClient": ["token_endpoint_auth_method": "private_key_jwt"]],
                    "settings": [
                        "oauthClient": [
                            "application_type": "service", "grant_types": ["client_credentials"],
                            "jwks": ["keys": [key.publicKey.named("k").jwk]],
                        ]
                    ],
                ])["id"]?.string ?? ""
        try await ask(
            "POST", "/api/v1/apps/\(app)/grants",
            ["scopeId": "okta.users.read", "issuer": .string(test.sandboxURL)])
        let endpoint = test.sandboxURL + "/oauth2/v1/token"
        let now = test.hub.effects.now().epochSeconds
        let assertion = try JWS.sign(
            [
                "iss": .string(app), "sub": .string(app), "aud": .string(endpoint), "iat": .int(now),
                "exp": .int(now + 300), "jti": .string(Hex.encode(TestHub.fresh(16))),
            ], header: ["kid": "k"], with: key)
        let form =
            "grant_type=client_credentials&scope=okta.users.read"
            + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
            + "&client_assertion=" + assertion
        let reply = try await test.outbound.send(
            OutboundRequest(
                method: "POST", url: endpoint,
                headers: [("content-type", .plain("application/x-www-form-urlencoded"))], body: Array(form.utf8),
                allowsLoopbackHTTP: true))
        return try #require(try reply.json["access_token"]?.string)
    }

    /// The outcomes of the events of set-ups, oldest first.
    func expectEvents(_ outcomes: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await test.settle()
        let events = try await test.admin.call("GET", "/audit-events?action=connection.set_up_applied")["items"]?.array
        let found = (events ?? []).compactMap { $0.value(at: "/details/outcome")?.string }
        #expect(found.sorted() == outcomes.sorted(), sourceLocation: sourceLocation)
    }
}
