import Core
import Foundation
import Outbound
import Ports
import TestSupport
import Testing

@testable import Hub

@Suite("Black-box checks: codes and tokens") struct OAuthTokenCheckTests {
    /// What clients post to.
    static let endpoints = ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"]

    @Test(
        "B14, C10, E6 (RFC 6819 §5.1.4.1.3): files, log and audit trail hold no code, token or secret in clear",
        arguments: TestStore.allCases)
    func nowhere(_ store: TestStore) async throws {
        try await CodeApp.with(store) { app in
            let (live, used) = (try await app.code(), try await app.code())
            let given = try await app.redeem(used).json
            let (access, refresh) = (given["access_token"]?.string ?? "", given["refresh_token"]?.string ?? "")
            let renewed = try await app.refresh(refresh).json
            for token in [access, renewed["access_token"]?.string ?? ""] {
                #expect(try await app.test.send("GET", CodeApp.table, token: token).status == 200)
            }
            // Refused ones are logged too.
            _ = try await app.redeem(used + "x")
            let canaries = Canaries(named: [
                ("live code", live), ("used code", used), ("access token", access), ("refresh token", refresh),
                ("next refresh token", renewed["refresh_token"]?.string ?? ""), ("secret", app.secret ?? ""),
                ("verifier", CodeApp.verifier), ("session", String(app.cookie.split(separator: "=").last ?? "")),
            ])
            #expect(canaries.named.allSatisfy { $0.text.utf8.count >= 43 })
            for (name, data) in try await places(app.test) {
                #expect(canaries.found(in: data) == [], "in \(name)")
            }
        }
    }

    private func places(_ test: TestHub) async throws -> [(name: String, data: Data)] {
        try await test.settle()
        // Reading the log writes what waits of it.
        let log = try await test.admin.call("GET", "/transactions?most=200&with_console=true")
        var places = try FolderScan.files(test.folder)
        if let conninfo = test.conninfo {
            let dump = try await Program.run("pg_dump", ["--inserts", "-d", conninfo])
            #expect(dump.status == 0 && dump.output.contains("refresh_family"))
            places.append(("pg_dump", Data(dump.output.utf8)))
        }
        places.append(("log", Data(log.bytes)))
        places.append(("logger", Data(test.logged.all.joined(separator: "\n").utf8)))
        for path in ["/audit-events", "/clients", "/consents"] {
            places.append((path, Data(try await test.admin.call("GET", path).bytes)))
        }
        return places
    }

    @Test("C1 (RFC 6749 §5.1, §5.2): whatever clients are told, nobody keeps", arguments: endpoints)
    func noStore(_ path: String) async throws {
        try await CodeApp.with { app in
            let tokens = try await app.tokens()
            let good =
                path == "/oauth2/token"
                ? "grant_type=refresh_token&refresh_token=\(tokens.refresh)" : "token=\(tokens.access)"
            for (body, status) in [(good + app.credentials, 200), ("x=1" + app.credentials, 400), (good, 401)] {
                let reply = try await app.test.askToken(body, path: path)
                #expect(reply.status == status)
                #expect(reply.header("cache-control") == "no-store" && reply.header("pragma") == "no-cache")
                #expect(reply.header("content-type") == "application/json")
            }
        }
    }

    @Test("C4 (RFC 6750 §3.1): a scope that does not reach names the one that would")
    func narrow() async throws {
        try await CodeApp.with { app in
            try await app.test.make(TestScope("leavers.write", "POST \(CodeApp.table)", table: "hr_leaver"))
            let access = try await app.tokens().access
            let reply = try await app.test.send("POST", CodeApp.table, token: access, json: TableHTTPTests.leaver)
            #expect(reply.status == 403)
            let challenge = reply.header("www-authenticate") ?? ""
            #expect(challenge.hasPrefix("Bearer "))
            #expect(challenge.contains("error=\"insufficient_scope\""))
            #expect(challenge.contains("scope=\"leavers.write\""))
        }
    }

    @Test("C5 (RFC 9068 §2.2, RFC 7662 §2.2): a token says for whom it is", arguments: ["opaque", "jwt"])
    func audience(_ format: String) async throws {
        try await CodeApp.with(settings: ["token_format": .string(format)]) { app in
            let access = try await app.tokens().access
            let told = try await app.test.askToken("token=\(access)" + app.credentials, path: "/oauth2/introspect").json
            var claims = [told]
            if format == "jwt" {
                let parts = access.split(separator: ".")
                claims.append(try JSON.read(try #require(Base64URL.decode(String(parts[1])))))
            }
            for claim in claims {
                let named = claim["aud"]?.array?.compactMap(\.string) ?? [claim["aud"]?.string ?? ""]
                #expect(named.contains(app.test.hub.issuer))
            }
        }
    }

    @Test("C6 (RFC 6750 §2.3, RFC 9700 §4.3.2): a token in the address opens nothing")
    func query() async throws {
        try await CodeApp.with { app in
            let access = try await app.tokens().access
            for name in ["access_token", "access%5Ftoken"] {
                let path = CodeApp.table + "?sysparm_limit=1&\(name)=\(access)"
                let alone = try await app.test.send("GET", path)
                #expect(alone.status == 401)
                let twice = try await app.test.send("GET", path, token: access)
                #expect(twice.status == 400)
                #expect(twice.header("www-authenticate") == nil)
                for reply in [alone, twice] {
                    #expect(!reply.text.contains(access))
                    #expect(try await !app.test.row(of: reply).description.contains(access))
                }
            }
        }
    }

    @Test("C7, C8 (RFC 6750 §3, §3.1): no error without a token; expires_in is true to the second")
    func challenges() async throws {
        try await CodeApp.with { app in
            app.test.clock.stop()
            let given = try await app.redeem(try await app.code()).json
            let access = given["access_token"]?.string ?? ""
            let seconds = given["expires_in"]?.int ?? 0
            #expect((1...3_600).contains(seconds))
            func challenge(_ token: String?) async throws -> String? {
                let reply = try await app.test.send("GET", CodeApp.table, token: token)
                #expect([200, 401].contains(reply.status))
                return reply.status == 401 ? reply.header("www-authenticate") ?? "missing" : nil
            }
            let nobody = try #require(try await challenge(nil))
            #expect(nobody.hasPrefix("Bearer ") && !nobody.contains("error="))
            let invalid = try #require(try await challenge("nonsense"))
            #expect(invalid.hasPrefix("Bearer ") && invalid.contains("error=\"invalid_token\""))
            app.test.clock.advance(seconds: seconds - 1)
            #expect(try await challenge(access) == nil)
            app.test.clock.advance(seconds: 1)
            #expect(try await challenge(access) == invalid)
        }
    }

    @Test("C12 (RFC 9700 §2.4): a right password earns no client a token")
    func password() async throws {
        try await CodeApp.with { app in
            let reply = try await app.test.askToken(
                "grant_type=password&username=mara&scope=leavers&password="
                    + PercentEncoding.encode(CodeApp.password) + app.credentials)
            #expect(reply.status == 400)
            #expect(["unsupported_grant_type", "unauthorized_client"].contains(try reply.json["error"]?.string))
        }
    }

    @Test("C13 (RFC 9700 §4.15): a client named like a person is never taken for them")
    func kinds() async throws {
        try await CodeApp.with { app in
            let test = app.test
            let person = try await test.admin.call("GET", "/users/mara")["id"] ?? .null
            let chosen = await failure {
                try await test.post("/clients", ["name": "x", "user": "svc", "scopes": [], "client_id": person])
            }
            #expect(chosen?.kind == .invalid, "nobody chooses a client_id")
            try await test.post("/clients", ["name": "mara", "user": "svc", "scopes": ["leavers"]])
            let client = try await test.admin.call("GET", "/clients/mara")["client_id"]?.string ?? ""
            let secret = try await test.post("/clients/mara/add-secret", [:])["client_secret"]?.string ?? ""
            let asked = try await test.askToken(
                "grant_type=client_credentials&scope=leavers", basic: "\(client):\(secret)")
            let access = try asked.json["access_token"]?.string ?? ""
            let told = try await test.askToken(
                "token=\(access)", basic: "\(client):\(secret)", path: "/oauth2/introspect"
            ).json
            #expect(told["sub"] == .string(client) && told["username"] == "svc")
            let call = try await test.send("GET", CodeApp.table, token: access)
            #expect(call.status == 403, "mara may read, svc may not")
            let row = try await test.row(of: call)
            #expect(row["user"] == "svc" && row["client"] == "mara")
        }
    }

    @Test("C14, E9 (RFC 7662 §2.1, RFC 7009 §2.1): who may ask and revoke, and that a stranger learns nothing")
    func asking() async throws {
        try await CodeApp.with { app in
            let access = try await app.tokens().access
            let other = try await app.test.caller("other", scopes: [.tables])
            let nothing: JSON = ["active": false]
            for path in ["/oauth2/introspect", "/oauth2/revoke"] {
                for basic in [nil, "\(app.clientID):wrong", "nobody:wrong"] {
                    let reply = try await app.test.askToken("token=\(access)", basic: basic, path: path)
                    #expect(reply.status == 401, "\(path)")
                    #expect(try reply.json["error"] == "invalid_client")
                }
                for text in [access, "nonsense"] {
                    let foreign = try await app.test.askToken(
                        "token=\(text)&token_type_hint=nonsense", basic: other.basic, path: path)
                    #expect(foreign.status == 200)
                    if path == "/oauth2/introspect" { #expect(try foreign.json == nothing) }
                }
            }
            #expect(try await app.test.send("GET", CodeApp.table, token: access).status == 200)
        }
    }

    @Test("E3 (RFC 6749 §2.3.1): credentials in the address prove nobody; GET is not taken", arguments: endpoints)
    func address(_ path: String) async throws {
        try await CodeApp.with { app in
            let form = "grant_type=refresh_token&refresh_token=x&token=x"
            let reply = try await app.test.askToken(
                form, path: "\(path)?\(form)\(app.credentials)")
            #expect(reply.status == 401)
            #expect(try reply.json["error"] == "invalid_client")
            let got = try await app.test.send("GET", path + "?" + form + app.credentials)
            #expect(got.status == 405 && got.header("allow") == "POST")
        }
    }

    /// What ends what a person allowed.
    struct Ending: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let end: @Sendable (TestHub) async throws -> Void

        static let all = [
            Ending(testDescription: "the person is switched off") {
                _ = try await $0.admin.call("PATCH", "/users/mara", ["active": false])
            },
            Ending(testDescription: "the person is locked") {
                _ = try await $0.admin.call("PATCH", "/users/mara", ["locked": true])
            },
            Ending(testDescription: "the yes is taken back") { test in
                let yes = try await test.admin.call("GET", "/consents")["items"]?.array?.first?["id"]?.string ?? "-"
                _ = try await test.admin.call("DELETE", "/consents/\(yes)")
            },
            Ending(testDescription: "all tokens of the client are revoked") {
                try await $0.post("/clients/app/revoke-tokens", [:])
            },
            Ending(testDescription: "the client is switched off") {
                _ = try await $0.admin.call("PATCH", "/clients/app", ["active": false])
            },
            Ending(testDescription: "the client is deleted") { _ = try await $0.admin.call("DELETE", "/clients/app") },
        ]
    }

    @Test(
        "D6, E7 (RFC 9700 §4.14.2): refresh and access tokens end at once with what they rest on", arguments: Ending.all
    )
    func ends(_ row: Ending) async throws {
        try await CodeApp.with { app in
            let tokens = try await app.tokens()
            #expect(try await app.test.send("GET", CodeApp.table, token: tokens.access).status == 200)
            try await row.end(app.test)
            #expect(try await app.test.send("GET", CodeApp.table, token: tokens.access).status == 401)
            let refused = try await app.refresh(tokens.refresh)
            #expect(["invalid_grant", "invalid_client"].contains(try refused.json["error"]?.string))
            #expect(try refused.json["access_token"] == nil)
        }
    }
}
