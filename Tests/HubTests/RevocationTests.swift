import Core
import Hub
import Outbound
import Ports
import Testing

@Suite("Rights end at the next request") struct RevocationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let reason: String
        let status: Int
        let change: @Sendable (TestHub, TestCaller) async throws -> Void
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "the user is locked", reason: "user_locked", status: 401) { test, caller in
            _ = try await test.admin.call("PATCH", "/users/\(caller.name)", ["locked": true])
        },
        Row(name: "the user is switched off", reason: "user_inactive", status: 401) { test, caller in
            _ = try await test.admin.call("PATCH", "/users/\(caller.name)", ["active": false])
        },
        Row(name: "the client is switched off", reason: "client_inactive", status: 401) { test, caller in
            _ = try await test.admin.call("PATCH", "/clients/\(caller.name)", ["active": false])
        },
        Row(name: "the token is revoked", reason: "token_revoked", status: 401) { test, caller in
            try await test.post("/tokens/revoke", ["token": .string(caller.token)])
        },
        Row(name: "all its tokens are revoked", reason: "token_revoked", status: 401) { test, caller in
            try await test.post("/clients/\(caller.name)/revoke-tokens", [:])
        },
        Row(name: "the token's time is over", reason: "token_expired", status: 401) { test, _ in
            test.clock.advance(seconds: 1_801)
        },
        Row(name: "the client is deleted", reason: "token_unknown", status: 401) { test, caller in
            _ = try await test.admin.call("DELETE", "/clients/\(caller.name)")
        },
        Row(name: "the client loses the scope", reason: "scope_missing", status: 403) { test, caller in
            _ = try await test.admin.call("PATCH", "/clients/\(caller.name)", ["scopes": []])
        },
        Row(name: "the scope is switched off", reason: "scope_missing", status: 403) { test, _ in
            _ = try await test.admin.call("PATCH", "/scopes/all.tables", ["active": false])
        },
        Row(name: "the role is withdrawn", reason: "role_missing", status: 403) { test, caller in
            let grants = try await test.admin.call("GET", "/role-grants?user=\(caller.name)")["items"]?.array ?? []
            for grant in grants {
                _ = try await test.admin.call("DELETE", "/role-grants/\(grant["id"]?.string ?? "-")")
            }
        },
        Row(name: "the table asks for another role", reason: "role_missing", status: 403) { test, _ in
            try await test.post("/tables/hr_leaver/set-roles", ["read_roles": ["incident_reader"]])
        },
    ]

    @Test("Each is effective at once, with its own reason inside and one text outside", arguments: rows)
    func ends(row: Row) async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_reader"], scopes: [.tables])
            let before = try await test.send("GET", "/api/now/table/hr_leaver", token: caller.token)
            #expect(before.status == 200)
            try await row.change(test, caller)
            let after = try await test.send("GET", "/api/now/table/hr_leaver", token: caller.token)
            #expect(after.status == row.status)
            let logged = try await test.row(of: after)
            #expect(logged["reason"]?.string == row.reason)
            #expect(logged["outcome"]?.string == "refused")
            #expect(logged["decision"]?["allowed"]?.bool == false)
            let says = try after.json["error"]?["message"]?.string
            switch row.status {
            case 401:
                #expect(says == "The token is not valid. Ask for a new one.")
                let challenge = after.header("www-authenticate") ?? ""
                #expect(challenge.hasPrefix("Bearer realm=\"linchpin\", error=\"invalid_token\""))
            default: #expect(says?.hasSuffix("for this call.") == true)
            }
            #expect(!after.text.contains(row.reason), "the table surface says no more than the public text")
        }
    }

    @Test("Introspection sees it at once, too", arguments: rows.filter { $0.status == 401 })
    func introspected(row: Row) async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_reader"], scopes: [.tables])
            let api = try await test.caller("api", scopes: [.tables])
            _ = try await test.admin.call("PATCH", "/clients/api", ["introspects_all": true])
            func isActive() async throws -> Bool? {
                let reply = try await test.askToken(
                    "token=\(caller.token)", basic: api.basic, path: "/oauth2/introspect")
                return try JSON.read(reply.body)["active"]?.bool
            }
            // The second time from memory.
            for _ in 1...2 { #expect(try await isActive() == true) }
            try await row.change(test, caller)
            #expect(try await isActive() == false)
        }
    }

    @Test("A role that ends at a moment ends at that moment")
    func until() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", scopes: [.tables])
            let end = test.clock.now.adding(seconds: 60)
            try await test.post(
                "/role-grants", ["user": "hr", "role": "hr_leaver_reader", "until": .string(end.rfc3339)])
            let during = try await test.send("GET", "/api/now/table/hr_leaver", token: caller.token)
            #expect(during.status == 200)
            test.clock.advance(seconds: 61)
            let after = try await test.send("GET", "/api/now/table/hr_leaver", token: caller.token)
            #expect(after.status == 403)
            #expect(try await test.row(of: after)["reason"]?.string == "role_missing")
        }
    }

    @Test("A secret that is removed gets no token; a token it got lives on")
    func secretRemoved() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("hr", roles: ["hr_leaver_reader"], scopes: [.tables])
            let client = try await test.admin.call("GET", "/clients/hr")
            let secret = client["secrets"]?.array?.first?["id"]?.string ?? "-"
            try await test.post("/clients/hr/remove-secret", ["secret": .string(secret)])
            let asked = try await test.askToken(
                "grant_type=client_credentials&scope=all.tables", basic: caller.basic)
            #expect(asked.status == 401)
            #expect(try await test.row(of: asked)["reason"]?.string == "client_secret_wrong")
            let live = try await test.send("GET", "/api/now/table/hr_leaver", token: caller.token)
            #expect(live.status == 200)
        }
    }

    @Test("Another table, another method, no role: each its own refusal")
    func narrow() async throws {
        try await TestHub.with { test in
            let scope = TestScope("leavers.post", "POST /api/now/table/hr_leaver", table: "hr_leaver")
            let caller = try await test.caller("hr", roles: ["incident_reader"], scopes: [scope])
            let rows: [(String, String, Int, String)] = [
                ("GET", "/api/now/table/incident", 403, "scope_missing"),
                ("GET", "/api/now/table/hr_leaver", 403, "scope_missing"),
                ("DELETE", "/api/now/table/hr_leaver/0123", 403, "scope_missing"),
                ("GET", "/api/linchpin/v1/clients", 403, "scope_missing"),
                ("POST", "/api/now/table/hr_leaver", 403, "role_missing"),
            ]
            for (method, path, status, reason) in rows {
                let reply = try await test.send(
                    method, path, token: caller.token, json: method == "POST" ? TableHTTPTests.leaver : nil)
                #expect(reply.status == status, "\(method) \(path)")
                #expect(try await test.row(of: reply)["reason"]?.string == reason, "\(method) \(path)")
                let isOperation = path.hasPrefix("/api/linchpin")
                #expect(try await test.audited(reply) == (isOperation ? ["operation.refused"] : []))
            }
        }
    }
}
