import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("Codes (RFC 6749 §4.1, RFC 7636)") struct CodeGrantTests {
    @Test("a code gives tokens of the person who said yes", arguments: TestStore.allCases)
    func redeemed(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let tokens = try await rig.tokens()
            #expect(tokens.refresh != nil && tokens.scope == "incident.read incident.write")
            let found = try #require(try await rig.desk.find(tokens.access))
            #expect(found.user == UserID("u3") && found.family != nil && !found.isRevoked)
            #expect(try await rig.desk.actions().suffix(2) == ["code.issued", "token.issued"])
        }
    }

    /// A request that does not fit the code.
    struct Misfit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        var redirect: String? = GrantRig.redirect
        var verifier: String? = GrantRig.verifier
        var challenge: String? = GrantRig.challenge
        var isRedirectStated = true

        static let all = [
            Misfit(testDescription: "B6: redirect_uri missing", reason: "redirect_uri_differs", redirect: nil),
            Misfit(
                testDescription: "B6: another redirect_uri", reason: "redirect_uri_differs",
                redirect: GrantRig.redirect + "/"),
            Misfit(
                testDescription: "B6: another redirect_uri than the only one", reason: "redirect_uri_differs",
                redirect: "https://app.example/other", isRedirectStated: false),
            Misfit(testDescription: "B8: no verifier", reason: "code_verifier_missing", verifier: nil),
            Misfit(testDescription: "B8: an empty verifier", reason: "code_verifier_missing", verifier: ""),
            Misfit(
                testDescription: "B8: a wrong verifier", reason: "code_verifier_wrong",
                verifier: String(repeating: "w", count: 43)),
            Misfit(
                testDescription: "B8: 42 characters", reason: "code_verifier_wrong",
                verifier: String(repeating: "v", count: 42)),
            Misfit(
                testDescription: "B8: 129 characters", reason: "code_verifier_wrong",
                verifier: String(repeating: "v", count: 129)),
            Misfit(
                testDescription: "B8: a space", reason: "code_verifier_wrong",
                verifier: String(repeating: "v", count: 42) + " "),
            Misfit(
                testDescription: "B9: a verifier that nobody asked for", reason: "code_verifier_unasked", challenge: nil
            ),
        ]
    }

    @Test("what does not fit gives invalid_grant, and the code stays good", arguments: TestStore.allCases, Misfit.all)
    func misfits(_ store: TestStore, _ row: Misfit) async throws {
        try await GrantRig.with(store, ["without_pkce": true]) { rig in
            let code = try await rig.code(isRedirectStated: row.isRedirectStated, challenge: row.challenge)
            let refused = await rig.redeem(code, redirect: row.redirect, verifier: row.verifier)
            #expect(refused.reason == row.reason)
            #expect(refused.status == 400 && refused.body["error"] == "invalid_grant")
            let fits = await rig.redeem(code, verifier: row.challenge == nil ? nil : GrantRig.verifier)
            #expect(fits.reason == "")
        }
    }

    @Test("B4: a code lives as long as the client's settings say", arguments: TestStore.allCases)
    func ends(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let code = try await rig.code()
            rig.desk.time.advance(seconds: 60)
            #expect(await rig.redeem(code).reason == "code_expired")
        }
    }

    @Test("B1, B2: the second redemption ends what the first gave", arguments: TestStore.allCases)
    func twice(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let (code, tokens) = try await rig.usedCode()
            #expect(try await rig.counts(tokens.access))
            let again = await rig.redeem(code)
            #expect(again.reason == "code_used_twice" && again.body["error"] == "invalid_grant")
            #expect(try await !rig.counts(tokens.access))
            #expect(await rig.refresh(tokens.refresh ?? "").reason == "refresh_token_ended")
            #expect(try await rig.desk.actions().contains("token.revoked"))
        }
    }

    @Test(
        "B2: the second redemption ends what the first gave, though the code's time is over",
        arguments: TestStore.allCases)
    func twiceAndLate(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let (code, tokens) = try await rig.usedCode()
            rig.desk.time.advance(seconds: 61)
            // Who has not the proof key cannot have redeemed it, and ends nothing.
            #expect(await rig.redeem(code, verifier: String(repeating: "w", count: 43)).reason == "code_verifier_wrong")
            #expect(try await rig.counts(tokens.access))
            #expect(await rig.redeem(code).reason == "code_used_twice")
            #expect(try await !rig.counts(tokens.access))
        }
    }

    @Test(
        "codes on their way end with all tokens of the client, and with the person's yes", arguments: TestStore.allCases
    )
    func withdrawn(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let desk = rig.desk
            let revoked = try await rig.code()
            try await desk.run("client.revoke-tokens", "app")
            #expect(await rig.redeem(revoked).reason == "code_unknown")
            let withdrawn = try await rig.code()
            let tokens = try await rig.tokens()
            try await desk.run("consent.delete", try await rig.yes())
            #expect(await rig.redeem(withdrawn).reason == "code_unknown")
            #expect(try await !rig.counts(tokens.access))
            #expect(await rig.refresh(tokens.refresh ?? "").reason == "refresh_token_ended")
        }
    }

    @Test(
        "a code that is refused takes no other request's turn to note that the secret is used",
        arguments: TestStore.allCases)
    func lastUseBehindRefusal(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let (used, _) = try await rig.usedCode()
            rig.desk.time.advance(seconds: 61)
            #expect(await rig.redeem(used).reason == "code_used_twice")
            _ = try await rig.usedCode()
            let noted = try await rig.desk.run("client.get", "app")["secrets"]?.array?.first?["last_used_at"]?.string
            #expect(noted == rig.desk.time.now.rfc3339)
        }
    }

    @Test("no code for a yes that was taken back while it was made", arguments: TestStore.allCases)
    func tooLate(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let draft = try await rig.draft()
            #expect(try await rig.desk.server.makeCode(draft, rig.desk.time.cause()) == nil, "nobody said yes")
            try await rig.give(draft)
            #expect(try await rig.desk.server.makeCode(draft, rig.desk.time.cause()) != nil)
        }
    }

    @Test("a further redirect URI is allowed anew; one that goes is not", arguments: TestStore.allCases)
    func redirects(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let yes: SQL = "SELECT COUNT(*) AS n FROM consent_given"
            let other: JSON = "https://other.example/cb"
            for (addresses, count) in [([.string(GrantRig.redirect), other], 0), ([other], 1)] as [([JSON], Int64)] {
                try await rig.give(try await rig.draft())
                try await rig.desk.run("client.update", "app", ["redirect_uris": .array(addresses)])
                #expect(try await rig.desk.count(yes) == count)
            }
        }
    }

    @Test(
        "B3 (RFC 6749 §4.1.2): of a thousand at once one gets tokens, which end with the next",
        arguments: TestStore.allCases)
    func parallel(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let code = try await rig.code()
            let answers = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<1_000 { group.addTask { await rig.redeem(code).status } }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0 == 200 } == 1)
            #expect(answers.allSatisfy { $0 == 200 || $0 == 400 })
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM refresh_family WHERE ended_at IS NULL") == 0)
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token") == 1)
        }
    }

    @Test("B5: a code of one client with another", arguments: TestStore.allCases)
    func otherClient(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let other = try await GrantRig.make(rig.desk, "other")
            let open = try await GrantRig.make(rig.desk, "open", isPublic: true)
            let code = try await rig.code()
            #expect(await other.redeem(code).reason == "code_of_another_client")
            #expect(await open.redeem(code).reason == "code_of_another_client")
            #expect(await rig.redeem("nonsense").reason == "code_unknown")
            #expect(await rig.redeem(code).reason == "")
        }
    }

    @Test("C2: what the client has lost meanwhile is not given", arguments: TestStore.allCases)
    func fewer(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let code = try await rig.code()
            try await rig.desk.run("client.update", "app", ["scopes": ["incident.read"]])
            #expect(try Tokens(await rig.redeem(code)).scope == "incident.read")
        }
    }

    @Test("D7: no refresh token for a client that may not renew", arguments: TestStore.allCases)
    func withoutRefresh(_ store: TestStore) async throws {
        try await GrantRig.with(store, ["grants": ["authorization_code"]]) { rig in
            let tokens = try await rig.tokens()
            #expect(tokens.refresh == nil)
            #expect(await rig.refresh("x").reason == "grant_type_not_allowed")
        }
    }

    @Test("B12, B14: codes are alike in nothing, and none is stored", arguments: TestStore.allCases)
    func texts(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            var seen: Set<String> = []
            for _ in 0..<100 { seen.insert(try await rig.code()) }
            #expect(seen.count == 100 && seen.allSatisfy { $0.utf8.count == 54 })
        }
    }

    @Test("RFC 6749 §2.1: a public client gets no secret") func noSecret() async throws {
        try await GrantRig.with(.sqlite, isPublic: true) { rig in
            let refusal = try await rig.desk.refusal("client.add-secret", "app")
            #expect(refusal.reason == "public_client")
        }
    }

    /// The point of RFC 7517, Appendix A.1.
    private static let publicKey: JSON = [
        "kty": "EC", "crv": "P-256", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "kid": "1",
    ]

    /// Settings that no client may have.
    static let wrongSettings: [(JSONObject, String)] = [
        (["grants": ["magic"]], "unknown_grant"),
        (["redirect_uris": []], "redirect_uri_missing"),
        (["redirect_uris": ["http://app.example/cb"]], "bad_redirect_uri"),
        (["redirect_uris": ["https://app.example/cb#x"]], "bad_redirect_uri"),
        (["public": true, "grants": ["client_credentials"]], "public_client"),
        (["public": true, "grants": ["urn:ietf:params:oauth:grant-type:jwt-bearer"]], "public_client"),
        (["public": true, "jwks": ["keys": [publicKey]]], "public_client"),
        (["public": true, "without_pkce": true], "public_client"),
        (["public": true, "introspects_all": true], "public_client"),
        (["grants": ["refresh_token"]], "refresh_without_code"),
        (["public": true, "grants": ["urn:ietf:params:oauth:grant-type:token-exchange"]], "public_client"),
        (["grants": ["implicit"], "redirect_uris": []], "redirect_uri_missing"),
        (["grants": ["implicit"], "requires_dpop": true], "implicit_unbound"),
        (["grants": ["implicit", "refresh_token"]], "refresh_without_code"),
    ]

    @Test("A7, A8: settings that no client may have are refused on saving", arguments: wrongSettings)
    func settings(_ more: JSONObject, _ reason: String) async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            var sent: JSONObject = [
                "name": "app", "user": "svc.hr", "scopes": [], "grants": ["authorization_code"],
                "redirect_uris": [.string(GrantRig.redirect)],
            ]
            for member in more.members { sent[member.name] = member.value }
            let refusal = try await desk.refusal("client.create", "", sent)
            #expect(refusal.reason == reason)
            #expect(try await desk.count("SELECT COUNT(*) AS n FROM client") == 0)
        }
    }
}
