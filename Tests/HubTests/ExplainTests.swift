import Core
import Hub
import Outbound
import Ports
import Testing

@Suite("Explain says what live traffic gets") struct ExplainTests {
    /// Who calls: roles of the user, scopes of the client, and what befalls them after they got a token.
    struct Who: Sendable {
        let name: String
        let roles: [String]
        let scopes: [TestScope]
        var asks: [String]?
        var befalls: (path: String, change: JSON)?
    }

    static let post = TestScope("leavers.post", "POST /api/now/table/hr_leaver", table: "hr_leaver")
    static let read = TestScope("leavers.read", "GET /api/now/table/hr_leaver/**", table: "hr_leaver")
    static let people: [Who] = [
        Who(name: "nothing", roles: [], scopes: [read]),
        Who(name: "poster", roles: ["hr_leaver_writer"], scopes: [post]),
        Who(name: "reader", roles: ["hr_leaver_reader", "incident_reader"], scopes: [read]),
        Who(name: "wide", roles: ["incident_reader"], scopes: [.tables]),
        Who(name: "narrowed", roles: ["hr_leaver_writer"], scopes: [post, read], asks: ["leavers.read"]),
        Who(name: "chief", roles: ["admin"], scopes: [.administration, .tables]),
        Who(name: "auditor", roles: ["auditor"], scopes: [.administration]),
        Who(
            name: "locked", roles: ["hr_leaver_reader"], scopes: [read],
            befalls: ("/users/locked", ["locked": true])),
        Who(
            name: "off", roles: ["hr_leaver_reader"], scopes: [read], befalls: ("/users/off", ["active": false])),
        Who(
            name: "client-off", roles: [], scopes: [read], befalls: ("/clients/client-off", ["active": false])),
        Who(
            name: "robbed", roles: ["hr_leaver_reader"], scopes: [read],
            befalls: ("/clients/robbed", ["scopes": []])),
    ]
    static let calls: [(method: String, path: String)] = [
        ("GET", "/api/now/table/hr_leaver"), ("POST", "/api/now/table/hr_leaver"),
        ("GET", "/api/now/table/hr_leaver/none"), ("PATCH", "/api/now/table/hr_leaver/none"),
        ("DELETE", "/api/now/table/hr_leaver/none"), ("GET", "/api/now/table/incident"),
        ("GET", "/api/now/table/no_such_table"), ("GET", "/api/linchpin/v1/clients"),
        ("POST", "/api/linchpin/v1/users"), ("GET", "/api/linchpin/v1/transactions"), ("GET", "/health/live"),
    ]

    @Test("Every caller × every call: the same decision, reason and deciding check")
    func same() async throws {
        try await TestHub.with { test in
            var compared = 0
            for who in Self.people {
                let token = try await prepare(who, test)
                for call in Self.calls {
                    let explained = try await explain(test, call, token: token)
                    let live = try await test.send(
                        call.method, call.path, token: token, json: call.method == "GET" ? nil : [:])
                    let row = try await test.row(of: live)
                    let what = "\(who.name) \(call.method) \(call.path)"
                    if explained["allowed"]?.bool == true {
                        #expect(row["decision"] == .null, "\(what): \(row)")
                        #expect(live.status != 401 && live.status != 403, "\(what)")
                    } else {
                        #expect(explained == row["decision"], "\(what)")
                        #expect(row["reason"] == explained["reason"], "\(what)")
                    }
                    compared += 1
                }
            }
            #expect(compared > 100)
        }
    }

    @Test("A client asked for gets what a fresh token of it gets")
    func asClient() async throws {
        try await TestHub.with { test in
            for who in Self.people where who.befalls == nil && who.asks == nil {
                let token = try await prepare(who, test)
                for call in Self.calls {
                    let byToken = try await explain(test, call, token: token)
                    let byClient = try await test.post(
                        "/decisions/explain",
                        ["method": .string(call.method), "path": .string(call.path), "client": .string(who.name)])
                    #expect(byToken["allowed"] == byClient["allowed"], "\(who.name) \(call)")
                    #expect(byToken["reason"] == byClient["reason"], "\(who.name) \(call)")
                    #expect(byToken["flip"] == byClient["flip"], "\(who.name) \(call)")
                    let credential = byClient["checks"]?.array?.first
                    let isOpen = call.path == "/health/live"
                    #expect(credential?["outcome"] == (isOpen ? "not_needed" : "passed"))
                    #expect(
                        isOpen
                            || credential?["evidence"] == "A fresh token is supposed; none was presented.")
                }
            }
        }
    }

    @Test("A client that acts for people alone is asked about with a person, who decides as in a live request")
    func asPerson() async throws {
        try await TestHub.with { test in
            try await test.make(Self.read)
            try await test.post("/users", ["name": "svc.portal", "web_service_only": true])
            for name in ["mara", "nils"] { try await test.post("/users", ["name": .string(name)]) }
            try await test.grant("hr_leaver_reader", to: "mara")
            try await test.post(
                "/clients",
                [
                    "name": "portal", "user": "svc.portal", "scopes": [.string(Self.read.name)],
                    "grants": ["authorization_code"], "redirect_uris": ["https://portal.example/cb"],
                ])
            func explained(_ members: (name: String, value: JSON)...) async throws -> JSON {
                var body: JSONObject = ["method": "GET", "path": "/api/now/table/hr_leaver"]
                for member in members { body[member.name] = member.value }
                return try await test.post("/decisions/explain", .object(body))
            }
            let mara = try await explained(("client", "portal"), ("user", "mara"))
            #expect(mara["allowed"] == true)
            #expect(mara["as_if"] == "portal had a fresh token that mara allowed")
            let nils = try await explained(("client", "portal"), ("user", "nils"))
            #expect(nils["reason"] == "role_missing")
            #expect(nils["would_pass_with"]?.string?.contains("role hr_leaver_reader on user nils") == true)
            let alone = await #expect(throws: HubError.self) { try await explained(("client", "portal")) }
            #expect(alone?.reason == "person_needed")
            let nobody = await #expect(throws: HubError.self) {
                try await explained(("client", "portal"), ("user", "nobody"))
            }
            #expect(nobody?.reason == "unknown_user")
            let scope = await #expect(throws: HubError.self) {
                try await explained(("client", "portal"), ("user", "mara"), ("scopes", ["no.such"]))
            }
            #expect(scope?.reason == "scope_not_held")
            let person = await #expect(throws: HubError.self) { try await explained(("user", "mara")) }
            #expect(person?.reason == "user_without_client")
            try await test.post(
                "/clients", ["name": "robot", "user": "svc.portal", "scopes": [.string(Self.read.name)]])
            let robot = await #expect(throws: HubError.self) {
                try await explained(("client", "robot"), ("user", "mara"))
            }
            #expect(robot?.reason == "acts_for_itself")
        }
    }

    @Test("Applying the changes that it names flips the decision, live", arguments: people)
    func flips(who: Who) async throws {
        for call in Self.calls {
            try await flip(who, call)
        }
    }

    private func flip(_ who: Who, _ call: (method: String, path: String)) async throws {
        try await TestHub.with { test in
            var token = try await prepare(who, test)
            let before = try await explain(test, call, token: token)
            guard before["allowed"]?.bool == false else { return }
            let changes = before["flip"]?.array ?? []
            let what = "\(who.name) \(call.method) \(call.path): \(changes)"
            #expect(!changes.isEmpty, "\(what)")
            if changes.contains(where: { $0["change"]?.string == "create_table" }) { return }
            var asked = who.asks ?? who.scopes.map(\.name)
            for change in changes { try await apply(change, who, call, &asked, test) }
            if changes.contains(where: { ["new_token", "grant_scope", "define_scope"].contains($0["change"]?.string) })
            {
                let client = try await test.admin.call("GET", "/clients/\(who.name)")
                token = try await test.token(of: try await test.fresh(client), scopes: asked)
            }
            let live = try await test.send(
                call.method, call.path, token: token, json: call.method == "GET" ? nil : [:])
            #expect(live.status != 401 && live.status != 403, "\(what)\n\(live.text)")
        }
    }

    /// Does what the change says, read from its own words.
    private func apply(
        _ change: JSON, _ who: Who, _ call: (method: String, path: String), _ asked: inout [String], _ test: TestHub
    ) async throws {
        let words = (change["says"]?.string ?? "").split(separator: " ").map(String.init)
        switch change["change"]?.string {
        case "activate_client": _ = try await test.admin.call("PATCH", "/clients/\(words[1])", ["active": true])
        case "activate_user": _ = try await test.admin.call("PATCH", "/users/\(words[1])", ["active": true])
        case "unlock_user": _ = try await test.admin.call("PATCH", "/users/\(words[1])", ["locked": false])
        case "grant_role": try await test.grant(words[1], to: words[4])
        case "new_token": asked += words.dropFirst(7).filter { !asked.contains($0) }
        case "grant_scope": try await give(words[1], who, &asked, test)
        case "define_scope":
            try await test.make(TestScope("made", "\(call.method) \(call.path)"))
            try await give("made", who, &asked, test)
        default: Issue.record("nobody knows how to apply \(change)")
        }
    }

    private func give(_ scope: String, _ who: Who, _ asked: inout [String], _ test: TestHub) async throws {
        let client = try await test.admin.call("GET", "/clients/\(who.name)")
        let held = client["scopes"]?.array ?? []
        _ = try await test.admin.call(
            "PATCH", "/clients/\(who.name)", ["scopes": .array(held + [.string(scope)])])
        asked.removeAll { !held.contains(.string($0)) }
        asked.append(scope)
    }

    private func prepare(_ who: Who, _ test: TestHub) async throws -> String {
        var caller = try await test.caller(who.name, roles: who.roles, scopes: who.scopes)
        if let asks = who.asks { caller.token = try await test.token(of: caller, scopes: asks) }
        if let befalls = who.befalls { _ = try await test.admin.call("PATCH", befalls.path, befalls.change) }
        return caller.token
    }

    private func explain(
        _ test: TestHub, _ call: (method: String, path: String), token: String
    ) async throws -> JSON {
        try await test.post(
            "/decisions/explain",
            ["method": .string(call.method), "path": .string(call.path), "token": .string(token)])
    }
}

extension TestHub {
    /// A client with a new secret.
    func fresh(_ client: JSON) async throws -> TestCaller {
        let name = client["name"]?.string ?? "-"
        let secret = try await post("/clients/\(name)/add-secret", [:])
        return TestCaller(
            name: name, clientID: client["client_id"]?.string ?? "", secret: secret["client_secret"]?.string ?? "",
            scopes: [], token: "")
    }
}
