import Core
import Hub
import Outbound
import Ports
import Testing

/// What clients of the platform's Table API send beside the plain calls.
@Suite("Table API as its clients use it") struct TableClientTests {
    static let roles = ["incident_writer", "incident_admin", "sys_user_reader", "sys_dictionary_reader"]
    static let table = "/api/now/table/incident"

    private func with(
        _ scopes: [TestScope] = [TestScope("all.now", "* /api/now/**")], roles: [String] = Self.roles,
        _ body: (TestHub, String) async throws -> Void
    ) async throws {
        try await TestHub.with { test in
            try await body(test, try await test.caller("desk", roles: roles, scopes: scopes).token)
        }
    }

    private func made(_ test: TestHub, _ token: String, _ body: JSON) async throws -> String {
        let reply = try await test.send("POST", Self.table, token: token, json: body)
        return try reply.json["result"]?["sys_id"]?.string ?? reply.text
    }

    @Test("PUT changes what it names, like PATCH; POST may mean another method")
    func methods() async throws {
        try await with { test, token in
            let id = try await made(test, token, ["short_description": "Printer", "state": "new"])
            let place = Self.table + "/" + id
            let put = try await test.send(
                "PUT", place + "?sysparm_fields=state,short_description", token: token, json: ["state": "resolved"])
            #expect(
                try put.status == 200 && put.json["result"] == ["state": "resolved", "short_description": "Printer"])
            #expect(try await test.audited(put) == ["record.updated"])
            for (method, status) in [("PATCH", 200), ("PUT", 200), ("GET", 200), ("DELETE", 204)] {
                let reply = try await test.send(
                    "POST", place, token: token,
                    json: method == "GET" || method == "DELETE" ? nil : ["state": .string("closed")],
                    headers: [("X-HTTP-Method-Override", method)])
                #expect(reply.status == status, "\(method): \(reply.text)")
                #expect(try await test.row(of: reply)["method"]?.string == method)
            }
            #expect(try await test.send("GET", place, token: token).status == 404)
        }
    }

    @Test("The method that is meant decides: a scope for POST does not open DELETE")
    func overrideIsDecided() async throws {
        let scopes = [
            TestScope("make", "POST /api/now/table/**"), TestScope("change", "PATCH /api/now/table/incident/*"),
        ]
        try await with(scopes) { test, token in
            let id = try await made(test, token, ["short_description": "Printer"])
            let place = Self.table + "/" + id
            for method in ["DELETE", "GET", "PUT"] {
                let reply = try await test.send(
                    "POST", place, token: token, headers: [("X-HTTP-Method-Override", method)])
                #expect(reply.status == 403, "\(method)")
                let row = try await test.row(of: reply)
                #expect(row["reason"]?.string == "scope_missing" && row["method"]?.string == method)
            }
            let changed = try await test.send(
                "POST", place, token: token, json: ["state": "closed"],
                headers: [("X-HTTP-Method-Override", "PATCH")])
            #expect(changed.status == 200)
        }
    }

    @Test("An override that could be misread is refused, and nothing happens")
    func badOverrides() async throws {
        try await with { test, token in
            let id = try await made(test, token, ["short_description": "Printer"])
            let place = Self.table + "/" + id
            let rows: [(method: String, path: String, headers: [(String, String)])] = [
                ("GET", place, [("X-HTTP-Method-Override", "DELETE")]),
                ("PATCH", place, [("X-HTTP-Method-Override", "DELETE")]),
                ("POST", place, [("X-HTTP-Method-Override", "delete")]),
                ("POST", place, [("X-HTTP-Method-Override", "DELETE, GET")]),
                ("POST", place, [("X-HTTP-Method-Override", "HEAD")]),
                ("POST", place, [("X-HTTP-Method-Override", "CONNECT")]),
                ("POST", place, [("X-HTTP-Method-Override", "")]),
                ("POST", place, [("X-HTTP-Method-Override", "PATCH"), ("x-http-method-override", "DELETE")]),
                ("POST", "/oauth2/token", [("X-HTTP-Method-Override", "GET")]),
                ("POST", "/api/linchpin/v1/users", [("X-HTTP-Method-Override", "GET")]),
            ]
            for row in rows {
                let reply = try await test.send(row.method, row.path, token: token, headers: row.headers)
                #expect(reply.status == 400, "\(row.method) \(row.headers)")
                #expect(try await test.row(of: reply)["reason"]?.string == "bad_method_override")
            }
            #expect(try await test.send("GET", place, token: token).status == 200)
        }
    }

    @Test("Every spelling of a path is decided as the same path")
    func spellings() async throws {
        try await with([TestScope("read", "GET /api/now/table/incident/**")]) { test, token in
            let id = "0123456789abcdef0123456789abcdef"
            let rows: [(path: String, status: Int)] = [
                ("/api/now/table/incident", 200), ("/api/now/v2/table/incident", 200), ("/api/now/incident", 200),
                ("/api/now/v1/table/incident", 404), ("/api/now/v2/table/incident/\(id)", 404),
                ("/api/now/v3/table/incident", 404), ("/api/now/v2/incident", 404),
                ("/api/now/v1/v2/table/incident", 404), ("/api/now/v1", 404), ("/api/now/stats/incident", 403),
                ("/api/now/v1/stats/incident?sysparm_count=true", 403), ("/api/now/hr_leaver", 403),
                ("/api/now/v2/table/hr_leaver", 403), ("/api/now/nope", 403), ("/api/now/table", 404),
            ]
            for row in rows {
                let reply = try await test.send("GET", row.path, token: token)
                #expect(reply.status == row.status, "\(row.path): \(reply.text)")
            }
            let old = try await test.send("GET", "/api/now/v1/table/incident", token: token)
            #expect(try old.json["error"]?["message"]?.string == "No Record found")
            let logged = try await test.row(of: test.send("GET", "/api/now/v2/table/incident", token: token))
            #expect(logged["path"]?.string == "/api/now/table/incident")
        }
    }

    @Test("Counting, and Link to the other pages")
    func pages() async throws {
        try await with { test, token in
            for number in 0..<5 {
                _ = try await made(
                    test, token,
                    ["short_description": .string("Lift \(number)"), "state": number < 4 ? "new" : "closed"])
            }
            let query = "sysparm_query=short_descriptionLIKElift%5EORDERBYshort_description&state=new"
            let page = try await test.send(
                "GET", "/api/now/v2/table/incident?\(query)&sysparm_limit=2&sysparm_offset=1", token: token)
            #expect(page.header("x-total-count") == "4")
            let base =
                "<\(test.hub.issuer)/api/now/v2/table/incident?"
                + "sysparm_query=short_descriptionLIKElift%5EORDERBYshort_description&state=new&sysparm_limit=2"
            #expect(
                page.header("link")
                    == [(0, "first"), (0, "prev"), (3, "next"), (2, "last")]
                    .map { "\(base)&sysparm_offset=\($0.0)>;rel=\"\($0.1)\"" }.joined(separator: ","))
            let quiet = try await test.send(
                "GET", "\(Self.table)?sysparm_no_count=true&sysparm_limit=5&sysparm_suppress_pagination_header=true",
                token: token)
            #expect(quiet.header("x-total-count") == nil && quiet.header("link") == nil)
            #expect(try quiet.json["result"]?.array?.count == 5)
            let long = try await test.send(
                "GET",
                "\(Self.table)?sysparm_offset=1&sysparm_query=description%3D\(String(repeating: "x", count: 3_000))",
                token: token)
            #expect(long.status == 200, "\(long.text)")
            #expect(long.header("link") == nil)
            #expect(long.header("x-total-count") == "0")
            let count = try await test.send(
                "GET", "/api/now/stats/incident?sysparm_count=true&sysparm_query=state%3Dnew", token: token)
            #expect(try count.json == ["result": ["stats": ["count": "4"]]])
            for query in ["", "?sysparm_count=false", "?sysparm_count=true&sysparm_group_by=state"] {
                #expect(try await test.send("GET", "/api/now/stats/incident" + query, token: token).status == 400)
            }
        }
    }

    @Test("People and groups are read, walked to and never written; no hash is among their fields")
    func people() async throws {
        try await with { test, token in
            try await test.post(
                "/users", ["name": "mara", "display_name": "Mara Lindqvist", "email": "m@acme.example"])
            try await test.post("/groups", ["name": "service-desk", "says": "Answers calls"])
            try await test.post("/groups/service-desk/add-member", ["user": "mara"])
            let users = try await test.send(
                "GET", "/api/now/table/sys_user?sysparm_query=user_name%3Dmara", token: token)
            let mara = try users.json["result"]?.array?.first
            #expect(mara?["name"]?.string == "Mara Lindqvist" && mara?["active"]?.string == "true")
            #expect(
                mara?.object?.members.map(\.name) == [
                    "user_name", "name", "email", "active", "locked_out", "web_service_access_only", "sys_id",
                    "sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count",
                ])
            let id = mara?["sys_id"]?.string ?? ""
            let made = try await made(test, token, ["short_description": "Printer", "caller_id": .string(id)])
            let walked = try await test.send(
                "GET", "\(Self.table)/\(made)?sysparm_fields=caller_id.email,caller_id&sysparm_display_value=all",
                token: token)
            #expect(
                try walked.json["result"] == [
                    "caller_id.email": ["display_value": "m@acme.example", "value": "m@acme.example"],
                    "caller_id": [
                        "display_value": "Mara Lindqvist",
                        "link": .string("\(test.hub.issuer)/api/now/table/sys_user/\(id)"), "value": .string(id),
                    ],
                ])
            let member = try await test.send(
                "GET", "/api/now/table/sys_user_grmember?group.name=service-desk&sysparm_fields=user.name,sys_id",
                token: token)
            #expect(try member.json["result"]?.array?.first?["user.name"]?.string == "Mara Lindqvist")
            let memberID = try member.json["result"]?.array?.first?["sys_id"]?.string ?? ""
            #expect(memberID.utf8.count == 32)
            for path in [
                "sys_user_group?name=service-desk", "sys_user_role?name=sys_user_reader",
                "sys_user_has_role?user.user_name=desk&role.name=sys_user_reader",
                "sys_db_object?name=incident", "sys_dictionary?name=incident&element=caller_id&reference=sys_user",
                "sys_user_grmember?sys_id=\(memberID)",
            ] {
                let found = try await test.send("GET", "/api/now/table/\(path)", token: token)
                #expect(found.header("x-total-count") == "1", "\(path): \(found.text)")
            }
            let mine = try await test.send(
                "GET", "/api/now/table/sys_user?sys_id=javascript:gs.getUserID()&sysparm_fields=user_name", token: token
            )
            #expect(try mine.json["result"] == [["user_name": "desk"]])
        }
    }

    @Test("A write to people is refused with the operation that does it, even for an administrator")
    func peopleAreReadOnly() async throws {
        try await with(roles: ["admin"]) { test, token in
            for (table, says) in [
                ("sys_user", "linchpin user"), ("sys_user_group", "linchpin group"), ("sys_user_role", "linchpin role"),
                ("sys_user_has_role", "linchpin role grant"), ("sys_user_grmember", "linchpin group add-member"),
                ("sys_dictionary", "linchpin table"), ("sys_db_object", "linchpin table"),
            ] {
                let all = try await test.send("GET", "/api/now/table/\(table)?sysparm_limit=1", token: token)
                let id = try all.json["result"]?.array?.first?["sys_id"]?.string ?? String(repeating: "0", count: 32)
                for (method, path) in [("POST", ""), ("PUT", "/" + id), ("PATCH", "/" + id), ("DELETE", "/" + id)] {
                    let reply = try await test.send(
                        method, "/api/now/table/\(table)\(path)", token: token,
                        json: method == "DELETE" ? nil : ["name": "canary"])
                    #expect(reply.status == 403, "\(method) \(table)")
                    #expect(try reply.json["error"]?["message"]?.string?.contains(says) == true, "\(reply.text)")
                    #expect(try await test.audited(reply) == [])
                }
            }
            for field in ["password", "failed_sign_ins", "name_folded", "user_password"] {
                for query in ["\(field)=x", "sysparm_query=\(field)ISNOTEMPTY", "sysparm_fields=\(field)"] {
                    let reply = try await test.send("GET", "/api/now/table/sys_user?\(query)", token: token)
                    #expect(reply.status == 400, "\(query)")
                }
            }
        }
    }

    @Test("Who may not read people does not reach them from an incident")
    func peopleAreHidden() async throws {
        try await with(roles: ["incident_writer"]) { test, token in
            for path in [
                "/api/now/table/sys_user", "\(Self.table)?caller_id.name=x",
                "\(Self.table)?sysparm_query=ORDERBYcaller_id.email", "\(Self.table)?sysparm_fields=caller_id.name",
            ] {
                let reply = try await test.send("GET", path, token: token)
                #expect(reply.status == 403, "\(path)")
            }
        }
    }
}
