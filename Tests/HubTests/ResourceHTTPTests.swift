import Core
import Hub
import Outbound
import Ports
import TestSupport
import Testing

private let incidents = "/api/now/table/incident"

@Suite("What a token is for, over HTTP") struct ResourceHTTPTests {
    /// A token of the caller, asked for with more than its scopes.
    private func token(_ test: TestHub, _ caller: TestCaller, _ more: String) async throws -> String {
        let scopes = caller.scopes.joined(separator: "+")
        let reply = try await test.askToken(
            "grant_type=client_credentials&scope=\(scopes)\(more)", basic: caller.basic)
        #expect(reply.status == 200, "\(reply.text)")
        return try #require(try reply.json["access_token"]?.string)
    }

    private func details(_ list: JSON) -> String {
        "&authorization_details=" + PercentEncoding.encode(list.text())
    }

    @Test("RFC 9728 §3, §5.1: a 401 leads to the metadata of the hub's APIs, and a 403 does not")
    func metadata() async throws {
        try await TestHub.with { test in
            let refused = try await test.send("GET", incidents)
            #expect(refused.status == 401)
            let path = "/.well-known/oauth-protected-resource"
            let address = test.hub.issuer + path
            let challenge = refused.header("www-authenticate")
            #expect(challenge == "Bearer realm=\"linchpin\", resource_metadata=\"\(address)\"")
            let document = try await test.send("GET", path)
            #expect(document.status == 200)
            #expect(try document.json["resource"]?.string == test.hub.issuer)
            #expect(try document.json["authorization_servers"] == [.string(test.hub.issuer)])
            let caller = try await test.caller("app", roles: [], scopes: [.tables])
            let forbidden = try await test.send("GET", "/api/linchpin/v1/clients", token: caller.token)
            #expect(forbidden.status == 403)
            #expect(forbidden.header("www-authenticate")?.contains("resource_metadata") == false)
        }
    }

    @Test("RFC 8707 §2: a token for others alone is refused, live and explained", arguments: TestStore.allCases)
    func audience(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let caller = try await test.caller("app", roles: ["admin"], scopes: [.tables])
            _ = try await test.admin.call("PATCH", "/clients/app", ["resources": ["https://api.example"]])
            let hub = PercentEncoding.encode(test.hub.issuer)
            for (more, status) in [
                ("&resource=https%3A%2F%2Fapi.example", 401),
                ("&resource=https%3A%2F%2Fapi.example&resource=\(hub)", 200), ("&resource=\(hub)%2F", 200),
            ] {
                let token = try await token(test, caller, more)
                // Twice: the second is decided from memory.
                for _ in 0..<2 {
                    let reply = try await test.send("GET", incidents, token: token)
                    #expect(reply.status == status, "\(more)")
                    guard status == 401 else { continue }
                    #expect(reply.header("www-authenticate")?.contains("error=\"invalid_token\"") == true)
                    let row = try await test.row(of: reply)
                    #expect(row["reason"] == "token_for_another" && row["decision"]?["deciding"] == "audience")
                }
                let explained = try await test.post(
                    "/decisions/explain", ["method": "GET", "path": .string(incidents), "token": .string(token)])
                #expect(explained["allowed"] == .bool(status == 200))
            }
        }
    }

    @Test("RFC 9470 §3: a scope that asks for a recent sign-in, and nobody signed in", arguments: TestStore.allCases)
    func signIn(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let caller = try await test.caller("app", roles: ["admin"], scopes: [.tables])
            #expect(try await test.send("GET", incidents, token: caller.token).status == 200)
            _ = try await test.admin.call(
                "PATCH", "/scopes/\(TestScope.tables.name)", ["max_age": 300])
            let refused = try await test.send("GET", incidents, token: caller.token)
            #expect(refused.status == 401)
            let challenge = refused.header("www-authenticate") ?? ""
            #expect(challenge.contains("error=\"insufficient_user_authentication\", max_age=\"300\""))
            #expect(try await test.row(of: refused)["reason"] == "sign_in_too_old")
            _ = try await test.admin.call("PATCH", "/scopes/\(TestScope.tables.name)", ["max_age": 0])
            #expect(try await test.send("GET", incidents, token: caller.token).status == 200)
        }
    }

    @Test("RFC 9396 §3: what the details name, and nothing else", arguments: TestStore.allCases)
    func details(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let caller = try await test.caller("app", roles: ["admin"], scopes: [.tables])
            _ = try await test.admin.call(
                "PATCH", "/clients/app", ["authorization_details_types": ["linchpin_api"]])
            let token = try await token(
                test, caller, details([["type": "linchpin_api", "actions": ["GET"], "datatypes": ["incident"]]]))
            #expect(try await test.send("GET", incidents, token: token).status == 200)
            for (method, path) in [("GET", "/api/now/table/hr_leaver"), ("POST", incidents)] {
                let refused = try await test.send(method, path, token: token, json: method == "POST" ? [:] : nil)
                #expect(refused.status == 403)
                let row = try await test.row(of: refused)
                #expect(row["reason"] == "details_missing" && row["decision"]?["deciding"] == "details")
            }
        }
    }

    @Test("a detail names an action with the alias through which it is run")
    func actions() async throws {
        try await TestHub.with { test in
            try await test.post("/spokes/okta/activate", [:])
            let caller = try await test.caller("app", roles: ["connection_admin"], scopes: [.administration])
            _ = try await test.admin.call(
                "PATCH", "/clients/app", ["authorization_details_types": ["linchpin_action"]])
            let token = try await token(
                test, caller,
                details([["type": "linchpin_action", "actions": ["okta.lookup_user"], "alias": "okta"]]))
            func run(_ action: String, _ alias: String) async throws -> OutboundReply {
                try await test.send(
                    "POST", "/api/linchpin/v1/actions/\(action)/run", token: token,
                    json: ["alias": .string(alias), "input": ["login": "mara"]])
            }
            // It comes as far as the gate, which finds no such alias.
            let named = try await run("okta.lookup_user", "okta")
            #expect(named.status == 200)
            #expect(try named.json["outcome"] == "refused")
            let otherAlias = try await run("okta.lookup_user", "lab")
            #expect(otherAlias.status == 403)
            #expect(try await test.row(of: otherAlias)["reason"] == "details_missing")
            let otherAction = try await run("okta.list_groups", "okta")
            #expect(otherAction.status == 403)
            #expect(try await test.row(of: otherAction)["decision"]?["deciding"] == "details")
            #expect(try await test.send("GET", "/api/linchpin/v1/actions", token: token).status == 403)
        }
    }
}
