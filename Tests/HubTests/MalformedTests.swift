import Core
import Hub
import Outbound
import Ports
import Testing

@Suite("Malformed requests") struct MalformedTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        var method = "GET"
        let target: String
        var headers = ""
        let status: Int
        let reason: String
        var testDescription: String { name }
    }

    static let bearer = "Authorization: Bearer canary-token\r\n"
    static let rows: [Row] = [
        Row(name: "dot segments", target: "/api/now/../canary", status: 400, reason: "bad_path"),
        Row(name: "a dot segment", target: "/api/./canary", status: 400, reason: "bad_path"),
        Row(name: "encoded dots", target: "/api/%2e%2e/canary", status: 400, reason: "bad_path"),
        Row(name: "an encoded slash", target: "/api%2fcanary", status: 400, reason: "bad_path"),
        Row(name: "an encoded backslash", target: "/api/%5ccanary", status: 400, reason: "bad_path"),
        Row(name: "two slashes", target: "//canary", status: 400, reason: "bad_path"),
        Row(name: "a slash at the end", target: "/api/canary/", status: 400, reason: "bad_path"),
        Row(name: "an encoded NUL", target: "/api/canary%00", status: 400, reason: "bad_path"),
        Row(name: "an encoded line break", target: "/api/canary%0d%0aX: y", status: 400, reason: "bad_path"),
        Row(name: "a bad escape", target: "/api/canary%zz", status: 400, reason: "bad_path"),
        Row(name: "a cut escape", target: "/api/canary%4", status: 400, reason: "bad_path"),
        Row(name: "invalid UTF-8", target: "/api/canary%ff", status: 400, reason: "bad_path"),
        Row(
            name: "too long", target: "/canary" + String(repeating: "a", count: 8_192), status: 400,
            reason: "target_too_long"),
        Row(name: "an asterisk", method: "OPTIONS", target: "*", status: 400, reason: "bad_path"),
        Row(name: "nothing there", target: "/canary?canary=canary", status: 404, reason: "no_such_path"),
        Row(
            name: "no credential", target: "/api/now/table/incident?x=canary", status: 401, reason: "no_credential"),
        Row(
            name: "an unknown token", target: "/api/now/table/incident", headers: bearer, status: 401,
            reason: "token_unknown"),
        Row(
            name: "another scheme", target: "/api/now/table/incident", headers: "Authorization: Canary canary\r\n",
            status: 400, reason: "credential_unreadable"),
        Row(
            name: "two Authorization headers", target: "/api/now/table/incident", headers: bearer + bearer,
            status: 400, reason: "credential_unreadable"),
        Row(
            name: "a token in the query", target: "/api/now/table/incident?access_token=canary", status: 401,
            reason: "no_credential"),
        Row(
            name: "a method nobody takes", method: "PROPFIND", target: "/api/now/table/incident", status: 405,
            reason: "method_not_allowed"),
    ]

    @Test("Each has a row with its reason, opened by its id; none repeats what was sent", arguments: rows)
    func refused(row: Row) async throws {
        try await TestHub.with { test in
            let reply = try await test.raw(
                "\(row.method) \(row.target.replacing(" ", with: "")) HTTP/1.1\r\nHost: canary.example\r\n"
                    + "Connection: close\r\nX-Canary: canary\r\n\(row.headers)\r\n")
            #expect(reply.status == row.status, "\(reply.text)")
            let rows = try await test.transactions(reply.correlation ?? "none")
            #expect(rows.map { $0["reason"]?.string } == [row.reason])
            #expect(rows.first?["status"]?.int == Int64(row.status))
            #expect(!reply.text.contains("canary"), "\(reply.text)")
            var logged = rows.first?.object ?? JSONObject()
            // A path that was understood is what the log is for; its query never is.
            if row.status == 404 { logged["path"] = nil }
            #expect(!JSON.object(logged).description.contains("canary"), "\(logged)")
            #expect(try await test.audited(reply.correlation ?? "c-0000000000000") == [])
            #expect(reply.header("x-content-type-options") == "nosniff")
        }
    }
}
