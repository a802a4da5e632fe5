import Core
import Outbound
import Ports
import TestSupport
import Testing

/// An application that people let in by code, and a person who is signed in and does so.
struct CodeApp: Browsing {
    let test: TestHub
    let clientID: String
    /// Nil for a public client.
    let secret: String?
    /// The person's session.
    var cookie = "none=none"

    static let table = "/api/now/table/hr_leaver"

    /// A hub with the console, `mara`, the scope `leavers` and the client `app`.
    ///
    /// - Parameter more: members of `client.create` beside these.
    static func with(
        _ store: TestStore = .sqlite, isPublic: Bool = false, settings more: JSONObject = [:],
        _ body: (CodeApp) async throws -> Void
    ) async throws {
        let client: JSONObject = [
            "name": "app", "scopes": ["leavers"], "public": .bool(isPublic),
            "grants": ["authorization_code", "refresh_token"], "redirect_uris": [.string(callback)],
        ]
        try await withClient(store, client.with(more)) { test, made in
            try await test.grant("hr_leaver_reader", to: "mara")
            var secret: String?
            if !isPublic { secret = try await test.post("/clients/app/add-secret", [:])["client_secret"]?.string }
            var app = CodeApp(test: test, clientID: try #require(made["client_id"]?.string), secret: secret)
            try await app.signIn()
            try await body(app)
        }
    }

    /// The same application with nobody signed in.
    var withNobody: CodeApp {
        var app = self
        app.cookie = "none=none"
        return app
    }

    /// The authorization request as a path, with these parameters in the place of its own, or behind them.
    func path(_ more: [(name: String, value: String)] = []) -> String {
        let own = [
            ("response_type", "code"), ("client_id", clientID), ("redirect_uri", Self.callback), ("scope", "leavers"),
            ("state", "s"), ("code_challenge", Self.challenge), ("code_challenge_method", "S256"),
        ].map { (name: $0.0, value: $0.1) }
        let kept = own.filter { pair in !more.contains { $0.name == pair.name } }
        return "/oauth2/authorize?" + PercentEncoding.query(kept + more)
    }

    /// A code, by the person's yes where it is asked for.
    func code() async throws -> String {
        var reply = try await get(path())
        if reply.status == 200 {
            reply = try await send(
                "/console/consent", ["csrf": try reply.field("csrf"), "query": try reply.field("query")])
        }
        return try #require(reply.answer["code"])
    }

    var credentials: String { "&client_id=\(clientID)" + (secret.map { "&client_secret=\($0)" } ?? "") }

    func redeem(_ code: String) async throws -> OutboundReply {
        try await test.askToken(
            "grant_type=authorization_code&code=\(code)&code_verifier=\(Self.verifier)"
                + "&redirect_uri=\(PercentEncoding.encode(Self.callback))" + credentials)
    }

    func refresh(_ token: String) async throws -> OutboundReply {
        try await test.askToken("grant_type=refresh_token&refresh_token=\(token)" + credentials)
    }

    /// The tokens of a new code.
    func tokens() async throws -> (access: String, refresh: String) {
        let reply = try await redeem(try await code()).json
        return (try #require(reply["access_token"]?.string), try #require(reply["refresh_token"]?.string))
    }
}

extension OutboundReply {
    /// What a client is told at its redirect URI; empty where nobody is sent there.
    var answer: [String: String] {
        get throws {
            let parts = (header("location") ?? "").split(separator: "?", maxSplits: 1)
            guard parts.count == 2, parts[0] == CodeApp.callback else { return [:] }
            return Dictionary(try FormParameters(parts[1].utf8).pairs.map { ($0.name, $0.value) }) { _, last in last }
        }
    }
}
