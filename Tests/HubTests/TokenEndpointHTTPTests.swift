import Console
import Core
import Hub
import Keys
import OAuthServer
import Outbound
import Ports
import Testing

@Suite("Token endpoint over HTTP") struct TokenEndpointHTTPTests {
    static let paths = ["/oauth2/token", "/oauth_token.do"]

    @Test("A token by basic and by post", arguments: paths)
    func success(path: String) async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("app", scopes: [.tables])
            let form = "grant_type=client_credentials&scope=all.tables"
            let basic = try await test.askToken(form, basic: caller.basic, path: path)
            let post = try await test.askToken(
                form + "&client_id=\(caller.clientID)&client_secret=\(caller.secret)", path: path)
            for reply in [basic, post] {
                #expect(reply.status == 200)
                #expect(reply.header("cache-control") == "no-store")
                #expect(reply.header("pragma") == "no-cache")
                #expect(reply.header("content-type") == "application/json")
                #expect(try reply.json["token_type"]?.string == "Bearer")
                #expect(try reply.json["scope"]?.string == "all.tables")
                #expect(try await test.audited(reply) == ["token.issued"])
                #expect(try await test.row(of: reply)["client"]?.string == "app")
            }
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var method = "POST"
        var query = ""
        var form = "grant_type=client_credentials&scope=all.tables"
        var type = "application/x-www-form-urlencoded"
        var basic: String?
        let status: Int
        let error: String
        let reason: String
        /// Whom or what the log says it is about.
        var about: String?
        var audited: [String] = []
        var testDescription: String { name }
    }

    static let rows: [Row] = [
        Row(name: "no credentials", status: 401, error: "invalid_client", reason: "client_credentials_missing"),
        Row(
            name: "unknown client", basic: "canary-who:canary-secret", status: 401, error: "invalid_client",
            reason: "client_unknown", about: "No client has the client_id that was sent."),
        Row(
            name: "wrong secret", basic: "ID:canary-secret", status: 401, error: "invalid_client",
            reason: "client_secret_wrong", about: "The caller claimed to be client app."),
        Row(
            name: "wrong secret by post",
            form: "grant_type=client_credentials&scope=all.tables&client_id=ID&client_secret=canary-secret",
            status: 401, error: "invalid_client", reason: "client_secret_wrong",
            about: "The caller claimed to be client app."),
        Row(
            name: "both ways at once",
            form: "grant_type=client_credentials&scope=all.tables&client_id=ID&client_secret=SECRET",
            basic: "ID:SECRET",
            status: 400, error: "invalid_request", reason: "client_authentication_twice"),
        Row(
            name: "a parameter twice",
            form: "grant_type=client_credentials&grant_type=canary-type&scope=all.tables", basic: "ID:SECRET",
            status: 400, error: "invalid_request", reason: "form_unreadable"),
        Row(
            name: "a JSON body", form: "{\"grant_type\":\"canary-grant\"}", type: "application/json",
            basic: "ID:SECRET", status: 400, error: "invalid_request", reason: "content_type_wrong"),
        Row(
            name: "credentials in the query do not count", query: "?client_id=ID&client_secret=SECRET", status: 401,
            error: "invalid_client", reason: "client_credentials_missing"),
        Row(
            name: "a broken escape", form: "grant_type=%zzcanary", basic: "ID:SECRET", status: 400,
            error: "invalid_request", reason: "form_unreadable"),
        Row(
            name: "another grant", form: "grant_type=canary-grant&scope=all.tables", basic: "ID:SECRET", status: 400,
            error: "unsupported_grant_type", reason: "grant_type_unsupported", audited: ["token.refused"]),
        Row(
            name: "a scope it does not hold", form: "grant_type=client_credentials&scope=all.tables+all.else",
            basic: "ID:SECRET", status: 400, error: "invalid_scope", reason: "scope_not_held",
            about: "Client app does not hold auth scope all.else.", audited: ["token.refused"]),
        Row(
            name: "a scope that is none", form: "grant_type=client_credentials&scope=canary-scope",
            basic: "ID:SECRET", status: 400, error: "invalid_scope", reason: "scope_not_held",
            about: "A scope that was asked for does not exist or is not active.", audited: ["token.refused"]),
    ]

    @Test("Refusals: the right code, nothing quoted, nothing issued", arguments: rows)
    func refused(row: Row) async throws {
        try await TestHub.with { test in
            test.clock.stop()
            let caller = try await test.caller("app", scopes: [.tables])
            try await test.make(TestScope("all.else", "GET /api/now/table/else"))
            func filled(_ text: String) -> String {
                text.replacing("ID", with: caller.clientID).replacing("SECRET", with: caller.secret)
            }
            for path in Self.paths {
                let reply = try await test.send(
                    row.method, path + filled(row.query), body: filled(row.form), type: row.type,
                    headers: row.basic.map { [("Authorization", "Basic " + Base64.encode(filled($0)))] } ?? [])
                #expect(reply.status == row.status)
                #expect(try reply.json["error"]?.string == row.error)
                #expect(reply.header("cache-control") == "no-store")
                #expect((reply.header("www-authenticate") != nil) == (row.status == 401))
                #expect(!reply.text.contains("canary") && !reply.text.contains(caller.secret))
                let logged = try await test.row(of: reply)
                #expect(logged["reason"]?.string == row.reason)
                let reason = RefusalReason.named(row.reason)
                #expect(logged["says"]?.string == reason?.says && logged["next"]?.string == reason?.next)
                #expect(logged["says"] != nil, "what happened, and the next step")
                #expect(logged["about"]?.string == row.about && logged["decision"] == .null)
                #expect(logged["outcome"]?.string == "refused", "as the audit says")
                #expect(logged["path"]?.string == path)
                #expect(!logged.description.contains("canary") && !logged.description.contains(caller.secret))
                // One client's refusals for one reason are recorded once a minute.
                #expect(try await test.audited(reply) == (path == Self.paths[0] ? row.audited : []))
            }
        }
    }

    @Test("GET is refused with Allow; too much is 413", arguments: paths)
    func bounds(path: String) async throws {
        try await TestHub.with { test in
            let got = try await test.send("GET", path)
            #expect(got.status == 405)
            #expect(got.header("allow") == "POST")
            #expect(try await test.row(of: got)["reason"]?.string == "method_not_allowed")
            let large = try await test.askToken(
                "grant_type=" + String(repeating: "a", count: 1_100_000), path: path)
            #expect(large.status == 413)
            #expect(try large.json["error"]?.string == "invalid_request")
            #expect(large.header("cache-control") == "no-store")
            #expect(try await test.row(of: large)["reason"]?.string == "body_too_large")
        }
    }

    @Test("A18, B11 (RFC 8414 §2, RFC 7636 §6.2): the metadata document says what is so")
    func metadata() async throws {
        try await TestHub.with(pages: Console.pages()) { test in
            let reply = try await test.send("GET", "/.well-known/oauth-authorization-server")
            let document = try reply.json
            #expect(reply.status == 200)
            #expect(document["issuer"]?.string == test.hub.url)
            let grants: JSON = [
                "client_credentials", "authorization_code", "refresh_token",
                "urn:ietf:params:oauth:grant-type:jwt-bearer", "urn:ietf:params:oauth:grant-type:token-exchange",
                "urn:ietf:params:oauth:grant-type:device_code",
            ]
            #expect(document["grant_types_supported"] == grants)
            #expect(document["response_types_supported"] == ["code"])
            #expect(document["code_challenge_methods_supported"] == ["S256"])
            #expect(document["authorization_response_iss_parameter_supported"] == true)
            let methods: JSON = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
            #expect(document["token_endpoint_auth_methods_supported"] == methods)
            for member in document.object?.members ?? [] where member.name.hasSuffix("_endpoint") {
                let endpoint = member.value.string ?? ""
                #expect(endpoint.hasPrefix(test.hub.url + "/"))
                let path = String(endpoint.dropFirst(test.hub.url.count))
                #expect(try await test.send("POST", path).status != 404)
            }
        }
    }

    @Test("The key set is public, may be kept as long as it says, and the metadata leads to it")
    func keySet() async throws {
        try await TestHub.with { test in
            let metadata = try await test.send("GET", "/.well-known/oauth-authorization-server")
            let address = try #require(try metadata.json["jwks_uri"]?.string)
            #expect(address.hasPrefix(test.hub.url + "/"))
            let path = String(address.dropFirst(test.hub.url.count))
            let first = try await test.send("GET", path)
            #expect(first.status == 200)
            #expect(first.header("cache-control") == "public, max-age=3600")
            #expect(first.header("content-type") == "application/json")
            let keys = try JWKSet(try first.json)
            #expect(keys.keys.count == 3 && keys.passedOver.isEmpty)
            #expect(try await test.send("GET", path).json == first.json)
            let listed = try await test.admin.call("GET", "/signing-keys")
            #expect(listed["items"]?.array?.compactMap { $0["state"]?.string } == ["active", "active", "active"])
        }
    }
}
