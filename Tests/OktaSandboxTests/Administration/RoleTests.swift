import Core
import Keys
import OktaSandbox
import Testing

struct RoleTests {
    /// What a holder of a standard role may do.
    struct Row: Sendable, CustomTestStringConvertible {
        let role: String?
        let method: String
        let path: String
        let status: Int
        var testDescription: String { "\(role ?? "no role"): \(method) \(path)" }

        init(_ role: String?, _ method: String, _ path: String, _ status: Int) {
            (self.role, self.method, self.path, self.status) = (role, method, path, status)
        }
    }

    @Test(
        "the scope is there, the role decides",
        arguments: [
            Row(nil, "GET", "/api/v1/users", 403),
            Row(nil, "GET", "/api/v1/users/NORA", 403),
            Row("READ_ONLY_ADMIN", "GET", "/api/v1/users/NORA", 200),
            Row("READ_ONLY_ADMIN", "POST", "/api/v1/users/NORA/lifecycle/suspend", 403),
            Row("HELP_DESK_ADMIN", "GET", "/api/v1/users", 200),
            Row("HELP_DESK_ADMIN", "DELETE", "/api/v1/users/NORA/sessions", 204),
            Row("HELP_DESK_ADMIN", "POST", "/api/v1/users/NORA/lifecycle/suspend", 403),
            Row("USER_ADMIN", "POST", "/api/v1/users/NORA/lifecycle/suspend", 200),
            Row("USER_ADMIN", "DELETE", "/api/v1/groups/GROUP/users/NORA", 204),
            Row("USER_ADMIN", "GET", "/api/v1/iam/roles", 403),
            Row("GROUP_MEMBERSHIP_ADMIN", "DELETE", "/api/v1/groups/GROUP/users/NORA", 204),
            Row("GROUP_MEMBERSHIP_ADMIN", "DELETE", "/api/v1/users/NORA", 403),
            Row("APP_ADMIN", "GET", "/api/v1/apps/APP/grants", 200),
            Row("APP_ADMIN", "DELETE", "/api/v1/users/NORA", 403),
            Row("REPORT_ADMIN", "GET", "/api/v1/users", 403),
            Row("ORG_ADMIN", "DELETE", "/api/v1/users/NORA", 204),
            Row("ORG_ADMIN", "GET", "/api/v1/iam/roles", 200),
            Row("ORG_ADMIN", "POST", "/api/v1/users/MARA/roles", 403),
            Row("SUPER_ADMIN", "POST", "/api/v1/users/MARA/roles", 201),
        ])
    func standard(row: Row) throws {
        var stage = try Stage()
        if let role = row.role { #expect(stage.give("{\"type\":\"\(role)\"}").status == 201) }
        let path = row.path.replacing("NORA", with: stage.nora).replacing("MARA", with: stage.mara)
            .replacing("GROUP", with: stage.security).replacing("APP", with: stage.play.web)
        let reply = stage.call(row.method, path, body: row.path.hasSuffix("/roles") ? #"{"type":"USER_ADMIN"}"# : "")
        #expect(reply.status == row.status, "\(reply.text)")
        if row.status == 403 { #expect(try reply.code == "E0000006") }
    }

    @Test("a custom role counts within its resource set, lists leave out the rest, and taking it back ends it")
    func custom() throws {
        var stage = try Stage()
        let security = "http://127.0.0.1:9001/api/v1/groups/\(stage.security)/users"
        let role = try stage.make(
            "/api/v1/iam/roles",
            #"{"label":"Leavers","description":"","permissions":["okta.users.read","okta.users.lifecycle.suspend"]}"#)
        let set = try stage.make(
            "/api/v1/iam/resource-sets", "{\"label\":\"Security\",\"resources\":[\"\(security)\"]}")
        #expect(stage.call("GET", "/api/v1/users/\(stage.nora)").status == 403, "not bound yet")
        let bound = stage.post(
            "/api/v1/iam/resource-sets/\(set)/bindings",
            "{\"role\":\"\(role)\",\"members\":[\"http://127.0.0.1:9001/api/v1/users/\(stage.mara)\"]}")
        #expect(bound.status == 200)
        // Nora is in Security, Mara is not.
        #expect(stage.call("GET", "/api/v1/users/\(stage.nora)").status == 200)
        #expect(try stage.call("GET", "/api/v1/users/\(stage.mara)").code == "E0000006")
        #expect(stage.call("GET", "/api/v1/users/nobody").status == 404)
        let listed = try stage.call("GET", "/api/v1/users").json.array ?? []
        #expect(listed.contains { $0["id"] == .string(stage.nora) })
        #expect(!listed.contains { $0["id"] == .string(stage.mara) })
        #expect(listed.count < 100)
        #expect(stage.call("DELETE", "/api/v1/users/\(stage.nora)").status == 403, "not among the permissions")
        #expect(stage.call("POST", "/api/v1/users", body: "{}").status == 403)
        #expect(stage.call("POST", "/api/v1/users/\(stage.nora)/lifecycle/suspend").status == 200)
        // Another permission, another resource, another member.
        let permission = "/api/v1/iam/roles/\(role)/permissions/okta.users.lifecycle.manage"
        #expect(stage.post(permission, "").status == 204)
        #expect(stage.call("POST", "/api/v1/users/\(stage.nora)/lifecycle/unsuspend").status == 200)
        #expect(stage.play.org.send("DELETE", permission).status == 204)
        #expect(stage.call("DELETE", "/api/v1/users/\(stage.nora)").status == 403)
        let more = "{\"additions\":[\"http://127.0.0.1:9001/api/v1/users/\(stage.mara)\"]}"
        #expect(stage.post("/api/v1/iam/resource-sets/\(set)/resources", more, method: "PATCH").status == 200)
        #expect(stage.call("GET", "/api/v1/users/\(stage.mara)").status == 200)
        #expect(stage.play.org.send("DELETE", "/api/v1/iam/resource-sets/\(set)/bindings/\(role)").status == 204)
        #expect(stage.call("GET", "/api/v1/users/\(stage.nora)").status == 403)
    }

    @Test("permissions and members of a resource set come in pages, and the body names the next one")
    func pages() throws {
        var stage = try Stage()
        let role = try stage.make(
            "/api/v1/iam/roles",
            #"{"label":"R","description":"","permissions":["okta.users.read","okta.groups.read","okta.apps.read"]}"#)
        let users = (0..<101).map { "\"http://127.0.0.1:9001/api/v1/users/00u\($0)\"" }.joined(separator: ",")
        let set = try stage.make("/api/v1/iam/resource-sets", "{\"label\":\"S\",\"resources\":[\(users)]}")
        for (path, query, list, first) in [
            ("/api/v1/iam/roles/\(role)/permissions", "limit=2", "permissions", 2),
            ("/api/v1/iam/resource-sets/\(set)/resources", "", "resources", 100),
        ] {
            let page = try stage.play.org.send("GET", path, query: query).json
            #expect(page[list]?.array?.count == first)
            let next = try #require(page.value(at: "/_links/next/href")?.string)
            #expect(next.hasPrefix("http://127.0.0.1:9001\(path)?"), "\(next)")
            let rest = next.split(separator: "?").last.map(String.init) ?? ""
            let last = try stage.play.org.send("GET", path, query: rest).json
            #expect(last[list]?.array?.count == 1 && last["_links"] == nil, "\(last)")
        }
        #expect(
            stage.play.org.send("GET", "/api/v1/iam/roles/\(role)/permissions", query: "after=nobody").status == 400)
    }

    @Test("a role reaches its holder through a group, and a member can be taken out again")
    func throughAGroup() throws {
        var stage = try Stage()
        let role = try stage.make(
            "/api/v1/iam/roles", #"{"label":"R","description":"","permissions":["okta.users.read"]}"#)
        let set = try stage.make(
            "/api/v1/iam/resource-sets", #"{"label":"S","resources":["http://127.0.0.1:9001/api/v1/users"]}"#)
        let everyone = try stage.play.org.groups(of: stage.mara).groups.first?["id"]?.string ?? ""
        let path = "/api/v1/iam/resource-sets/\(set)/bindings"
        let bound = stage.post(
            path, "{\"role\":\"\(role)\",\"members\":[\"http://127.0.0.1:9001/api/v1/groups/\(everyone)\"]}")
        #expect(bound.status == 200)
        #expect(try stage.call("GET", "/api/v1/users").json.array?.count == 200)
        let members = try stage.play.org.send("GET", "\(path)/\(role)/members").json["members"]?.array ?? []
        let member = try #require(members.first?["id"]?.string)
        #expect(stage.play.org.send("DELETE", "\(path)/\(role)/members/\(member)").status == 204)
        #expect(stage.call("GET", "/api/v1/users").status == 403)
    }

    @Test("a service application acts with its own roles: none, then a custom one over one group's people")
    func service() throws {
        var stage = try Stage()
        let access = try #require(
            try stage.play.serviceToken("okta.users.read okta.users.manage").json["access_token"]?.string)
        let own = "/oauth2/v1/clients/\(stage.play.service)/roles"
        let standard = try #require(try stage.play.org.send("GET", own).json.array?.first?["id"]?.string)
        let call = { (play: inout Play, id: String) in
            play.org.send("GET", "/api/v1/users/\(id)", authorization: "Bearer \(access)").status
        }
        #expect(call(&stage.play, stage.nora) == 200)
        #expect(stage.play.org.send("DELETE", "\(own)/\(standard)").status == 204)
        #expect(call(&stage.play, stage.nora) == 403, "the token still lists the scope")
        let role = try stage.make(
            "/api/v1/iam/roles", #"{"label":"R","description":"","permissions":["okta.users.read"]}"#)
        let set = try stage.make(
            "/api/v1/iam/resource-sets",
            "{\"label\":\"S\",\"resources\":[\"/api/v1/groups/\(stage.security)/users\"]}")
        let body = "{\"type\":\"CUSTOM\",\"role\":\"\(role)\",\"resource-set\":\"\(set)\"}"
        let made = stage.post(own, body)
        #expect(made.status == 201)
        #expect(try stage.post(own, body).code == "E0000090")
        #expect(call(&stage.play, stage.nora) == 200)
        #expect(call(&stage.play, stage.mara) == 403)
        let id = try #require(try made.json["id"]?.string)
        #expect(stage.play.org.send("DELETE", "\(own)/\(id)").status == 204)
        #expect(stage.play.org.send("DELETE", "\(own)/\(id)").status == 404)
        #expect(call(&stage.play, stage.nora) == 403)
    }

    @Test(
        "what is refused",
        arguments: [
            ("/api/v1/iam/roles", #"{"label":"","permissions":["okta.users.read"]}"#, 400),
            ("/api/v1/iam/roles", #"{"label":"x","permissions":[]}"#, 400),
            ("/api/v1/iam/roles", #"{"label":"x","permissions":["okta.moon.read"]}"#, 400),
            ("/api/v1/iam/resource-sets", #"{"label":"x","resources":[]}"#, 400),
            ("/api/v1/iam/resource-sets", #"{"label":"x","resources":["http://127.0.0.1:9001/api/v1/moons"]}"#, 400),
            ("/api/v1/iam/resource-sets/iamNone/bindings", #"{"role":"x","members":["y"]}"#, 404),
            ("/api/v1/users/me/roles", #"{"type":"EMPEROR"}"#, 400),
            ("/api/v1/users/me/roles", #"{"type":"SUPER_ADMIN"}"#, 409),
            ("/api/v1/users/me/roles", #"{"type":"CUSTOM","role":"x","resource-set":"y"}"#, 404),
            ("/oauth2/v1/clients/0oaNobody/roles", #"{"type":"USER_ADMIN"}"#, 404),
        ])
    func refused(path: String, body: String, status: Int) throws {
        var stage = try Stage()
        #expect(stage.post(path, body).status == status)
    }
}

/// Mara, who signed in with every granted scope and has no role; Nora, who administers the org.
private struct Stage {
    var play: Play
    let mara: String
    let nora: String
    let security: String
    private let access: String

    init() throws {
        play = try Play()
        mara = try play.org.id("mara.lindqvist")
        nora = try play.org.id(OktaSandboxTests.nora)
        security =
            try play.org.groups(of: nora).groups.first { $0.value(at: "/profile/name") == "Security" }?["id"]?.string
            ?? ""
        for scope in ["okta.roles.read", "okta.roles.manage", "okta.appGrants.read"] {
            let body = "{\"scopeId\":\"\(scope)\",\"issuer\":\"http://127.0.0.1:9001\"}"
            _ = play.org.send(
                "POST", "/api/v1/apps/\(play.web)/grants", more: [("content-type", "application/json")], body: body)
        }
        let scopes = TrialApps.scopes + ["okta.roles.read", "okta.roles.manage", "okta.appGrants.read"]
        access =
            try play.tokens(["scope": scopes.joined(separator: " ")], as: OktaSandboxTests.mara)["access_token"]?.string
            ?? ""
    }

    /// A call as Mara.
    mutating func call(_ method: String, _ path: String, body: String = "") -> SandboxReply {
        play.org.send(
            method, path, authorization: "Bearer \(access)",
            more: body.isEmpty ? [] : [("content-type", "application/json")], body: body)
    }

    /// A call with the API token.
    mutating func post(_ path: String, _ body: String, method: String = "POST") -> SandboxReply {
        play.org.send(
            method, path, more: body.isEmpty ? [] : [("content-type", "application/json")], body: body)
    }

    mutating func give(_ body: String) -> SandboxReply { post("/api/v1/users/\(mara)/roles", body) }

    /// The id of what was made.
    mutating func make(_ path: String, _ body: String) throws -> String {
        let reply = post(path, body)
        #expect(reply.status == 200, "\(reply.text)")
        return try #require(try reply.json["id"]?.string)
    }
}
