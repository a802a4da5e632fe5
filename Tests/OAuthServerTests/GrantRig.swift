import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// A client that people let in by code, and what it sends.
struct GrantRig: Sendable {
    let desk: OAuthDesk
    let id: String
    /// Nil for a public client.
    let secret: String?

    static let redirect = "https://app.example/cb"
    static let verifier = String(repeating: "v", count: 43)
    static let challenge = Base64URL.encode(Hashing.sha256(Array(verifier.utf8)))

    /// - Parameter more: members of `client.create` beside these.
    static func with(
        _ store: TestStore, isPublic: Bool = false, _ more: JSONObject = [:],
        _ body: @Sendable (GrantRig) async throws -> Void
    ) async throws {
        try await OAuthDesk.with(store) { desk in try await body(try await make(desk, isPublic: isPublic, more)) }
    }

    static func make(
        _ desk: OAuthDesk, _ name: String = "app", isPublic: Bool = false, _ more: JSONObject = [:]
    ) async throws -> GrantRig {
        var sent: JSONObject = [
            "name": .string(name), "user": "svc.hr", "scopes": ["incident.read", "incident.write"],
            "public": .bool(isPublic), "redirect_uris": [.string(redirect)],
            "grants": ["authorization_code", "refresh_token"],
        ]
        for member in more.members { sent[member.name] = member.value }
        let made = try await desk.run("client.create", "", sent)
        var secret: String?
        if !isPublic { secret = try await desk.run("client.add-secret", name)["client_secret"]?.string }
        return GrantRig(desk: desk, id: try #require(made["client_id"]?.string), secret: secret)
    }

    /// A code as a person's yes makes it.
    func code(
        scopes: [String] = ["incident.read", "incident.write"], isRedirectStated: Bool = true,
        challenge: String? = GrantRig.challenge, carried: Carried = Carried()
    ) async throws -> String {
        let draft = try await draft(
            scopes: scopes, isRedirectStated: isRedirectStated, challenge: challenge, carried: carried)
        try await give(draft)
        let made = try await desk.server.makeCode(draft, desk.time.cause())
        return try #require(made).reveal { String(decoding: $0, as: UTF8.self) }
    }

    func draft(
        scopes: [String] = ["incident.read", "incident.write"], isRedirectStated: Bool = true,
        challenge: String? = GrantRig.challenge, carried: Carried = Carried()
    ) async throws -> CodeDraft {
        let id = id
        let client = try #require(try await desk.database.read { try ClientStore.presented(id, in: $0) })
        let terms = CodeTerms(
            scopes: scopes, redirectURI: Self.redirect, isRedirectStated: isRedirectStated, challenge: challenge,
            nonce: nil, signedInAt: desk.time.now, carried: carried)
        return CodeDraft(client: client, user: UserID("u3"), userName: "mara", terms: terms)
    }

    /// The person's yes to a draft.
    func give(_ draft: CodeDraft) async throws {
        let now = desk.time.now
        try await desk.database.write(.bookkeeping("a person's yes")) { writer in
            try ConsentStore.give(
                draft.terms.scopes, draft.terms.carried, to: draft.client, id: "yes of \(draft.client.id)",
                by: draft.user, at: now,
                in: writer)
        }
    }

    /// The id of that yes.
    func yes() async throws -> String { "yes of \(try await draft().client.id)" }

    var credentials: String { "&client_id=\(id)" + (secret.map { "&client_secret=\($0)" } ?? "") }

    func redeem(
        _ code: String, redirect: String? = GrantRig.redirect, verifier: String? = GrantRig.verifier,
        dpop: [String] = []
    ) async -> TokenResponse {
        var form = "grant_type=authorization_code&code=\(code)" + credentials
        if let redirect { form += "&redirect_uri=\(PercentEncoding.encode(redirect))" }
        if let verifier { form += "&code_verifier=\(PercentEncoding.encode(verifier))" }
        return await desk.send(form, dpop: dpop)
    }

    func refresh(_ token: String, _ more: String = "", dpop: [String] = []) async -> TokenResponse {
        await desk.send("grant_type=refresh_token&refresh_token=\(token)" + credentials + more, dpop: dpop)
    }

    /// The tokens of a new yes.
    func tokens() async throws -> Tokens { try await usedCode().tokens }

    /// A code of a new yes that was redeemed, and what it gave.
    func usedCode() async throws -> (code: String, tokens: Tokens) {
        let code = try await code()
        return (code, try Tokens(await redeem(code)))
    }

    func revoke(_ token: String, _ more: String = "") async -> TokenResponse {
        await desk.server.revocationEndpoint.respond(
            to: request("token=\(token)" + credentials + more), at: desk.time.now, .new(desk.time.effects))
    }

    func introspect(_ token: String, accept: [String] = []) async -> TokenResponse {
        await desk.server.introspectionEndpoint.respond(
            to: request("token=\(token)" + credentials, accept: accept), at: desk.time.now, .new(desk.time.effects))
    }

    private func request(_ form: String, accept: [String] = []) -> TokenRequest {
        TokenRequest(
            authorization: [], contentType: "application/x-www-form-urlencoded", body: Array(form.utf8), accept: accept)
    }

    /// Whether an access token counts.
    func counts(_ access: String) async throws -> Bool {
        guard let found = try await desk.find(access) else { return false }
        return !found.isRevoked && desk.time.now < found.expiresAt
    }
}

/// What an answer of the token endpoint holds.
struct Tokens: Sendable {
    let access: String
    let refresh: String?
    let scope: String

    init(_ response: TokenResponse) throws {
        #expect(response.reason == "")
        access = try #require(response.body["access_token"]?.string)
        refresh = response.body["refresh_token"]?.string
        scope = try #require(response.body["scope"]?.string)
    }
}
