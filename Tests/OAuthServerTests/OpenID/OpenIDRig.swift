import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

extension GrantRig {
    static let openIDScopes = ["openid", "profile", "email", "incident.read"]

    /// A client that may let people sign in.
    static func openID(
        _ store: TestStore, _ more: JSONObject = [:], _ body: @Sendable (GrantRig) async throws -> Void
    ) async throws {
        var sent: JSONObject = ["scopes": .texts(openIDScopes + ["offline_access"])]
        for member in more.members { sent[member.name] = member.value }
        try await with(store, sent, body)
    }

    /// A code of a sign-in in session `s1`.
    func signInCode(
        scopes: [String], nonce: String? = nil, session: String? = "s1", claims: JSONObject? = nil
    ) async throws -> String {
        let plain = try await draft(scopes: scopes)
        var carried = Carried()
        (carried.signedInAt, carried.session, carried.claims) = (desk.time.now, session, claims)
        let terms = CodeTerms(
            scopes: scopes, redirectURI: Self.redirect, isRedirectStated: true, challenge: Self.challenge, nonce: nonce,
            signedInAt: desk.time.now, carried: carried)
        let draft = CodeDraft(client: plain.client, user: plain.user, userName: plain.userName, terms: terms)
        try await give(draft)
        return try #require(try await desk.server.makeCode(draft, desk.time.cause())).text
    }

    /// The verified claims of the ID token in an answer; nil where there is none.
    func identity(_ response: TokenResponse) async throws -> JSONObject? {
        guard let text = response.body["id_token"]?.string else { return nil }
        let claims = try await desk.signing.verify(text, type: "JWT", at: desk.time.now)
        #expect(claims != nil)
        return claims
    }

    /// The text of an ID token of this client for `mara`.
    func idToken(session: String? = "s1") async throws -> String {
        let answer = await redeem(try await signInCode(scopes: ["openid"], session: session))
        return try #require(answer.body["id_token"]?.string)
    }
}

extension Secret {
    var text: String { reveal { String(decoding: $0, as: UTF8.self) } }
}
