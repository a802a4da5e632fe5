import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import Vault

struct ConsentTests {
    private static let other = Principal(
        user: UserID("u2"), userName: "eve", client: nil, clientName: "-", roles: ["admin"], scopes: nil,
        method: .session, session: SessionID("s2"))
    private static let caller = Principal.socket(uid: 0)

    @Test("the address names the client, the scopes, the proof key, and the account that is expected")
    func address() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["expected_owner": "svc@example.org", "scopes": ["okta.users.read"]])
            let query = try await rig.begin().query
            #expect(query["response_type"] == "code" && query["client_id"] == "0oa1")
            #expect(query["redirect_uri"] == "https://hub.example.org/oauth_redirect.do")
            #expect(query["scope"] == "okta.users.read offline_access")
            #expect(query["prompt"] == "login" && query["login_hint"] == "svc@example.org")
            #expect(query["code_challenge_method"] == "S256" && query["code_challenge"]?.utf8.count == 43)
            #expect(query["state"]?.utf8.count == 43)
        }
    }

    @Test("another account's token is given back and not stored", arguments: TestStore.allCases)
    func anotherOwner(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            rig.provider.set { $0.owner = "boss@example.org" }
            try await rig.makeConsented(["expected_owner": "svc@example.org"])
            let error = await failure { try await rig.consent() }
            #expect(error?.reason == "another_owner" && error?.message.contains("boss@example.org") == true)
            #expect(rig.provider.requests.last?.path == "/oauth2/v1/revoke")
            #expect(rig.provider.requests.last?["token"] == "refresh-1")
            #expect(try await rig.live() == "refused: grant_missing")
            #expect(try await rig.events() == ["grant.consent_asked", "grant.consent_refused"])
        }
    }

    @Test("whose token it is, where the provider says it and where it does not")
    func owners() async throws {
        let rows: [(said: String?, expected: String?, proof: String)] = [
            ("Svc@Example.org", "svc@example.org", "proved"), (nil, "svc@example.org", "not_proved"),
            ("svc@example.org", nil, "not_proved"),
        ]
        for row in rows {
            try await CustodyRig.with(.sqlite) { rig in
                rig.provider.set { $0.owner = row.said }
                try await rig.makeConsented(
                    row.expected.map { ["expected_owner": .string($0), "scopes": []] } ?? ["scopes": []])
                let shown = try await rig.consent()
                #expect(shown["owner_proof"]?.string == row.proof)
                let findings = try await rig.findings()
                #expect(findings.contains("owner_not_proved") == (row.proof != "proved"))
            }
        }
    }

    @Test(
        "only who began a consent ends it, once, in time, and after the browser came back",
        arguments: TestStore.allCases)
    func binding(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": []])
            let begun = try await rig.begin()
            func finish(_ caller: Principal, _ code: String? = nil) async -> String? {
                var sent: JSONObject = ["consent": .string(begun.id)]
                sent["code"] = code.map { .string($0) }
                return await failure { try await rig.run("credential.finish", "okta", sent, as: caller) }?.reason
            }
            #expect(await finish(CustodyRig.session) == "no_consent")
            let pairs = [("code", "code-1"), ("state", begun.state)]
            let cameBack = try await rig.custodian.comeBack(pairs, at: rig.clock.now)
            guard case .session(_, begun.id, let code) = cameBack else {
                Issue.record("\(cameBack)")
                return
            }
            // The state is used up: whoever comes second with it, such as with a code of their own, is nobody.
            #expect(
                try await rig.custodian.comeBack([("code", "evil"), ("state", begun.state)], at: rig.clock.now)
                    == .unknown)
            #expect(await finish(Self.other, code) == "no_consent")
            #expect(await finish(Self.caller, code) == "no_consent")
            // Somebody else's browser came back: whoever began it has not its code.
            #expect(await finish(CustodyRig.session) == "wrong_code")
            try await rig.run(
                "credential.finish", "okta", ["consent": .string(begun.id), "code": .string(code)],
                as: CustodyRig.session)
            #expect(await finish(CustodyRig.session, code) == "no_consent")
            #expect(rig.provider.count("authorization_code") == 1)
        }
    }

    @Test("two who end it at the same moment: one exchange", arguments: TestStore.allCases)
    func twice(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": []])
            let begun = try await rig.begin()
            let code = try await rig.comeBack([("code", "code-1"), ("state", begun.state)])
            let ended = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        do {
                            try await rig.run(
                                "credential.finish", "okta", ["consent": .string(begun.id), "code": .string(code)],
                                as: CustodyRig.session)
                            return true
                        } catch { return false }
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(ended == 1 && rig.provider.count("authorization_code") == 1)
        }
    }

    @Test("a consent is void after ten minutes, before the browser comes back and after", arguments: [true, false])
    func late(comesBack: Bool) async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["scopes": []])
            let begun = try await rig.begin()
            let pairs = [("code", "code-1"), ("state", begun.state)]
            let code = comesBack ? try await rig.comeBack(pairs) : "AAAA-AAAA"
            rig.clock.advance(seconds: Int64(Limits.consentSeconds.value))
            if !comesBack { #expect(try await rig.custodian.comeBack(pairs, at: rig.clock.now) == .unknown) }
            let error = await failure {
                try await rig.run(
                    "credential.finish", "okta", ["consent": .string(begun.id), "code": .string(code)],
                    as: CustodyRig.session)
            }
            #expect(error?.reason == "no_consent")
            try await rig.custodian.tick()
            let left = try await rig.database.read { try $0.rows("SELECT id FROM consent LIMIT 5", []).count }
            #expect(left == 0 && rig.provider.requests.isEmpty)
        }
    }

    @Test("begun at the command line, it takes the code that the browser's page shows; five wrong ones void it")
    func pageCode() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["scopes": []])
            for right in [true, false] {
                let begun = try await rig.begin(as: Self.caller)
                let cameBack = try await rig.custodian.comeBack(
                    [("code", "code-1"), ("state", begun.state)], at: rig.clock.now)
                guard case .code(let code, "okta") = cameBack else {
                    Issue.record("\(cameBack)")
                    return
                }
                func finish(_ code: String?) async -> String? {
                    var sent: JSONObject = ["consent": .string(begun.id)]
                    sent["code"] = code.map { .string($0) }
                    return await failure { try await rig.run("credential.finish", "okta", sent, as: Self.caller) }?
                        .reason
                }
                #expect(await finish(nil) == "wrong_code")
                for _ in 0..<3 { #expect(await finish("AAAA-AAAA") == "wrong_code") }
                if right {
                    let shown = try await rig.run(
                        "credential.finish", "okta",
                        ["consent": .string(begun.id), "code": .string(code.lowercased())], as: Self.caller)
                    #expect(shown["state"] == "held")
                } else {
                    #expect(await finish("AAAA-AAAA") == "wrong_code")
                    #expect(await finish(code) == "no_consent")
                }
            }
        }
    }

    @Test(
        "what a provider sends back that is no code",
        arguments: [
            (["error": "access_denied"], "consent_refused", "did not consent"),
            (["code": "code-1", "iss": "https://evil.example"], "consent_refused", "another provider"),
            ([:], "consent_refused", "without a code"),
            (["code": "wrong"], "code_verifier_refused", "No token came of the consent"),
        ] as [([String: String], String, String)])
    func refusals(query: [String: String], reason: String, says: String) async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["scopes": []])
            let begun = try await rig.begin()
            let pairs = query.sorted { $0.key < $1.key }.map { ($0.key, $0.value) } + [("state", begun.state)]
            let code = try await rig.comeBack(pairs)
            let error = await failure {
                try await rig.run(
                    "credential.finish", "okta", ["consent": .string(begun.id), "code": .string(code)],
                    as: CustodyRig.session)
            }
            #expect(error?.reason == reason && error?.message.contains(says) == true, "\(String(describing: error))")
            #expect(try await rig.events().last == "grant.consent_refused")
            #expect(try await rig.live() == "refused: grant_missing")
        }
    }

    @Test("the right issuer, named, is no mistake; a repeated parameter is")
    func issuer() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["scopes": []])
            let begun = try await rig.begin()
            let twice = [("code", "code-1"), ("state", begun.state), ("code", "code-1")]
            #expect(try await rig.custodian.comeBack(twice, at: rig.clock.now) == .unknown)
            let right = [("code", "code-1"), ("state", begun.state), ("iss", "https://acme.okta.com")]
            let code = try await rig.comeBack(right)
            let shown = try await rig.run(
                "credential.finish", "okta", ["consent": .string(begun.id), "code": .string(code)],
                as: CustodyRig.session)
            #expect(shown["state"] == "held")
        }
    }
}
