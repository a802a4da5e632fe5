import Core
import Foundation
import Hub
import Outbound
import Ports
import Storage
import TestSupport
import Testing

/// A way in which tokens are issued.
enum Issuing: String, Sendable, CaseIterable { case code, refresh, clientCredentials }

/// A client that may do all of it, and a person who has let it in, at hubs that are killed inside a request.
struct IssuingScene: Sendable {
    /// At which step of a request a hub is killed.
    enum Step: Sendable {
        /// Before that write of the store (SQLite), or message to it (PostgreSQL).
        case before(Int)
        /// After PostgreSQL has done what that message says, and before the hub hears of it.
        case after(Int)
        /// When everything is done, before the answer is sent; on SQLite.
        case answer
    }

    /// A request at which a hub was killed, to be looked at after the restart.
    struct Left: Sendable {
        let issuing: Issuing
        /// What was to be redeemed: a code or a refresh token.
        let sent: String
        /// Nil when the hub was gone before it answered.
        let answer: JSON?
        let when: Comment
    }

    /// As the hub reaches its store.
    let place: HubPlace
    /// The store itself.
    let store: StorePlace
    private let proxy: PostgresProxy?
    let caller: Caller
    private let client: Known

    private struct Known: Sendable {
        let id: String
        let basic: Secret
        let cookie: Secret
    }

    static func run(on store: TestStore, _ body: (IssuingScene) async throws -> Void) async throws {
        try await store.withHubPlace { own in
            let proxy = try own.conninfo.map { try PostgresProxy(in: own.folder, to: $0) }
            defer { proxy?.close() }
            var place = own
            if let proxy { place.conninfo = proxy.conninfo }
            try await Caller.with { caller in
                let client = try await RunningHub.run(place) { try await register(at: $0, caller) }
                try await body(
                    IssuingScene(place: place, store: own.store, proxy: proxy, caller: caller, client: client))
            }
        }
    }

    private static let password = "correct horse battery staple"
    private static let callback = "https://app.example/cb"
    /// RFC 7636 Appendix B.
    private static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    private static func register(at hub: RunningHub, _ caller: Caller) async throws -> Known {
        try await hub.call("POST", "/users", ["name": "mara"])
        try await hub.call("POST", "/users/mara/set-password", ["password": .string(password)])
        try await hub.call("POST", "/users", ["name": "svc", "web_service_only": true])
        let rules: JSON = [["method": "GET", "path": "/api/now/table/incident"]]
        try await hub.call("POST", "/scopes", ["name": "all", "says": "Reads incidents.", "rules": rules])
        let made = try await hub.call(
            "POST", "/clients",
            [
                "name": "app", "user": "svc", "scopes": ["all"], "redirect_uris": [.string(callback)],
                "grants": ["authorization_code", "refresh_token", "client_credentials"], "code_seconds": 600,
            ])
        let secret = try await hub.call("POST", "/clients/app/add-secret", [:])
        let id = try #require(made["client_id"]?.string)
        let basic = Data("\(id):\(secret["client_secret"]?.string ?? "")".utf8).base64EncodedString()
        let fields = [("user", "mara"), ("password", password), ("next", "/")]
        let signedIn = try await caller.post(fields, to: hub.url, "/console/sign-in", cookie: Secret("none=none"))
        let cookie = try #require(signedIn.header("set-cookie")?.split(separator: ";").first)
        let known = Known(id: id, basic: Secret(basic), cookie: Secret(String(cookie)))
        // The yes is remembered; from now on a code is one request.
        let question = try await caller.get(hub.url + path(of: id), cookie: known.cookie)
        let page = String(decoding: question.body, as: UTF8.self)
        let hidden = try ["csrf", "query"].map { name in
            let start = try #require(page.range(of: "name=\"\(name)\" value=\""))
            return (name, page[start.upperBound...].prefix { $0 != "\"" }.replacing("&amp;", with: "&"))
        }
        let back = try await caller.post(
            hidden.map { ($0.0, String($0.1)) }, to: hub.url, "/console/consent", cookie: known.cookie)
        #expect(back.status == 303)
        return known
    }

    private static func path(of client: String) -> String {
        "/oauth2/authorize?response_type=code&scope=all&code_challenge_method=S256&code_challenge=\(challenge)"
            + "&client_id=\(client)"
    }

    /// What the next request redeems: a new code, or the refresh token of one.
    func prepare(_ issuing: Issuing, at hub: RunningHub) async throws -> String {
        if issuing == .clientCredentials { return "" }
        let reply = try await caller.get(hub.url + Self.path(of: client.id), cookie: client.cookie)
        let query = reply.header("location")?.split(separator: "?").last ?? ""
        let code = try #require(try FormParameters(query.utf8).value("code"))
        if issuing == .code { return code }
        let redeemed = try await ask(.code, code, at: hub)
        return try #require(redeemed.json["refresh_token"]?.string)
    }

    /// A token request that redeems what was prepared.
    func ask(_ issuing: Issuing, _ sent: String, at hub: RunningHub) async throws -> (status: Int, json: JSON) {
        let form =
            switch issuing {
            case .code: "grant_type=authorization_code&code=\(sent)&code_verifier=\(Self.verifier)"
            case .refresh: "grant_type=refresh_token&refresh_token=\(sent)"
            case .clientCredentials: "grant_type=client_credentials&scope=all"
            }
        return try await caller.send(
            "POST", hub.url + "/oauth2/token", .secret(prefix: "Basic ", client.basic), form: form)
    }

    /// The same with the hub killed at a step of it; the answer is nil when it was gone before it answered.
    func ask(_ issuing: Issuing, at hub: RunningHub, killed step: Step, _ when: Comment) async throws -> Left {
        let sent = try await prepare(issuing, at: hub)
        // The hub is idle, so that the steps are those of the request.
        try await KillCheck.chain(hub, when)
        let answer = try await killed(at: step, hub) { () -> JSON? in
            let reply: (status: Int, json: JSON)
            do { reply = try await ask(issuing, sent, at: hub) } catch { return nil }
            #expect(reply.status == 200, "\(reply.json), \(when)")
            return reply.json
        }
        // What was answered is there though the hub has no time for anything more.
        hub.program.send(SIGKILL)
        #expect(await hub.program.status() == -SIGKILL, when)
        return Left(issuing: issuing, sent: sent, answer: answer, when: when)
    }

    private func killed<R>(at step: Step, _ hub: RunningHub, _ body: () async throws -> R) async throws -> R {
        let kill: @Sendable () -> Void = { [program = hub.program] in program.send(SIGKILL) }
        switch (step, proxy) {
        case (.answer, _):
            return try await Strace.with(hub.program.pid, Self.kill("writev,sendmsg,sendto", at: 1), body)
        case (.before(let number), nil), (.after(let number), nil):
            let file = ["-P", place.data + "/hub.sqlite-wal"]
            return try await Strace.with(hub.program.pid, file + Self.kill("pwrite64,fdatasync", at: number), body)
        case (.before(let number), let proxy?): proxy.begin(.init(at: number, forwards: false, then: kill))
        case (.after(let number), let proxy?): proxy.begin(.init(at: number, forwards: true, then: kill))
        }
        let result = try await body()
        proxy?.begin(nil)
        return result
    }

    private static func kill(_ calls: String, at number: Int) -> [String] {
        ["-e", "trace=\(calls)", "-e", "inject=\(calls):signal=KILL:when=\(number)"]
    }

    /// Whether a token counts.
    func counts(_ token: JSON?, at hub: RunningHub) async throws -> Bool {
        let reply = try await caller.send(
            "POST", hub.url + "/oauth2/introspect", .secret(prefix: "Basic ", client.basic),
            form: "token=\(token?.string ?? "")")
        return reply.json["active"] == true
    }
}

extension Caller {
    fileprivate func get(_ url: String, cookie: Secret) async throws -> OutboundReply {
        try await client.send(
            OutboundRequest(
                method: "GET", url: url, headers: [("Cookie", .secret(prefix: "", cookie))], body: nil,
                allowsLoopbackHTTP: true))
    }

    /// A form as a browser sends it from a page of the hub.
    fileprivate func post(
        _ fields: [(String, String)], to url: String, _ path: String, cookie: Secret
    ) async throws -> OutboundReply {
        let form = PercentEncoding.query(fields.map { (name: $0.0, value: $0.1) })
        return try await client.send(
            OutboundRequest(
                method: "POST", url: url + path,
                headers: [
                    ("Cookie", .secret(prefix: "", cookie)), ("Origin", .plain(url)),
                    ("Content-Type", .plain("application/x-www-form-urlencoded")),
                ], body: Array(form.utf8), allowsLoopbackHTTP: true))
    }
}
