import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// A client that people let in by code, on its whole way: its request, the pages, the exchange.
struct PushedRig: Sendable {
    let rig: GrantRig
    var desk: OAuthDesk { rig.desk }

    /// - Parameter more: members of `client.create` beside those of `GrantRig`.
    static func with(
        _ store: TestStore, isPublic: Bool = false, _ more: JSONObject = [:],
        _ body: @Sendable (PushedRig) async throws -> Void
    ) async throws {
        try await GrantRig.with(store, isPublic: isPublic, more) { try await body(PushedRig(rig: $0)) }
    }

    /// The parameters of a good request with these; nil takes one away. The person is asked each time.
    static func parameters(_ changes: [String: String?] = [:]) -> [String: String] {
        let good: [String: String?] = [
            "response_type": "code", "redirect_uri": GrantRig.redirect, "scope": "incident.read", "state": "s1",
            "code_challenge": GrantRig.challenge, "code_challenge_method": "S256", "prompt": "consent",
        ]
        return good.merging(changes) { $1 }.compactMapValues { $0 }
    }

    static func query(_ parameters: [String: String]) -> String {
        PercentEncoding.query(parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }

    func push(
        _ changes: [String: String?] = [:], dpop: [String] = [], from address: String = "192.0.2.1"
    ) async -> TokenResponse {
        await push(form: Self.query(Self.parameters(changes)) + rig.credentials, dpop: dpop, from: address)
    }

    func push(form: String, dpop: [String] = [], from address: String = "192.0.2.1") async -> TokenResponse {
        await desk.server.pushedEndpoint.respond(
            to: TokenRequest(
                authorization: [], contentType: "application/x-www-form-urlencoded", body: Array(form.utf8), dpop: dpop,
                path: "/oauth2/par", address: address), at: desk.time.now, .new(desk.time.effects))
    }

    /// The query with which a browser brings a request that was pushed now.
    func pushed(_ changes: [String: String?] = [:]) async throws -> String {
        let answer = await push(changes)
        return bringing(try #require(answer.body["request_uri"]?.string, "\(answer.reason)"))
    }

    func bringing(_ uri: String, client: String? = nil, _ more: String = "") -> String {
        "client_id=\(client ?? rig.id)&request_uri=\(PercentEncoding.encode(uri))" + more
    }

    /// - Parameter since: when `mara` signed in; nil where nobody has.
    func open(_ query: String, since: Timestamp?) async throws -> AuthorizationStep {
        let visitor = since.map { Authorizing.Visitor(user: UserID("u3"), signedInAt: $0) }
        return try await authorizing.open(try Self.pairs(query), visitor: visitor, desk.time.cause())
    }

    /// The same for who signed in an hour ago.
    func open(_ query: String) async throws -> AuthorizationStep {
        try await open(query, since: desk.time.now.adding(seconds: -3_600))
    }

    /// - Parameter since: when `mara` signed in; just now if left out.
    func answer(_ query: String, allows: Bool = true, since: Timestamp? = nil) async throws -> AuthorizationStep {
        let visitor = Authorizing.Visitor(user: UserID("u3"), signedInAt: since ?? desk.time.now)
        return try await authorizing.answer(
            try Self.pairs(query), allows: allows, visitor: visitor, desk.time.cause())
    }

    /// The code of a person's yes to a request.
    func code(_ query: String) async throws -> String {
        let question = try #require(try await open(query).question)
        return try #require(try await answer(question.query).told["code"])
    }

    var waiting: Int64 {
        get async throws { try await desk.count("SELECT COUNT(*) AS n FROM pushed_request") }
    }

    private var authorizing: Authorizing { desk.server.authorizing(issuer: OAuthDesk.issuer) }

    private static func pairs(_ query: String) throws -> [(name: String, value: String)] {
        try FormParameters(query.utf8).pairs.map { ($0.name, $0.value) }
    }
}

extension AuthorizationStep {
    /// What the client is told; empty where it is told nothing.
    var told: [String: String] {
        get throws {
            guard case .leave(let to, _, _) = self else { return [:] }
            let text = to.reveal { String(decoding: $0, as: UTF8.self) }
            let query = text.split(separator: "?", maxSplits: 1).last ?? ""
            return Dictionary(try FormParameters(query.utf8).pairs.map { ($0.name, $0.value) }) { _, last in last }
        }
    }

    var question: ConsentQuestion? { if case .ask(let question) = self { question } else { nil } }
    var signIn: SignInQuestion? { if case .signIn(let question) = self { question } else { nil } }
    /// Why a page says that it goes no further, or why the client is told so.
    var reason: String {
        switch self {
        case .page(let error): "page " + error.reason
        case .leave(_, let reason, _), .post(_, let reason, _): reason
        case .signIn: "sign in"
        case .ask: "ask"
        }
    }
}
