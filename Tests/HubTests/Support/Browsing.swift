import Console
import Core
import Outbound
import Ports
import TestSupport
import Testing

/// A person's browser at a hub, and what applications of a test share.
protocol Browsing: Sendable {
    var test: TestHub { get }
    var cookie: String { get set }
}

extension Browsing {
    static var password: String { "canary correct horse battery" }
    static var callback: String { "https://app.example/cb" }
    /// RFC 7636 Appendix B.
    static var verifier: String { "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" }
    static var challenge: String { "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" }

    func get(_ path: String, _ headers: [(String, String)] = []) async throws -> OutboundReply {
        try await test.send("GET", path, headers: [("Cookie", cookie)] + headers)
    }

    /// A form as a browser sends it from a page of the hub.
    func send(_ path: String, _ fields: [String: String], origin: String? = nil) async throws -> OutboundReply {
        try await TestBrowser.form(test, path, fields, headers: [("Cookie", cookie)], origin: origin)
    }

    /// Signs in, and goes on with the new cookie.
    @discardableResult
    mutating func signIn(_ user: String = "mara", next: String = "/") async throws -> OutboundReply {
        let reply = try await send("/console/sign-in", ["user": user, "password": Self.password, "next": next])
        cookie = reply.header("set-cookie")?.split(separator: ";").first.map(String.init) ?? cookie
        return reply
    }

    /// A hub with the console, `mara`, the service account `svc`, the scope `leavers`, and a client of `svc`.
    ///
    /// - Parameters:
    ///   - person: what is known of `mara` beside her name.
    ///   - body: gets the hub and the client as it was made.
    static func withClient(
        _ store: TestStore, _ client: JSONObject, person: JSONObject = [:], scope says: String = "Reads leavers.",
        _ body: (TestHub, JSON) async throws -> Void
    ) async throws {
        try await TestHub.with(store, pages: Console.pages()) { test in
            try await test.post("/users", .object(person.with(["name": "mara"])))
            try await test.post("/users/mara/set-password", ["password": .string(password)])
            try await test.post("/users", ["name": "svc", "web_service_only": true])
            try await test.post(
                "/scopes",
                [
                    "name": "leavers", "says": .string(says),
                    "rules": [["method": "GET", "path": "/api/now/table/hr_leaver", "table": "hr_leaver"]],
                ])
            try await body(test, try await test.post("/clients", .object(client.with(["user": "svc"]))))
        }
    }
}

extension OutboundReply {
    /// The value of a hidden field.
    func field(_ name: String) throws -> String {
        let start = try #require(text.firstRange(of: "name=\"\(name)\" value=\""), "no field \(name)")
        let raw = text[start.upperBound...].prefix { $0 != "\"" }
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
            .reduce(String(raw)) { $0.replacing($1.0, with: $1.1) }
    }
}
