import Core
import Outbound
import Ports
import Testing

@testable import Hub
@testable import Identity

@Suite("HTTP Basic for users") struct BasicTests {
    static let password = "canary horse battery staple"
    static let table = "/api/now/table/incident"

    private func basic(_ name: String, _ password: String) -> [(String, String)] {
        [("Authorization", "Basic " + Base64.encode("\(name):\(password)"))]
    }

    private func with(allowed: Bool = true, _ body: (TestHub) async throws -> Void) async throws {
        try await TestHub.with { test in
            try await test.post("/users", ["name": "old.client"])
            try await test.post("/users/old.client/set-password", ["password": .string(Self.password)])
            try await test.grant("incident_writer", to: "old.client")
            if allowed {
                _ = try await test.admin.call("PATCH", "/users/old.client", ["basic_allowed": true])
            }
            try await body(test)
        }
    }

    @Test("Off, a right password is refused like a wrong one, and nothing is counted")
    func off() async throws {
        try await with(allowed: false) { test in
            for (name, password) in [("old.client", Self.password), ("old.client", "wrong"), ("nobody", "x")] {
                for _ in 0..<4 {
                    let reply = try await test.send("GET", Self.table, headers: basic(name, password))
                    #expect(reply.status == 401)
                    #expect(try await test.row(of: reply)["reason"]?.string == "basic_refused")
                    #expect(try await test.audited(reply) == [])
                }
            }
            let user = try await test.admin.call("GET", "/users/old.client")
            #expect(user["locked_until"] == nil && user["findings"] == nil)
            #expect(!test.logged.all.contains { $0.contains("canary") })
        }
    }

    @Test("On, it stands as a finding, the user's roles count, and the Table API alone takes it")
    func on() async throws {
        try await with { test in
            let user = try await test.admin.call("GET", "/users/old.client")
            #expect(user.value(at: "/findings/0/reason")?.string == "basic_allowed")
            let list = try await test.admin.call("GET", "/users?finding=basic_allowed")
            #expect(list["items"]?.array?.compactMap { $0["name"]?.string } == ["old.client"])
            let right = basic("old.client", Self.password)
            let made = try await test.send(
                "POST", Self.table, json: ["short_description": "Printer"], headers: right)
            #expect(try made.json["result"]?["sys_created_by"]?.string == "old.client")
            let row = try await test.row(of: made)
            #expect(row["user"]?.string == "old.client" && row["client"]?.string == "-")
            let mine = try await test.send(
                "GET", Self.table + "?sys_created_by=javascript:gs.getUserName()", headers: right)
            #expect(mine.status == 200 && mine.header("x-total-count") == "1")
            let reasons: [(path: String, status: Int, reason: String)] = [
                ("/api/now/table/hr_leaver", 403, "role_missing"),
                ("/api/now/table/nope", 400, "table_unknown"),
                ("/api/linchpin/v1/users", 400, "credential_unreadable"),
            ]
            for row in reasons {
                let reply = try await test.send("GET", row.path, headers: right)
                #expect(reply.status == row.status, "\(row.path)")
                #expect(try await test.row(of: reply)["reason"]?.string == row.reason)
            }
            #expect(!test.logged.all.contains { $0.contains("canary") })
        }
    }

    @Test("Whatever changes about the user counts at once, though the password is remembered")
    func changes() async throws {
        try await with { test in
            let right = basic("old.client", Self.password)
            func status() async throws -> Int { try await test.send("GET", Self.table, headers: right).status }
            func change(_ body: JSON) async throws {
                _ = try await test.admin.call("PATCH", "/users/old.client", body)
            }
            let first = try await status()
            #expect(first == 200)
            for (off, on): (JSON, JSON) in [
                (["active": false], ["active": true]), (["locked": true], ["locked": false]),
                (["basic_allowed": false], ["basic_allowed": true]),
            ] {
                try await change(off)
                let without = try await status()
                #expect(without == 401, "\(off)")
                try await change(on)
                let with = try await status()
                #expect(with == 200, "\(on)")
            }
            try await test.post("/users/old.client/set-password", ["password": "another long password"])
            let last = try await status()
            #expect(last == 401)
        }
    }

    @Test("Too many refusals slow a name down, whether it may call so or not, and the console is not touched")
    func slowedDown() async throws {
        try await with { test in
            // Refusals are counted within a minute, and passwords take their time on a busy machine.
            test.clock.stop()
            func refused(_ name: String) async throws -> Int {
                try await test.send("GET", Self.table, headers: basic(name, "wrong")).status
            }
            let first = try await test.send("GET", Self.table, headers: basic("old.client", Self.password))
            #expect(first.status == 200)
            for name in ["old.client", "nobody"] {
                for _ in 0..<Limits.signInsOfOneName.value {
                    let status = try await refused(name)
                    #expect(status == 401)
                }
                let slowed = try await test.send("GET", Self.table, headers: basic(name, "wrong"))
                #expect(slowed.status == 429 && slowed.header("retry-after") != nil)
                #expect(try await test.row(of: slowed)["reason"]?.string == "too_many_sign_ins")
            }
            let remembered = try await test.send("GET", Self.table, headers: basic("old.client", Self.password))
            #expect(remembered.status == 200, "what was proved a moment ago goes on")
            for number in 0..<(Limits.signInsOfOneAddress.value - 2 * Limits.signInsOfOneName.value) {
                let status = try await refused("other-\(number)")
                #expect(status == 401)
            }
            let further = try await refused("one-more")
            #expect(further == 429, "nor do many names from one address")
            let identity = test.hub.parts.identity
            #expect(!identity.isSlowedDown(.console, name: "old.client", "127.0.0.1", at: test.hub.effects.now()))
            test.clock.advance(seconds: 60)
            let later = try await refused("one-more")
            #expect(later == 401)
        }
    }

    @Test("Wrong passwords lock")
    func locks() async throws {
        try await with { test in
            for _ in 0..<Limits.signInFailures.value {
                let reply = try await test.send("GET", Self.table, headers: basic("old.client", "wrong"))
                #expect(reply.status == 401)
            }
            let locked = try await test.send("GET", Self.table, headers: basic("old.client", Self.password))
            #expect(locked.status == 401)
            test.clock.advance(seconds: Int64(Limits.signInLockSeconds.value) + 1)
            let again = try await test.send("GET", Self.table, headers: basic("old.client", Self.password))
            #expect(again.status == 200)
        }
    }

    @Test("A header that is no name and password is a bad request that quotes nothing")
    func malformed() async throws {
        try await with { test in
            for value in [
                "Basic", "Basic ", "Basic canary!", "Basic " + Base64.encode("canary"),
                "Basic " + Base64.encode(":canary"),
                "Basic  " + Base64.encode("a:canary"), "Basic " + Base64.encode("a:b") + " canary",
            ] {
                let reply = try await test.send("GET", Self.table, headers: [("Authorization", value)])
                #expect(reply.status == 400, "\(value)")
                #expect(!reply.text.contains("canary"))
            }
        }
    }

    @Test("Only an administrator opens it")
    func whoOpens() async throws {
        try await with(allowed: false) { test in
            try await test.post("/users", ["name": "robot", "web_service_only": true])
            let token = try await test.caller(
                "machines", roles: ["mi_admin"], scopes: [.administration]
            ).token
            let refused = try await test.send(
                "PATCH", "/api/linchpin/v1/users/robot", token: token, json: ["basic_allowed": true])
            #expect(refused.status == 403)
            let robot = try await test.admin.call("GET", "/users/robot")
            #expect(robot["basic_allowed"] == nil)
        }
    }
}
