import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

private let (one, two) = ("https://one.example", "https://two.example")
private let reads: JSON = ["type": "linchpin_api", "actions": ["GET"], "datatypes": ["incident"]]
private let writes: JSON = ["type": "linchpin_api", "actions": ["GET", "POST"], "datatypes": ["incident"]]
private let mayName: JSONObject = [
    "resources": [.string(one), .string(two)], "authorization_details_types": ["linchpin_api"],
    "grants": ["authorization_code", "refresh_token", "client_credentials"],
]

private func carried(_ resources: [String] = [], _ details: [JSON] = []) -> Carried {
    var carried = Carried()
    (carried.resources, carried.details) = (resources, details)
    return carried
}

private func details(_ list: [JSON]) -> String {
    "&authorization_details=" + PercentEncoding.encode(JSON.array(list).text())
}

private func resources(_ list: [String]) -> String { list.map { "&resource=" + PercentEncoding.encode($0) }.joined() }

extension GrantRig {
    fileprivate func own(_ more: String) async -> TokenResponse {
        await desk.send("grant_type=client_credentials&scope=incident.read" + credentials + more)
    }

    fileprivate func redeem(_ code: String, _ more: String) async -> TokenResponse {
        await desk.send(
            "grant_type=authorization_code&code=\(code)&redirect_uri=\(PercentEncoding.encode(Self.redirect))"
                + "&code_verifier=\(Self.verifier)" + credentials + more)
    }

    /// What introspection says of a token, and the claims of one that is a JWT, which must agree.
    fileprivate func told(_ response: TokenResponse) async throws -> JSON {
        let access = try Tokens(response).access
        let told = await introspect(access).body
        if access.split(separator: ".").count == 3 {
            let claims = try JWS.read(access).unverifiedClaims
            for name in ["aud", "authorization_details", "auth_time"] { #expect(claims[name] == told[name], "\(name)") }
        }
        return told
    }
}

@Suite("Resource servers, details and sign-ins in tokens") struct TargetGrantTests {
    @Test("the events of a code and of a token name what it is for", arguments: TestStore.allCases)
    func events(_ store: TestStore) async throws {
        try await GrantRig.with(store, mayName) { rig in
            let code = try await rig.code(carried: carried([one, two], [reads]))
            _ = try Tokens(await rig.redeem(code, resources([two])))
            _ = try Tokens(await rig.own(""))
            let events = try await rig.desk.events().filter {
                ["code.issued", "token.issued"].contains($0["action"]?.string)
            }
            #expect(events.map { $0["details"]?["resources"]?.string } == ["\(one) \(two)", two, nil])
            #expect(events.map { $0["details"]?["detail_types"]?.string } == ["linchpin_api", "linchpin_api", nil])
        }
    }

    @Test(
        "RFC 8707 §2.2, RFC 9068 §3: aud names what was asked for", arguments: TestStore.allCases, ["opaque", "jwt"])
    func audience(_ store: TestStore, _ format: String) async throws {
        var more = mayName
        more["token_format"] = .string(format)
        try await GrantRig.with(store, more) { rig in
            #expect(try await rig.told(await rig.own(""))["aud"] == .string(OAuthDesk.issuer))
            #expect(try await rig.told(await rig.own(resources([one])))["aud"] == .string(one))
            #expect(try await rig.told(await rig.own(resources([one, two])))["aud"] == [.string(one), .string(two)])
            #expect(try await rig.told(await rig.own("&resource="))["aud"] == .string(OAuthDesk.issuer))
            let found = try #require(try await rig.desk.find(try Tokens(await rig.own(resources([one]))).access))
            #expect(found.carried.resources == [one])
            let evil = await rig.own(resources(["https://evil.example"]))
            #expect(evil.status == 400 && evil.body["error"] == "invalid_target")
            #expect(evil.reason == "resource_not_allowed")
            // RFC 6749 §3.2 (MUST NOT): all others still come once.
            #expect(await rig.own("&scope=incident.read").reason == "form_unreadable")
        }
    }

    @Test("RFC 8707 §2.2: fewer at the code and at each renewal, never more", arguments: TestStore.allCases)
    func families(_ store: TestStore) async throws {
        try await GrantRig.with(store, mayName) { rig in
            let code = try await rig.code(carried: carried([one, two]))
            let evil = await rig.redeem(code, resources([OAuthDesk.issuer]))
            #expect(evil.body["error"] == "invalid_target" && evil.reason == "resource_not_granted")
            let first = await rig.redeem(code, resources([one]))
            #expect(try await rig.told(first)["aud"] == .string(one))
            let second = await rig.refresh(try Tokens(first).refresh ?? "")
            #expect(try await rig.told(second)["aud"] == [.string(one), .string(two)])
            let refresh = try Tokens(second).refresh ?? ""
            #expect(await rig.introspect(refresh).body["aud"] == [.string(one), .string(two)])
            try await rig.desk.run("client.update", "app", ["resources": [.string(two)]])
            #expect(try await rig.told(await rig.refresh(refresh))["aud"] == .string(two))
            try await rig.desk.run("client.update", "app", ["resources": []])
            #expect(await rig.refresh(refresh).reason == "resource_not_allowed")
            // Without any it is for the hub, and stays so.
            let plain = try await rig.tokens()
            #expect(await rig.refresh(plain.refresh ?? "", resources([OAuthDesk.issuer])).reason == "")
            try await rig.desk.run("client.update", "app", ["resources": [.string(one)]])
            #expect(await rig.refresh(plain.refresh ?? "", resources([one])).reason == "resource_not_granted")
        }
    }

    @Test("RFC 9396 §7, §9: the answer, introspection and a JWT tell the details", arguments: TestStore.allCases)
    func authorizationDetails(_ store: TestStore) async throws {
        var more = mayName
        more["token_format"] = "jwt"
        try await GrantRig.with(store, more) { rig in
            let own = await rig.own(details([reads]))
            #expect(own.body["authorization_details"] == [reads])
            #expect(try await rig.told(own)["authorization_details"] == [reads])
            #expect(await rig.own("").body["authorization_details"] == nil)
            let malformed = await rig.own("&authorization_details=%5B%7B")
            #expect(malformed.status == 400 && malformed.body["error"] == "invalid_authorization_details")
            #expect(await rig.own(details([reads]) + details([reads])).reason == "form_unreadable")

            let first = await rig.redeem(try await rig.code(carried: carried([], [writes])), details([reads]))
            #expect(try await rig.told(first)["authorization_details"] == [reads])
            let refresh = try Tokens(first).refresh ?? ""
            #expect(try await rig.told(await rig.refresh(refresh))["authorization_details"] == [writes])
            let wider: JSON = ["type": "linchpin_api", "actions": ["DELETE"], "datatypes": ["incident"]]
            #expect(await rig.refresh(refresh, details([wider])).reason == "details_not_granted")
            try await rig.desk.run("client.update", "app", ["authorization_details_types": []])
            #expect(await rig.refresh(refresh).reason == "detail_type_not_allowed")
        }
    }

    @Test(
        "RFC 9068 §2.2.1, RFC 9470 §6.2: when the person signed in, renewed tokens too", arguments: TestStore.allCases)
    func signIns(_ store: TestStore) async throws {
        try await GrantRig.with(store, ["token_format": "jwt"]) { rig in
            let signedInAt = rig.desk.time.now
            let first = await rig.redeem(try await rig.code(), "")
            #expect(try await rig.told(first)["auth_time"] == .int(signedInAt.epochSeconds))
            rig.desk.time.advance(seconds: 600)
            let later = await rig.refresh(try Tokens(first).refresh ?? "")
            #expect(try await rig.told(later)["auth_time"] == .int(signedInAt.epochSeconds))
            let found = try #require(try await rig.desk.find(try Tokens(later).access))
            #expect(found.carried.signedInAt == signedInAt)
        }
        try await GrantRig.with(store, mayName) { rig in
            let own = try await rig.told(await rig.own(""))
            #expect(own["auth_time"] == nil)
        }
    }

    @Test("an auth_time of no year is passed over, whoever signed it")
    func hostileTime() throws {
        var claims: JSONObject = [
            "iss": "i", "sub": "s", "aud": "a", "client_id": "c", "iat": 1, "exp": 2, "jti": "j", "scope": "x",
        ]
        for time in [Int64.max, Int64.min, -1] {
            claims["auth_time"] = .int(time)
            let token = try #require(JWTAccessToken(claims: claims))
            #expect(token.signedInAt == nil)
        }
    }

    @Test("what a client may not have", arguments: TestStore.allCases)
    func settings(_ store: TestStore) async throws {
        try await GrantRig.with(store, mayName) { rig in
            let shown = try await rig.desk.run("client.get", "app")
            #expect(shown["resources"] == [.string(one), .string(two)])
            #expect(shown["authorization_details_types"] == ["linchpin_api"])
            let bad = try await rig.desk.refusal("client.update", "app", ["resources": ["https://a.example#f"]])
            #expect(bad.reason == "bad_resource")
            let unknown = try await rig.desk.refusal(
                "client.update", "app", ["authorization_details_types": ["linchpin_api", "payment"]])
            #expect(unknown.reason == "unknown_detail_type")
        }
    }

    @Test("RFC 9728 §2, §4, RFC 9396 §10: the documents say what is so")
    func metadata() {
        let own = OAuthServer.resourceMetadata(issuer: OAuthDesk.issuer)
        #expect(own["resource"] == .string(OAuthDesk.issuer))
        #expect(own["authorization_servers"] == [.string(OAuthDesk.issuer)])
        #expect(own["bearer_methods_supported"] == ["header"])
        let types: JSON = ["linchpin_api", "linchpin_action"]
        #expect(own["authorization_details_types_supported"] == types)
        let server = OAuthServer.metadata(issuer: OAuthDesk.issuer)
        #expect(server["protected_resources"] == [.string(OAuthDesk.issuer)])
        #expect(server["authorization_details_types_supported"] == types)
    }
}

/// A person at the authorization endpoint of a desk.
private struct Asked {
    let rig: GrantRig
    private var authorizing: Authorizing { rig.desk.server.authorizing(issuer: OAuthDesk.issuer) }
    private var cause: Cause { rig.desk.time.cause(Actor(.user, id: "u3", name: "mara")) }
    private var visitor: Authorizing.Visitor { .init(user: UserID("u3"), signedInAt: rig.desk.time.now) }

    private func query(_ more: String) throws -> [(name: String, value: String)] {
        let text =
            "response_type=code&client_id=\(rig.id)&scope=incident.read&state=s&code_challenge=\(GrantRig.challenge)"
            + "&code_challenge_method=S256" + more
        return try FormParameters(text.utf8).pairs.map { ($0.name, $0.value) }
    }

    func open(_ more: String) async throws -> AuthorizationStep {
        try await authorizing.open(try query(more), visitor: visitor, cause)
    }

    /// `ask`, `code`, or why there is no code.
    func word(_ more: String) async throws -> String {
        switch try await open(more) {
        case .ask: "ask"
        case .leave(_, let reason, _): reason.isEmpty ? "code" : reason
        case .page, .signIn, .post: "other"
        }
    }

    /// Says yes; the code that came of it.
    func yes(_ more: String) async throws -> String {
        guard
            case .leave(let address, "", _) = try await authorizing.answer(
                try query(more), allows: true, visitor: visitor, cause)
        else { throw HubError(.internal, "test", "no code") }
        let text = address.reveal { String(decoding: $0, as: UTF8.self) }
        let answer = text.split(separator: "?", maxSplits: 1).last ?? ""
        let pairs = try FormParameters(answer.utf8).pairs
        let code = pairs.first { $0.name == "code" }?.value
        return try #require(code)
    }
}

@Suite("A person is asked for resource servers and details") struct TargetConsentTests {
    @Test("shown, allowed, carried by the tokens, and remembered for the same alone", arguments: TestStore.allCases)
    func asked(_ store: TestStore) async throws {
        try await GrantRig.with(store, mayName) { rig in
            let person = Asked(rig: rig)
            let bound = details([reads]) + resources([one])
            guard case .ask(let question) = try await person.open(bound) else {
                Issue.record("nobody was asked")
                return
            }
            #expect(question.resources == [one] && question.details.map(\.what) == ["GET"])
            #expect(question.details.map(\.on) == ["on the tables incident"])
            let tokens = await rig.redeem(try await person.yes(bound), "")
            let told = try await rig.told(tokens)
            #expect(told["aud"] == .string(one) && told["authorization_details"] == [reads])
            #expect(try await person.word(bound) == "code")
            #expect(try await person.word("") == "ask", "a bound yes is none for everything")
            #expect(try await person.word(details([reads])) == "ask")
            #expect(try await person.word(resources([one])) == "ask")
            #expect(try await person.word(details([writes]) + resources([one])) == "ask")
            let listed = try await rig.desk.run("consent.list")["items"]?.array?.first
            #expect(listed?["scopes"] == [])
            #expect(listed?["further"]?.array?.first?["resources"] == [.string(one)])
        }
    }

    @Test("who allowed the scopes here is not asked for less, and is asked for others", arguments: TestStore.allCases)
    func plain(_ store: TestStore) async throws {
        try await GrantRig.with(store, mayName) { rig in
            let person = Asked(rig: rig)
            _ = try await person.yes("")
            #expect(try await person.word(details([reads])) == "code")
            #expect(try await person.word(resources([OAuthDesk.issuer])) == "code")
            #expect(try await person.word(resources([one])) == "ask")
            _ = try await person.yes(resources([one]))
            #expect(try await person.word(resources([one])) == "code")
            #expect(try await person.word("") == "code", "one yes takes nothing from another")
            let id = try #require(try await rig.desk.run("consent.list")["items"]?.array?.first?["id"]?.string)
            try await rig.desk.run("consent.delete", id)
            #expect(try await person.word(resources([one])) == "ask")
        }
    }

    @Test("RFC 8707 §2, RFC 9396 §5: what the client is told", arguments: TestStore.allCases)
    func refused(_ store: TestStore) async throws {
        try await GrantRig.with(store, mayName) { rig in
            let person = Asked(rig: rig)
            for (more, reason) in [
                (resources(["https://evil.example"]), "resource_not_allowed"),
                (resources([one, "x"]), "resource_malformed"),
                (details([["type": "payment"]]), "details_malformed"),
                (details([reads]) + details([reads]), "parameter_repeated"),
            ] {
                let word = try await person.word(more)
                #expect(word == reason)
            }
        }
    }

    @Test("the oldest of too many is asked again")
    func bounded() {
        var all: [FurtherConsent] = []
        for number in 0...Limits.furtherConsents.value {
            all = FurtherConsent.adding(["s"], carried(["https://x.example/\(number)"]), to: all)
        }
        #expect(all.count == Limits.furtherConsents.value)
        #expect(!all.contains { $0.isAbout(carried(["https://x.example/0"])) })
        let again = FurtherConsent.adding(["t"], carried(["https://x.example/1"]), to: all)
        #expect(again.count == all.count && again.last?.scopes == ["s", "t"])
    }
}
