import Core
import Hub
import Outbound
import Ports
import Testing

@Suite("Table API over HTTP") struct TableHTTPTests {
    static let roles = ["hr_leaver_writer", "hr_leaver_reader", "hr_leaver_admin"]
    static let leaver: JSON = ["name": "Ada Brandt", "email": "ada@acme.example", "status": "leaving"]

    @Test("Create, read, list, change, delete")
    func life() async throws {
        try await TestHub.with { test in
            let token = try await test.caller("hr", roles: Self.roles, scopes: [.tables]).token
            let made = try await test.send("POST", "/api/now/table/hr_leaver", token: token, json: Self.leaver)
            let id = try made.json["result"]?["sys_id"]?.string ?? ""
            #expect(made.status == 201)
            #expect(made.header("location") == "/api/now/table/hr_leaver/\(id)")
            #expect(try await test.audited(made) == ["record.created"])
            let place = "/api/now/table/hr_leaver/\(id)"
            let got = try await test.send("GET", place, token: token)
            #expect(try got.json["result"]?["name"]?.string == "Ada Brandt")
            #expect(try await test.audited(got) == [])
            let changed = try await test.send("PATCH", place, token: token, json: ["status": "done"])
            #expect(try changed.json["result"]?["status"]?.string == "done")
            #expect(try await test.audited(changed) == ["record.updated"])
            let list = try await test.send(
                "GET", "/api/now/table/hr_leaver?sysparm_query=status%3Ddone&sysparm_fields=name", token: token)
            #expect(list.header("x-total-count") == "1")
            #expect(try list.json["result"] == [["name": "Ada Brandt"]])
            let deleted = try await test.send("DELETE", place, token: token)
            #expect(deleted.status == 204 && deleted.body.isEmpty)
            #expect(try await test.audited(deleted) == ["record.deleted"])
            let gone = try await test.send("GET", place, token: token)
            #expect(gone.status == 404)
            #expect(try gone.json["status"]?.string == "failure")
        }
    }

    @Test("HEAD is GET without its content, decided and logged so")
    func head() async throws {
        try await TestHub.with { test in
            let token = try await test.caller(
                "hr", roles: Self.roles, scopes: [TestScope("read", "GET /api/now/table/hr_leaver")]
            ).token
            let path = "/api/now/table/hr_leaver"
            let got = try await test.send("GET", path, token: token)
            let head = try await test.send("HEAD", path, token: token)
            #expect(head.status == 200 && head.body.isEmpty)
            for name in ["content-length", "content-type", "x-total-count"] {
                #expect(head.header(name) == got.header(name), "\(name)")
            }
            #expect(try await test.row(of: head)["method"]?.string == "HEAD")
            let refused = try await test.send("HEAD", "/api/now/table/incident", token: token)
            #expect(refused.status == 403 && refused.body.isEmpty)
            let change = try await test.row(of: refused)["decision"]?["would_pass_with"]?.string ?? ""
            #expect(!change.contains("HEAD"), "no rule can name HEAD: \(change)")
        }
    }

    @Test("A reference is followed only into tables that a scope of the token covers")
    func scopedWalks() async throws {
        try await TestHub.with { test in
            var caller = try await test.caller(
                "desk", roles: ["incident_writer", "sys_user_reader"],
                scopes: [
                    TestScope("file", "POST /api/now/table/incident"),
                    TestScope("incidents", "GET /api/now/table/incident"),
                    TestScope("people", "GET /api/now/table/sys_user"),
                ])
            let id = try await test.admin.call("GET", "/users/desk")["id"]?.string ?? ""
            let incident: JSON = ["short_description": "Printer", "caller_id": .string(id)]
            let made = try await test.send(
                "POST", "/api/now/table/incident", token: caller.token, json: incident)
            #expect(made.status == 201, "\(made.text)")
            let names = "/api/now/table/incident?sysparm_fields=caller_id.user_name,caller_id&sysparm_display_value=all"
            let both = try await test.send("GET", names, token: caller.token)
            #expect(both.status == 200 && both.text.contains("\"desk\""), "\(both.text)")
            caller.token = try await test.token(of: caller, scopes: ["file", "incidents"])
            let walked = try await test.send("GET", names, token: caller.token)
            #expect(walked.status == 403, "\(walked.text)")
            #expect(try await test.row(of: walked)["reason"]?.string == "table_hidden")
            let shown = try await test.send(
                "GET", "/api/now/table/incident?sysparm_fields=caller_id&sysparm_display_value=true",
                token: caller.token)
            #expect(shown.status == 200 && !shown.text.contains("\"desk\""), "\(shown.text)")
            let named = try await test.send(
                "POST", "/api/now/table/incident?sysparm_input_display_value=true", token: caller.token,
                json: ["short_description": "Printer", "caller_id": "desk"])
            #expect(named.status == 403, "\(named.text)")
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var method = "POST"
        var path = "/api/now/table/hr_leaver"
        var body: String?
        var type: String? = "application/json"
        let status: Int
        let reason: String
        var says: [String] = []
        var testDescription: String { name }
    }

    static let badInput: [Row] = [
        Row(
            name: "malformed JSON", body: "{\"name\": canary", status: 400, reason: "malformed_json",
            says: ["at byte 9"]),
        Row(name: "cut JSON", body: "{\"name\": \"canary", status: 400, reason: "malformed_json", says: ["at byte"]),
        Row(
            name: "a member twice", body: "{\"name\":\"canary\",\"name\":\"canary\"}", status: 400,
            reason: "malformed_json", says: ["at byte"]),
        Row(name: "an array", body: "[\"canary\"]", status: 400, reason: "bad_body"),
        Row(name: "nothing", body: "", status: 400, reason: "malformed_json"),
        Row(
            name: "an unknown field", body: "{\"salary\":\"canary\"}", status: 400, reason: "unknown_field",
            says: ["salary"]),
        Row(name: "a kept field", body: "{\"sys_id\":\"canary\"}", status: 400, reason: "read_only_field"),
        Row(
            name: "a missing field", body: "{\"email\":\"canary@x.example\"}", status: 400, reason: "missing_field",
            says: ["name"]),
        Row(
            name: "a value outside its choices",
            body: "{\"name\":\"a\",\"email\":\"b\",\"status\":\"canary\"}", status: 400, reason: "bad_value",
            says: ["status"]),
        Row(
            name: "XML", body: "<name>canary</name>", type: "text/xml", status: 415, reason: "content_type",
            says: ["application/json"]),
        Row(name: "no content type", body: "{}", type: nil, status: 415, reason: "content_type"),
        Row(
            name: "a field in the query of a create", path: "/api/now/table/hr_leaver?notes=canary", body: "{}",
            status: 400, reason: "unknown_parameter", says: ["notes"]),
        Row(
            name: "an unknown table", path: "/api/now/table/canary_table", body: "{}", status: 400,
            reason: "table_unknown", says: ["Invalid table"]),
        Row(
            name: "an unknown parameter", method: "GET", path: "/api/now/table/hr_leaver?sysparm_sort=canary",
            type: nil, status: 400, reason: "unknown_parameter", says: ["sysparm_sort"]),
        Row(
            name: "a parameter twice", method: "GET",
            path: "/api/now/table/hr_leaver?sysparm_limit=1&sysparm_limit=2", type: nil, status: 400,
            reason: "repeated_parameter", says: ["sysparm_limit"]),
        Row(
            name: "an unknown field in the query", method: "GET",
            path: "/api/now/table/hr_leaver?sysparm_query=salary%3Dcanary", type: nil, status: 400,
            reason: "query_unknown_field", says: ["salary"]),
        Row(
            name: "an unknown operator", method: "GET",
            path: "/api/now/table/hr_leaver?sysparm_query=nameDYNAMICcanary", type: nil, status: 400,
            reason: "query_unknown_operator", says: ["DYNAMIC"]),
        Row(
            name: "a limit that is no number", method: "GET", path: "/api/now/table/hr_leaver?sysparm_limit=canary",
            type: nil, status: 400, reason: "bad_parameter", says: ["sysparm_limit"]),
        Row(
            name: "another method", method: "PUT", body: "{}", status: 405, reason: "method_not_allowed",
            says: ["GET", "POST"]),
    ]

    @Test("Bad input: the right status, named, nothing quoted, nothing changed, a row", arguments: badInput)
    func bad(row: Row) async throws {
        try await TestHub.with { test in
            let token = try await test.caller("hr", roles: Self.roles, scopes: [.tables]).token
            let reply = try await test.send(
                row.method, row.path, token: token, body: row.body, type: row.type)
            #expect(reply.status == row.status, "\(reply.text)")
            let logged = try await test.row(of: reply)
            #expect(logged["reason"]?.string == row.reason)
            let words = try reply.json["error"]?["message"]?.string ?? ""
            // The log keeps a sentence only where it quotes nothing that the caller sent, not even a name.
            let isTold = ["missing_field", "bad_value", "read_only_field"].contains(row.reason)
            #expect(logged["about"]?.string == (isTold ? words : nil), "\(logged)")
            let isInPath = row.path.prefix { $0 != "?" }.contains("canary")
            #expect(isInPath || !logged.description.contains("canary"), "\(logged)")
            for text in row.says { #expect(reply.text.contains(text), "\(words)") }
            #expect(!reply.text.contains("canary"), "\(reply.text)")
            #expect(try await test.audited(reply) == [])
            let all = try await test.send("GET", "/api/now/table/hr_leaver", token: token)
            #expect(all.header("x-total-count") == "0")
        }
    }

    @Test("A broken escape in the query, which well-behaved clients mend before they send")
    func brokenEscape() async throws {
        try await TestHub.with { test in
            let token = try await test.caller("hr", roles: Self.roles, scopes: [.tables]).token
            let reply = try await test.raw(
                "GET /api/now/table/hr_leaver?sysparm_limit=%zzcanary HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + "Authorization: Bearer \(token)\r\n\r\n")
            #expect(reply.status == 400 && !reply.text.contains("canary"), "\(reply.text)")
            let row = try await test.transactions(reply.correlation ?? "none").first
            #expect(row?["reason"]?.string == "malformed_query")
        }
    }

    @Test("A body over its bound, with its length and in chunks", arguments: [true, false])
    func tooLarge(isChunked: Bool) async throws {
        try await TestHub.with { test in
            let token = try await test.caller("hr", roles: Self.roles, scopes: [.tables]).token
            let body = "{\"notes\":\"canary" + String(repeating: "n", count: 1_048_576) + "\"}"
            let framing =
                isChunked
                ? "Transfer-Encoding: chunked\r\n\r\n\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n"
                : "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
            let reply = try await test.raw(
                "POST /api/now/table/hr_leaver HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nAuthorization: Bearer \(token)\r\n\(framing)")
            #expect(reply.status == 413, "\(reply.text.prefix(300))")
            #expect(!reply.text.contains("canary"))
            let row = try await test.transactions(reply.correlation ?? "none").first
            #expect(row?["reason"]?.string == "body_too_large")
            #expect(row?["client"]?.string == "hr")
        }
    }
}
