import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

/// The authorization endpoint with the server's own keys behind it, and a client with openid.
private struct Door {
    let rig: GrantRig
    var desk: OAuthDesk { rig.desk }

    static func with(_ store: TestStore = .sqlite, _ body: @Sendable (Door) async throws -> Void) async throws {
        try await GrantRig.openID(store) { rig in try await body(Door(rig: rig)) }
    }

    private var endpoint: Authorizing { desk.server.authorizing(issuer: OAuthDesk.issuer) }
    private var cause: Cause { desk.time.cause(Actor(.user, id: "u3", name: "mara")) }

    func query(_ more: [String: String], scope: String = "openid incident.read") -> [(name: String, value: String)] {
        [
            ("response_type", "code"), ("client_id", rig.id), ("scope", scope), ("code_challenge", GrantRig.challenge),
            ("code_challenge_method", "S256"),
        ] + more.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What a request comes to, in a word, for whoever is signed in.
    func open(_ more: [String: String], as user: String? = "u3") async throws -> String {
        let visitor = user.map { Authorizing.Visitor(user: UserID($0), signedInAt: desk.time.now) }
        return try Self.word(try await endpoint.open(query(more), visitor: visitor, cause))
    }

    /// What somebody's yes comes to.
    func allow(
        _ more: [String: String], scope: String = "openid incident.read", as user: String = "u3"
    ) async throws -> [String: String] {
        let visitor = Authorizing.Visitor(
            user: UserID(user), signedInAt: desk.time.now, session: SessionID("s7"))
        return try Self.told(
            try await endpoint.answer(query(more, scope: scope), allows: true, visitor: visitor, cause))
    }

    private static func word(_ step: AuthorizationStep) throws -> String {
        switch step {
        case .page(let error): return "page \(error.reason)"
        case .signIn: return "sign in"
        case .ask: return "ask"
        case .post: return "post"
        case .leave:
            let told = try told(step)
            return told["error"] ?? "code"
        }
    }

    private static func told(_ step: AuthorizationStep) throws -> [String: String] {
        guard case .leave(let to, _, _) = step else { return [:] }
        let query = to.text.split(separator: "?", maxSplits: 1).last ?? ""
        return Dictionary(try FormParameters(query.utf8).pairs.map { ($0.name, $0.value) }) { _, last in last }
    }
}

@Suite("Hints and claims (OpenID Connect Core 1.0 §3.1.2.1, §5.5)") struct HintTests {
    @Test("§3.1.2.1: an answer is about the one of the hint, or it is an error", arguments: TestStore.allCases)
    func hint(_ store: TestStore) async throws {
        try await Door.with(store) { door in
            let hint = ["id_token_hint": try await door.rig.idToken()]
            let silent = hint.merging(["prompt": "none"]) { own, _ in own }
            // `mara` allowed openid alone before.
            #expect(try await door.open(hint) == "ask")
            #expect(try await door.open(silent) == "consent_required")
            #expect(try await door.open(hint, as: "u2") == "sign in")
            #expect(try await door.open(silent, as: "u2") == "login_required")
            #expect(try await door.open(hint, as: nil) == "sign in")
            #expect(try await door.open(silent, as: nil) == "login_required")
            #expect(try await door.allow(hint, as: "u2")["error"] == "login_required")
            #expect(try await door.allow(hint)["code"] != nil)
            #expect(try await door.open(silent) == "code")
            // §3.1.2.1: its own end does not count.
            door.desk.time.advance(seconds: Int64(Limits.idTokenSeconds.value) + 1)
            #expect(try await door.open(silent) == "code")
        }
    }

    @Test("no hint: another client's token, an access token, one that nobody signed, nonsense")
    func notAHint() async throws {
        try await Door.with { door in
            let other = try await GrantRig.make(door.desk, "other", ["scopes": ["openid"]])
            try await door.desk.run("client.update", "app", ["token_format": "jwt"])
            let answer = await door.rig.redeem(try await door.rig.signInCode(scopes: ["openid"]))
            let own = try #require(answer.body["id_token"]?.string)
            let stranger = try JWS.sign(
                try JWS.read(own).unverifiedClaims, header: ["typ": "JWT", "kid": "k"], with: JWSPrivateKey.make(.rs256)
            )
            let wrong = [
                "another client's": try await other.idToken(), "nonsense": "e30.e30.e30",
                "an access token": try #require(answer.body["access_token"]?.string), "a stranger's": stranger,
                "cut off": String(own.dropLast(4)),
            ]
            for (name, text) in wrong {
                for prompt in ["none", "login"] {
                    let word = try await door.open(["id_token_hint": text, "prompt": prompt])
                    #expect(word == "invalid_request", "\(name)")
                }
            }
        }
    }

    @Test("§3.1.2.2: a sub with a value stands for one person alone")
    func subject() async throws {
        try await Door.with { door in
            func claims(_ text: String) -> [String: String] { ["claims": text, "prompt": "none"] }
            let rows = [
                (#"{"id_token":{"sub":{"value":"u3"}}}"#, "consent_required"),
                (#"{"id_token":{"sub":{"values":["u3","u2"]}}}"#, "consent_required"),
                (#"{"id_token":{"sub":{"value":"u2"}}}"#, "login_required"),
                (#"{"id_token":{"sub":{"value":"u2"}},"userinfo":{"sub":{"value":"u3"}}}"#, "login_required"),
                (#"{"id_token":{"sub":null}}"#, "consent_required"),
            ]
            for (text, word) in rows {
                let step = try await door.open(claims(text))
                #expect(step == word, "\(text)")
            }
        }
    }

    @Test("§5.5: a claim asked for by name stands in the ID token, within the scopes that were allowed")
    func named() async throws {
        let wish = #"{"id_token":{"email":{"essential":true},"preferred_username":null,"zoneinfo":null}}"#
        let rows: [(scope: String, [String])] = [
            ("openid profile email", ["preferred_username", "email"]), ("openid email", ["email"]), ("openid", []),
        ]
        try await Door.with { door in
            for row in rows {
                let told = try await door.allow(["claims": wish], scope: row.scope)
                let first = await door.rig.redeem(try #require(told["code"]))
                let again = await door.rig.refresh(try #require(first.body["refresh_token"]?.string))
                for answer in [first, again] {
                    let claims = try #require(try await door.rig.identity(answer))
                    let given = PersonClaims.all.map(\.name).filter { claims[$0] != nil }
                    #expect(given == row.1, "\(row.scope)")
                    #expect(claims["sid"] == .string(IDToken.mark(of: "s7", for: door.rig.id)))
                }
            }
            let plain = await door.rig.redeem(
                try #require(try await door.allow([:], scope: "openid profile email")["code"]))
            #expect(try await door.rig.identity(plain)?["email"] == nil)
        }
    }
}
