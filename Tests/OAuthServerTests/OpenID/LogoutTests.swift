import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// Who brings a request for a sign-out.
private enum Who: Sendable { case nobody, mara, maraInAnother, boss }

/// One request, and what it leads to.
private struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var who = Who.mara
    /// Whose ID token comes along: `app`, `other`, or a text as it is; nil for none.
    var hint: String? = "app"
    var client: String?
    var redirect: String? = "https://app.example/bye"
    var more: [(name: String, value: String)] = []
    /// `out` with the address, `ask` with the host, or `page` with the reason.
    let expected: String

    private static let there = "out https://app.example/bye"
    private static let unregistered = "page post_logout_redirect_uri_unregistered"

    static let all = [
        Row(testDescription: "§2: a token of this session asks nobody", expected: there),
        Row(
            testDescription: "§3: the state comes back", more: [("state", "a b&c")],
            expected: there + "?state=a%20b%26c"),
        Row(testDescription: "no address", redirect: nil, expected: "out"),
        Row(
            testDescription: "a query that is there stays", redirect: "https://app.example/bye?x=1",
            more: [("state", "s")],
            expected: "out https://app.example/bye?x=1&state=s"),
        Row(
            testDescription: "§2 (MUST): no token, so the person is asked", hint: nil, client: "app",
            expected: "ask app.example"),
        Row(testDescription: "§2 (MUST): a token of another session", who: .maraInAnother, expected: "ask app.example"),
        Row(testDescription: "§2 (MUST): a token of somebody else", who: .boss, expected: "ask app.example"),
        Row(testDescription: "nothing at all", hint: nil, redirect: nil, expected: "ask"),
        Row(
            testDescription: "a token that nobody here signed", hint: "e30.e30.e30", client: "app",
            expected: "ask app.example"),
        Row(
            testDescription: "§2 (MUST): the token and client_id of one client", client: "other",
            expected: "page client_differs"),
        Row(testDescription: "the same client named twice", client: "app", expected: there),
        Row(
            testDescription: "another client's token goes to no address of this one", hint: "other",
            expected: unregistered),
        Row(testDescription: "byte for byte: one more", redirect: "https://app.example/bye/", expected: unregistered),
        Row(testDescription: "byte for byte: capitals", redirect: "https://APP.example/bye", expected: unregistered),
        Row(testDescription: "byte for byte: a port", redirect: "https://app.example:443/bye", expected: unregistered),
        Row(testDescription: "an address for codes", redirect: GrantRig.redirect, expected: unregistered),
        Row(testDescription: "an address of nobody known", hint: nil, expected: unregistered),
        Row(testDescription: "an unknown client", hint: nil, client: "nobody", expected: unregistered),
        Row(
            testDescription: "two addresses", more: [("post_logout_redirect_uri", "https://evil.example/")],
            expected: "page parameter_repeated"),
        Row(testDescription: "two tokens", more: [("id_token_hint", "x")], expected: "page parameter_repeated"),
        Row(testDescription: "nobody signed in, and a token", who: .nobody, expected: there),
        Row(
            testDescription: "§3 (MUST NOT): nobody signed in, and no token", who: .nobody, hint: nil, client: "app",
            expected: "out"),
    ]
}

@Suite("RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0 §2)") struct LogoutTests {
    private static let more: JSONObject = [
        "post_logout_redirect_uris": ["https://app.example/bye", "https://app.example/bye?x=1"]
    ]

    private static func visitor(_ who: Who, at now: Timestamp) -> Authorizing.Visitor? {
        switch who {
        case .nobody: nil
        case .mara: .init(user: UserID("u3"), signedInAt: now, session: SessionID("s1"))
        case .maraInAnother: .init(user: UserID("u3"), signedInAt: now, session: SessionID("s2"))
        case .boss: .init(user: UserID("u2"), signedInAt: now, session: SessionID("s1"))
        }
    }

    private static func word(_ step: LogoutStep) -> String {
        switch step {
        case .page(let error): "page \(error.reason)"
        case .ask(let question): ["ask", question.place?.shown].compactMap { $0 }.joined(separator: " ")
        case .out(let to, _): ["out", to?.text].compactMap { $0 }.joined(separator: " ")
        }
    }

    @Test("what a request leads to", arguments: Row.all)
    fileprivate func row(_ row: Row) async throws {
        try await GrantRig.openID(.sqlite, Self.more) { rig in
            let other = try await GrantRig.make(
                rig.desk, "other",
                ["scopes": ["openid"], "post_logout_redirect_uris": ["https://other.example/bye"]])
            let ids = ["app": rig.id, "other": other.id]
            var query = row.more
            switch row.hint {
            case "app": query.append(("id_token_hint", try await rig.idToken()))
            case "other": query.append(("id_token_hint", try await other.idToken()))
            case let text?: query.append(("id_token_hint", text))
            case nil: break
            }
            if let client = row.client { query.append(("client_id", ids[client] ?? client)) }
            if let redirect = row.redirect { query.append(("post_logout_redirect_uri", redirect)) }
            let (desk, now) = (rig.desk, rig.desk.time.now)
            let endpoint = desk.server.loggingOut(issuer: OAuthDesk.issuer)
            let step = try await endpoint.open(query, visitor: Self.visitor(row.who, at: now), at: now)
            #expect(Self.word(step) == row.expected)
            guard case .ask(let question) = step else { return }
            // The person's yes leads where the page said.
            let sent = try FormParameters(question.query.utf8).pairs.map { (name: $0.name, value: $0.value) }
            let answered = Self.word(try await endpoint.answer(sent, at: now))
            #expect(answered == ["out", row.redirect].compactMap { $0 }.joined(separator: " "))
            #expect(question.place?.source == row.redirect.map { _ in "https://app.example" })
        }
    }

    @Test("§2: the end of the token does not count; a client that is off has no addresses")
    func late() async throws {
        try await GrantRig.openID(.sqlite, Self.more) { rig in
            let query = [
                (name: "id_token_hint", value: try await rig.idToken()),
                (name: "post_logout_redirect_uri", value: "https://app.example/bye"),
            ]
            rig.desk.time.advance(seconds: Int64(Limits.idTokenSeconds.value) + 1)
            let (now, endpoint) = (rig.desk.time.now, rig.desk.server.loggingOut(issuer: OAuthDesk.issuer))
            let late = try await endpoint.open(query, visitor: Self.visitor(.mara, at: now), at: now)
            #expect(Self.word(late) == "out https://app.example/bye")
            try await rig.desk.run("client.update", "app", ["active": false])
            let off = try await endpoint.open(query, visitor: Self.visitor(.mara, at: now), at: now)
            #expect(Self.word(off) == "page post_logout_redirect_uri_unregistered")
        }
    }

    static let wrongSettings: [(JSONObject, String)] = [
        (["post_logout_redirect_uris": ["http://app.example/bye"]], "bad_redirect_uri"),
        (["post_logout_redirect_uris": ["https://app.example/bye#x"]], "bad_redirect_uri"),
        (["post_logout_redirect_uris": ["https://*.example/bye"]], "bad_redirect_uri"),
        (["post_logout_redirect_uris": ["javascript:alert(1)"]], "bad_redirect_uri"),
        (["backchannel_logout_uri": "http://app.example/out"], "bad_logout_uri"),
        (["backchannel_logout_uri": "https://app.example/out#x"], "bad_logout_uri"),
        (["backchannel_logout_uri": "https://me@app.example/out"], "bad_logout_uri"),
        (["backchannel_logout_uri": "app.example/out"], "bad_logout_uri"),
    ]

    @Test("addresses that no client may have are refused on saving", arguments: wrongSettings)
    func settings(_ sent: JSONObject, _ reason: String) async throws {
        try await GrantRig.openID(.sqlite) { rig in
            let refusal = try await rig.desk.refusal("client.update", "app", sent)
            #expect(refusal.reason == reason && refusal.kind == .invalid)
        }
    }

    @Test("what is settled is shown, stored, and taken away by none")
    func stored() async throws {
        try await GrantRig.openID(.sqlite, Self.more) { rig in
            try await rig.desk.run(
                "client.update", "app",
                ["backchannel_logout_uri": "https://app.example/out", "id_token_signed_response_alg": "EdDSA"])
            let client = try await rig.desk.run("client.get", "app")
            #expect(client["post_logout_redirect_uris"] == Self.more["post_logout_redirect_uris"])
            #expect(client["backchannel_logout_uri"] == "https://app.example/out")
            #expect(client["id_token_signed_response_alg"] == "EdDSA")
            let emptied = try await rig.desk.run("client.update", "app", ["backchannel_logout_uri": "none"])
            #expect(emptied["backchannel_logout_uri"] == .null)
        }
    }
}
