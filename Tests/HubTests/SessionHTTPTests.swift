import Core
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

private let password = "canary correct horse battery"

struct SessionHTTPTests {
    /// A hub with `mara`, who has these roles.
    private func with(
        _ store: TestStore, roles: [String] = [], _ body: (TestHub, TestBrowser) async throws -> Void
    ) async throws {
        try await TestHub.with(store, pages: TestPages.pages) { hub in
            try await hub.post("/users", ["name": "mara"])
            try await hub.post("/users/mara/set-password", ["password": .string(password)])
            for role in roles { try await hub.grant(role, to: "mara") }
            try await body(hub, try await TestBrowser(hub, user: "mara", password: password))
        }
    }

    @Test(arguments: TestStore.allCases) func signInHomeSignOut(_ store: TestStore) async throws {
        try await with(store) { hub, browser in
            let reply = try await TestBrowser.form(hub, "/console/sign-in", ["user": "mara", "password": password])
            #expect(reply.status == 303)
            let cookie = reply.header("set-cookie") ?? ""
            #expect(cookie.hasPrefix("linchpin-loopback=lpss_"))
            #expect(cookie.hasSuffix("; Path=/; HttpOnly; SameSite=Lax"))
            let home = try await browser.get("/console")
            #expect(home.text.hasPrefix("home of mara csrf="))
            #expect(home.header("cache-control") == "no-store")
            #expect(home.header("content-security-policy")?.contains("default-src 'none'") == true)
            let row = try await hub.row(of: home)
            #expect(row["user"] == "mara")
            let out = try await browser.post("/console/sign-out")
            #expect(out.header("set-cookie")?.hasPrefix("linchpin-loopback=; Max-Age=0") == true)
            let after = try await browser.get("/console?x=1")
            #expect(after.status == 303)
            #expect(after.header("location") == "/console/sign-in?next=%2Fconsole%3Fx%3D1")
            let refused = try await hub.row(of: after)
            #expect(refused["reason"] == "session_ended")
            let audited = try await hub.audited(out)
            #expect(audited == ["session.ended"])
        }
    }

    @Test(arguments: TestStore.allCases) func aPlantedCookieDoesNotStay(_ store: TestStore) async throws {
        try await with(store) { hub, browser in
            let planted = "linchpin-loopback=lpss_planted"
            let reply = try await TestBrowser.form(
                hub, "/console/sign-in", ["user": "mara", "password": password], headers: [("Cookie", planted)])
            #expect(reply.status == 303)
            let fresh = reply.header("set-cookie") ?? planted
            #expect(!fresh.contains("planted") && !fresh.hasPrefix(browser.cookie))
            let known = try await hub.send("GET", "/console", headers: [("Cookie", planted)])
            #expect(known.status == 303)
            let two = try await hub.send("GET", "/console", headers: [("Cookie", "\(browser.cookie); \(planted)")])
            #expect(two.status == 303, "two cookies of one name count as none")
        }
    }

    @Test("a form that is not ours does nothing", arguments: TestStore.allCases)
    func crossSite(_ store: TestStore) async throws {
        try await with(store, roles: ["admin"]) { hub, browser in
            let (cookie, token, own) = (("Cookie", browser.cookie), browser.csrf, hub.hub.url)
            let other = try await TestBrowser(hub, user: "mara", password: password)
            let rows: [(name: String, csrf: [String], headers: [(String, String)], reason: String)] = [
                ("no token", [], [("Origin", own)], "csrf_missing"),
                ("a wrong token", ["x"], [("Origin", own)], "csrf_wrong"),
                ("the token of another session", [other.csrf], [("Origin", own)], "csrf_wrong"),
                ("two tokens", [token, token], [("Origin", own)], "csrf_wrong"),
                ("another origin", [token], [("Origin", "https://evil.example")], "foreign_origin"),
                ("another port", [token], [("Origin", "http://127.0.0.1:1")], "foreign_origin"),
                ("another scheme", [token], [("Origin", "https" + own.dropFirst(4))], "foreign_origin"),
                ("origin null", [token], [("Origin", "null")], "foreign_origin"),
                ("no word of the origin", [token], [], "foreign_origin"),
                ("cross-site", [token], [("Sec-Fetch-Site", "cross-site")], "foreign_origin"),
                ("same-site", [token], [("Sec-Fetch-Site", "same-site")], "foreign_origin"),
                ("both, at odds", [token], [("Origin", own), ("Sec-Fetch-Site", "cross-site")], "foreign_origin"),
            ]
            for row in rows {
                let body = (["name=forged"] + row.csrf.map { "csrf=" + $0 }).joined(separator: "&")
                let reply = try await hub.send(
                    "POST", "/console/users", body: body, type: "application/x-www-form-urlencoded",
                    headers: [cookie] + row.headers)
                #expect(reply.status == 403, "\(row.name)")
                let logged = try await hub.row(of: reply)
                #expect(logged["reason"] == .string(row.reason), "\(row.name)")
                let api = try await hub.send(
                    "POST", "/api/linchpin/v1/users", json: ["name": "forged"],
                    headers: [cookie] + row.headers + row.csrf.map { ("X-CSRF-Token", $0) })
                #expect(api.status == 403, "\(row.name)")
            }
            let users = try await browser.get("/console/users")
            #expect(users.status == 200 && !users.text.contains("forged"))
            let own1 = try await browser.post("/console/users", ["name": "real"])
            #expect(own1.status == 200)
            let api = try await hub.send(
                "POST", "/api/linchpin/v1/users", json: ["name": "real-too"],
                headers: [cookie, ("X-CSRF-Token", token), ("Sec-Fetch-Site", "same-origin")])
            #expect(api.status == 201)
        }
    }

    @Test("nobody is signed in from elsewhere", arguments: TestStore.allCases)
    func loginFromElsewhere(_ store: TestStore) async throws {
        try await with(store) { hub, _ in
            let reply = try await TestBrowser.form(
                hub, "/console/sign-in", ["user": "mara", "password": password], origin: "https://evil.example")
            #expect(reply.status == 403)
            #expect(reply.header("set-cookie") == nil)
            let away = try await TestBrowser.form(
                hub, "/console/sign-in",
                ["user": "mara", "password": password, "next": "//evil.example/"])
            #expect(away.header("location") == "/")
        }
    }

    @Test("a page that asks by itself is no use of the session", arguments: TestStore.allCases)
    func unattended(_ store: TestStore) async throws {
        try await with(store) { hub, browser in
            for _ in 0..<6 {
                hub.clock.advance(seconds: Int64(Limits.sessionIdleSeconds.value) / 6)
                _ = try await hub.send("GET", "/console", headers: [("Cookie", browser.cookie), ("X-Unattended", "1")])
            }
            let idle = try await browser.get("/console")
            #expect(idle.status == 303)
            let logged = try await hub.row(of: idle)
            #expect(logged["reason"] == "session_idle")
        }
    }

    @Test(
        "what ends a session between two requests", arguments: TestStore.allCases,
        [
            ("idle", "session_idle"), ("over", "session_expired"), ("locked", "session_ended"),
            ("off", "session_ended"), ("ended", "session_ended"),
        ])
    func midSession(_ store: TestStore, _ row: (what: String, reason: String)) async throws {
        try await with(store) { hub, browser in
            switch row.what {
            case "idle": hub.clock.advance(seconds: Int64(Limits.sessionIdleSeconds.value))
            case "over":
                let pause = Limits.sessionIdleSeconds.value * 3 / 4
                #expect(Limits.sessionSeconds.value % pause == 0, "it ends by its age, not by idleness")
                for _ in 0..<Limits.sessionSeconds.value / pause {
                    let used = try await browser.get("/console")
                    #expect(used.status == 200)
                    hub.clock.advance(seconds: Int64(pause))
                }
            case "locked": _ = try await hub.admin.call("PATCH", "/users/mara", ["locked": true])
            case "off": _ = try await hub.admin.call("PATCH", "/users/mara", ["active": false])
            default: try await hub.post("/users/mara/end-sessions", [:])
            }
            let get = try await browser.get("/console")
            #expect(get.status == 303)
            let logged = try await hub.row(of: get)
            #expect(logged["reason"] == .string(row.reason))
            let post = try await browser.post("/console/note", ["text": "x"])
            #expect(post.status == 401)
            #expect(!post.text.contains("noted"), "and does nothing")
        }
    }

    @Test(
        "who guesses passwords keeps out further passwords, not what was proved before", arguments: TestStore.allCases)
    func guessed(_ store: TestStore) async throws {
        try await with(store) { hub, browser in
            let caller = try await hub.caller("hr", roles: ["hr_leaver_reader"], scopes: [.tables])
            for name in ["mara", "hr"] {
                for _ in 0..<Limits.signInFailures.value {
                    let wrong = try await TestBrowser.form(
                        hub, "/console/sign-in", ["user": name, "password": "wrong one"])
                    #expect(wrong.status == 401)
                }
            }
            hub.clock.advance(seconds: 60)
            let right = try await TestBrowser.form(hub, "/console/sign-in", ["user": "mara", "password": password])
            #expect(right.status == 401)
            let session = try await browser.get("/console")
            #expect(session.status == 200)
            let token = try await hub.send("GET", "/api/now/table/hr_leaver", token: caller.token)
            #expect(token.status == 200)
            let another = try await hub.askToken("grant_type=client_credentials&scope=all.tables", basic: caller.basic)
            #expect(another.status == 200)
            let link = try await hub.post("/sign-in-links", ["user": "mara"])["link"]?.string ?? ""
            let linked = try await TestBrowser.form(
                hub, "/console/link", ["token": String(link.split(separator: "=").last ?? "")])
            #expect(linked.status == 303, "and an administrator can let the user in")
        }
    }

    @Test(arguments: TestStore.allCases) func aRoleTakenAway(_ store: TestStore) async throws {
        try await with(store, roles: ["auditor"]) { hub, browser in
            let before = try await browser.get("/console/users")
            #expect(before.status == 200)
            let refused = try await browser.post("/console/users", ["name": "x"])
            #expect(refused.status == 403)
            let audited = try await hub.audited(refused)
            #expect(audited == ["operation.refused"])
            let grants = try await hub.admin.call("GET", "/role-grants?user=mara")["items"]?.array ?? []
            for grant in grants {
                _ = try await hub.admin.call("DELETE", "/role-grants/\(grant["id"]?.string ?? "")")
            }
            let after = try await browser.get("/console/users")
            #expect(after.status == 403)
            #expect(after.text.contains("role_missing") && !after.text.contains("checks"))
        }
    }

    @Test(arguments: TestStore.allCases) func aLinkOnceAndNowhereKept(_ store: TestStore) async throws {
        try await TestHub.with(store, pages: TestPages.pages) { hub in
            try await hub.post("/users", ["name": "mara"])
            let made = try await hub.post("/sign-in-links", ["user": "mara"])
            let link = made["link"]?.string ?? ""
            #expect(link.hasPrefix(hub.hub.url + "/console/link?token=lpsl_"))
            let path = String(link.dropFirst(hub.hub.url.count))
            let token = String(link.split(separator: "=").last ?? "")
            for _ in 0..<3 {
                let opened = try await hub.send("GET", path)
                #expect(opened.status == 200 && opened.header("set-cookie") == nil, "opening it spends nothing")
            }
            let first = try await TestBrowser.form(hub, "/console/link", ["token": token])
            let browser = try await TestBrowser(hub, signedIn: first)
            let home = try await browser.get("/console")
            #expect(home.status == 200)
            let second = try await TestBrowser.form(hub, "/console/link", ["token": token])
            #expect(second.status == 401 && second.header("set-cookie") == nil)
            try await hub.settle()
            let log = try await hub.admin.call("GET", "/transactions").description
            let audit = try await hub.admin.call("GET", "/audit-events").description
            let secret = String(browser.cookie.split(separator: "=").last ?? "")
            for text in [log, audit, hub.logged.all.joined()] {
                #expect(!text.contains(token) && !text.contains(secret) && !text.contains(browser.csrf))
            }
        }
    }

    @Test(arguments: TestStore.allCases) func wherePagesEndAndTokensBegin(_ store: TestStore) async throws {
        try await with(store, roles: ["admin"]) { hub, browser in
            let caller = try await hub.caller("app", roles: ["admin"], scopes: [.tables])
            let page = try await hub.send("GET", "/console/users", token: caller.token)
            let refused = try await hub.row(of: page)
            #expect(refused["reason"] == "session_needed")
            let both = try await hub.send(
                "GET", "/api/linchpin/v1/users", token: "made-up", headers: [("Cookie", browser.cookie)])
            #expect(both.status == 401, "the header counts, not the cookie")
            let table = try await browser.get("/api/now/table/incident")
            #expect(table.status == 401)
            let unseen = try await hub.row(of: table)
            #expect(unseen["reason"] == "no_credential")
            let api = try await browser.get("/api/linchpin/v1/users")
            #expect(api.status == 200)
            let nothing = try await browser.get("/console/nothing")
            #expect(nothing.status == 404 && nothing.header("content-type")?.hasPrefix("text/plain") == true)
            let method = try await browser.post("/console")
            #expect(method.status == 405)
        }
    }
}
