import Core
import Outbound
import Ports
import Testing

@testable import Hub

extension TestHub {
    /// A request over TCP, as an application sends it.
    @discardableResult func send(
        _ method: String, _ path: String, token: String? = nil, json: JSON? = nil, body: String? = nil,
        type: String? = nil, headers: [(String, String)] = []
    ) async throws -> OutboundReply {
        var fields: [(name: String, value: HeaderValue)] = headers.map { ($0.0, .plain($0.1)) }
        if let token { fields.append(("Authorization", .plain("Bearer " + token))) }
        if let type = type ?? (json == nil ? nil : "application/json") { fields.append(("Content-Type", .plain(type))) }
        let reply = try await outbound.send(
            OutboundRequest(
                method: method, url: hub.url + path, headers: fields, body: json?.bytes ?? body.map { Array($0.utf8) },
                allowsLoopbackHTTP: true))
        // RFC 9110 §5.3 (MUST NOT): no field twice but those that are lists, and Set-Cookie.
        let once = reply.headers.map(\.name).filter { !["set-cookie", "www-authenticate", "link"].contains($0) }
        #expect(Set(once).count == once.count, "\(method) \(path) answers with a field twice: \(once)")
        // A token's text goes to who asked for it: that is what the answer is for.
        if !(reply.status == 200 && path.hasPrefix("/oauth")) { seen.add(reply.body) }
        return reply
    }

    /// Bytes over TCP, as they are.
    func raw(_ text: String) async throws -> WireReply {
        let reply = try await Wire.exchange(Array(text.utf8), at: .port(port))
        seen.add(reply.bytes)
        return reply
    }

    /// Where it listens on TCP.
    var port: Int { Int(hub.url.split(separator: ":").last ?? "") ?? 0 }

    /// A token request by form fields; `basic` is `id:secret`.
    @discardableResult func askToken(_ form: String, basic: String? = nil, path: String = "/oauth2/token") async throws
        -> OutboundReply
    {
        try await send(
            "POST", path, body: form, type: "application/x-www-form-urlencoded",
            headers: basic.map { [("Authorization", "Basic " + Base64.encode($0))] } ?? [])
    }

    /// Makes a user with roles, scopes and a client, and gets it a token.
    func caller(_ name: String, roles: [String] = [], scopes: [TestScope]) async throws -> TestCaller {
        try await post("/users", ["name": .string(name), "web_service_only": true])
        for role in roles { try await grant(role, to: name) }
        for scope in scopes { try await make(scope) }
        let client = try await post(
            "/clients",
            ["name": .string(name), "user": .string(name), "scopes": .array(scopes.map { .string($0.name) })])
        let secret = try await post("/clients/\(name)/add-secret", [:])
        var caller = TestCaller(
            name: name, clientID: client["client_id"]?.string ?? "", secret: secret["client_secret"]?.string ?? "",
            scopes: scopes.map(\.name), token: "")
        caller.token = try await token(of: caller)
        return caller
    }

    /// A further token of a caller, with all its scopes or these.
    func token(of caller: TestCaller, scopes: [String]? = nil) async throws -> String {
        let wanted = (scopes ?? caller.scopes).joined(separator: "+")
        let reply = try await askToken("grant_type=client_credentials&scope=\(wanted)", basic: caller.basic)
        guard reply.status == 200, let token = try JSON.read(reply.body)["access_token"]?.string else {
            throw HubError(.internal, "test", "no token: \(String(decoding: reply.body, as: UTF8.self))")
        }
        return token
    }

    func grant(_ role: String, to user: String) async throws {
        try await post("/role-grants", ["user": .string(user), "role": .string(role)])
    }

    /// Makes an auth scope, if it is not there yet.
    func make(_ scope: TestScope) async throws {
        do {
            try await post("/scopes", ["name": .string(scope.name), "rules": .array(scope.rules)])
        } catch let error as HubError where error.kind == .conflict {}
    }

    @discardableResult func post(_ path: String, _ body: JSON) async throws -> JSON {
        try await admin.call("POST", path, body)
    }

    /// Makes the connection `okta` to the sandbox and its alias, by an API key unless it is another credential.
    func connectOkta(
        actions: [String], by credential: JSONObject = TestHub.key(), _ more: JSONObject = [:]
    ) async throws {
        try await post("/spokes/okta/activate", [:])
        try await post("/credentials", .object(credential))
        var connection: JSONObject = [
            "name": "okta", "spoke": "okta", "url": .string(sandboxURL), "credentials": [credential["name"] ?? .null],
            "allow_loopback_http": true, "actions": .texts(actions),
        ]
        for member in more.members { connection[member.name] = member.value }
        try await post("/connections", .object(connection))
        try await post("/aliases", ["name": "okta", "connection": "okta"])
    }

    /// A credential that is an API key; the sandbox knows it unless it is another one.
    static func key(_ name: String = "key", secret: String = sandboxToken) -> JSONObject {
        ["name": .string(name), "kind": "api_key", "secret": .string(secret)]
    }

    /// The rows of the log under a correlation id.
    func transactions(_ correlation: String) async throws -> [JSON] {
        try await admin.call("GET", "/transactions/\(correlation)")["items"]?.array ?? []
    }

    /// The one row of a reply, opened by its correlation header.
    func row(of reply: OutboundReply) async throws -> JSON {
        try await transactions(reply.header("x-correlation-id") ?? "none").first ?? .null
    }

    /// The audit actions under a correlation id, in their order, once everything is chained.
    func audited(_ correlation: String) async throws -> [String] {
        try await settle()
        let items = try await admin.call("GET", "/audit-events?correlation=\(correlation)")["items"]?.array ?? []
        return items.compactMap { $0["action"]?.string }
    }

    func audited(_ reply: OutboundReply) async throws -> [String] {
        try await audited(reply.header("x-correlation-id") ?? "c-0000000000000")
    }

    /// Waits until every event is in the chain.
    func settle() async throws {
        for _ in 0..<2_000 {
            let verdict = try await admin.call("POST", "/audit-events/verify", [:])
            if verdict["pending"]?.int == 0 { return }
            await Task.yield()
        }
        throw HubError(.timeout, "test", "events wait to be chained for too long")
    }
}

/// The `HubError` of a call that must fail; nil when it passes or fails otherwise.
func failure(_ body: () async throws -> JSON) async -> HubError? {
    do { _ = try await body() } catch { return error as? HubError }
    return nil
}

/// An application that calls in.
struct TestCaller: Sendable {
    let name: String
    let clientID: String
    let secret: String
    let scopes: [String]
    var token: String
    var basic: String { "\(clientID):\(secret)" }
}

/// An auth scope for a test.
struct TestScope: Sendable {
    let name: String
    let rules: [JSON]

    /// One rule, such as `"* /api/now/table/**"`.
    init(_ name: String, _ rule: String, table: String? = nil) {
        self.name = name
        let parts = rule.split(separator: " ").map(String.init)
        var members: JSONObject = ["method": .string(parts[0]), "path": .string(parts[1])]
        members["table"] = table.map { .string($0) }
        rules = [.object(members)]
    }

    static let administration = TestScope("all.administration", "* /api/linchpin/v1/**")
    static let tables = TestScope("all.tables", "* /api/now/table/**")
}

extension OutboundReply {
    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { get throws { try JSON.read(body) } }
}
