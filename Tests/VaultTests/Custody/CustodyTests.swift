import Core
import Ports
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Vault

struct CustodyTests {
    @Test(
        "the first seed: nine scopes are configured and three granted; the refresh an hour later asks for the three",
        arguments: TestStore.allCases)
    func firstSeed(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            let granted = ["okta.users.read", "okta.groups.read", "okta.logs.read", "offline_access"]
            rig.provider.set { $0.granted = granted }
            try await rig.makeConsented(["expected_owner": "svc-linchpin@example.org"])
            try await rig.consent()
            #expect(try await rig.live() == "access-1")
            let before = try await rig.grant()
            #expect(before["scopes_lacking"]?.array?.count == 6)
            #expect(try await rig.findings() == ["scope_not_granted"])
            #expect(before["owner_proof"] == "proved" && before["owner"] == "svc-linchpin@example.org")

            rig.clock.advance(seconds: 3_600)
            #expect(try await rig.live() == "access-2")
            let sent = rig.provider.requests.last { $0["grant_type"] == "refresh_token" }?["scope"]
            #expect(sent.map { Set($0.split(separator: " ").map(String.init)) } == Set(granted))
            #expect(rig.provider.count("refresh_token") == 1)
            let events = try await rig.events()
            #expect(events == ["grant.consent_asked", "grant.stored"])
        }
    }

    @Test("a hundred calls at once with one ended token make one refresh", arguments: TestStore.allCases)
    func hundredCalls(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            rig.provider.set { $0.rotates = true }
            try await rig.makeConsented(["scopes": [], "refresh_repeat": "ask"])
            try await rig.consent()
            rig.clock.advance(seconds: 3_600)
            let got = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 { group.addTask { try await rig.live() } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(got == ["access-2"])
            #expect(rig.provider.count("refresh_token") == 1)
        }
    }

    @Test("four hubs over one store make one refresh between them", arguments: TestStore.allCases)
    func fourHubs(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            rig.provider.set { $0.rotates = true }
            try await rig.makeConsented(["scopes": [], "refresh_repeat": "ask"])
            try await rig.consent()
            rig.clock.advance(seconds: 3_600)
            var hubs: [CustodyRig] = []
            for name in 1...4 {
                hubs.append(
                    try await CustodyRig(
                        rig.database, provider: rig.provider, clock: rig.clock, hub: "hub-\(name)"))
            }
            let all = hubs
            let got = try await withThrowingTaskGroup(of: String.self) { group in
                for turn in 0..<40 { group.addTask { try await all[turn % 4].live() } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(got == ["access-2"])
            #expect(rig.provider.count("refresh_token") == 1)
            #expect(rig.provider.state.withLock { $0.most } == 1)
        }
    }

    @Test(
        "what a hub left behind: repeated where that is safe, in doubt where it is not, and mended by the late answer",
        arguments: ["safe", "ask"], TestStore.allCases)
    func leftBehind(repeating: String, store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": [], "refresh_repeat": .string(repeating)])
            try await rig.consent()
            rig.clock.advance(seconds: 3_600)
            let held = try await rig.custodian.held("okta")
            let other = GrantStore(database: rig.database, hub: "other")
            let begun = try await other.begin(
                held.grant, held.policy, name: "okta", refused: nil, isAhead: false, by: rig.clock.cause())
            guard case .send(let flight) = begun else {
                Issue.record("\(begun)")
                return
            }
            // The lease holds others up; when it has run out, whoever comes next finds the intent.
            #expect(try await rig.live() == "later: token_busy")
            rig.clock.advance(seconds: Int64(Limits.refreshLeaseSeconds.value) + 1)
            try await rig.custodian.tick()
            guard repeating == "ask" else {
                #expect(try await rig.live() == "access-2")
                let late = try await other.settle(
                    flight, .init(verdict: .ended), name: "okta", by: rig.clock.cause())
                #expect(late == nil)
                #expect(try await rig.live() == "access-2")
                return
            }
            #expect(try await rig.live() == "refused: grant_in_doubt")
            #expect(try await rig.findings().first == "grant_in_doubt")
            #expect(rig.provider.count("refresh_token") == 0)
            // The hub was not dead, only slow: its answer is stored, and the doubt is over.
            let late = try rig.vault.envelope.seal(
                TokenSet(access: Secret("late"), refresh: Secret("refresh-1"), key: nil).sealing,
                at: held.grant.place(generation: 2), SealingDice(rig.clock.effects))
            let kept = try await other.settle(
                flight,
                .init(
                    verdict: .tokens(endsIn: 3_600, refreshToken: .same), tokens: late, scopes: ["offline_access"]),
                name: "okta", by: rig.clock.cause())
            #expect(kept?.state.word == .held)
            #expect(try await rig.live() == "late")
            #expect(
                try await rig.events() == [
                    "grant.consent_asked", "grant.stored", "grant.in_doubt", "grant.mended",
                ])
        }
    }

    @Test("in doubt, a person may have it sent again", arguments: TestStore.allCases)
    func daring(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": [], "refresh_repeat": "ask"])
            try await rig.consent()
            rig.clock.advance(seconds: 3_600)
            rig.provider.set { $0.script = [.failure(.unknown(reason: "timed_out", says: "late"))] }
            #expect(try await rig.live() == "refused: grant_in_doubt")
            let refused = await failure { try await rig.run("credential.refresh", "okta") }
            #expect(refused?.reason == "grant_in_doubt")
            let shown = try await rig.run("credential.refresh", "okta", ["in_doubt": true])
            #expect(shown["state"] == "held" && shown["generation"] == 2)
            let again = await failure { try await rig.run("credential.refresh", "okta", ["in_doubt": true]) }
            #expect(again?.reason == "not_in_doubt")
        }
    }

    @Test("what an answer means for the grant, and when the next request leaves", arguments: answerRows)
    func answers(row: AnswerRow) async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["scopes": [], "refresh_repeat": .string(row.repeating)])
            try await rig.consent()
            rig.clock.advance(seconds: 3_600)
            rig.provider.set { $0.script = [row.answer] }
            #expect(try await rig.live() == row.says)
            #expect(try await rig.grant()["state"]?.string == row.state)
            #expect(try await rig.live() == row.says)
            #expect(rig.provider.count("refresh_token") == 1)
            rig.clock.advance(seconds: row.wait - 1)
            _ = try await rig.live()
            #expect(rig.provider.count("refresh_token") == 1)
            rig.clock.advance(seconds: 1)
            #expect(try await rig.live() == (row.state == "held" ? "access-2" : row.says))
        }
    }

    @Test(
        "after a 401 one new token is fetched, and none for one that is only just there", arguments: TestStore.allCases)
    func refusedToken(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient()
            #expect(try await rig.live() == "access-1")
            #expect(try await rig.live(refused: 1) == "refused: token_refused")
            rig.clock.advance(seconds: 600)
            #expect(try await rig.live(refused: 1) == "access-2")
            // Whoever comes late with the old one gets the new one.
            #expect(try await rig.live(refused: 1) == "access-2")
            #expect(rig.provider.count("client_credentials") == 2)
            let shown = try await rig.grant()
            #expect(shown["ends_as_stated"] != shown["ends_as_observed"] && shown["ends_as_observed"] != .null)
            // What was seen to live ten minutes is renewed ahead of ten minutes.
            rig.clock.advance(seconds: 500)
            try await rig.custodian.tick()
            #expect(try await rig.live() == "access-3")
        }
    }

    @Test("a token is renewed ahead of its end, once, and nobody had to wait", arguments: TestStore.allCases)
    func ahead(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient()
            _ = try await rig.live()
            rig.clock.advance(seconds: 3_600 - 451)
            try await rig.custodian.tick()
            #expect(rig.provider.count("client_credentials") == 1)
            rig.clock.advance(seconds: 151)
            for _ in 0..<3 { try await rig.custodian.tick() }
            #expect(rig.provider.count("client_credentials") == 2)
            #expect(try await rig.live() == "access-2")
        }
    }

    @Test("another secret or other settings end the waiting after a refusal", arguments: TestStore.allCases)
    func mended(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient()
            rig.provider.set { $0.script = [.success(.json(401, ["error": "invalid_client"]))] }
            #expect(try await rig.live() == "refused: client_refused")
            #expect(try await rig.live() == "refused: client_refused")
            #expect(rig.provider.count("client_credentials") == 1)
            try await rig.run("credential.update", "okta", ["secret": "other-s3cret"])
            #expect(try await rig.live() == "access-1")
        }
    }

    @Test("a look at the access token counts, though the question about the refresh token gets no answer")
    func halfALook() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["scopes": []])
            try await rig.consent()
            rig.provider.set { state in
                state.looks = [
                    .success(.json(200, ["active": true])), .failure(.unknown(reason: "timeout", says: "no answer")),
                ]
            }
            let look = try await rig.custodian.look(at: "okta", rig.clock.cause())
            if case .active = look.standing {} else { Issue.record("\(look.standing)") }
            #expect(look.refreshEnd == nil && rig.provider.state.withLock { $0.looks.isEmpty })
        }
    }

    @Test("the end of a refresh token is told for as long as that token is held", arguments: TestStore.allCases)
    func endsSoon(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeConsented(["scopes": []])
            try await rig.consent()
            let end = rig.clock.now.adding(seconds: 86_400).epochSeconds
            let soon = rig.clock.now.adding(seconds: 2 * 86_400)
            rig.provider.set { state in
                state.looks = [
                    .success(.json(200, ["active": true])),
                    .success(.json(200, ["active": true, "exp": .int(end)])),
                ]
            }
            func ending() async throws -> Int {
                try await rig.database.read { try Vault.refreshTokens(endingBefore: soon, in: $0).count }
            }
            #expect(try await ending() == 0)
            let look = try await rig.custodian.look(at: "okta", rig.clock.cause())
            #expect(look.refreshEnd?.epochSeconds == end)
            #expect(try await rig.findings().contains("refresh_token_ends"))
            #expect(try await ending() == 1)
            try await rig.run("credential.revoke", "okta")
            #expect(try await rig.findings().contains("refresh_token_ends") == false)
            #expect(try await ending() == 0)
        }
    }

    @Test("a deleted credential's tokens are given back, and tried again until the provider takes them")
    func givenBack() async throws {
        try await CustodyRig.with(.sqlite) { rig in
            try await rig.makeConsented(["scopes": []])
            try await rig.consent()
            rig.provider.set { $0.revocationStatus = 503 }
            try await rig.run("credential.delete", "okta")
            try await rig.custodian.tick()
            try await rig.custodian.tick()
            #expect(rig.provider.requests.count { $0.path.hasSuffix("/revoke") } == 1)
            rig.provider.set { $0.revocationStatus = 200 }
            rig.clock.advance(seconds: 61)
            try await rig.custodian.tick()
            let revoked = rig.provider.requests.filter { $0.path.hasSuffix("/revoke") }
            #expect(revoked.count == 2 && revoked[1]["token"] == "refresh-1")
            #expect(try await rig.events().last == "grant.revoked")
            let left = try await rig.database.read { try $0.rows("SELECT id FROM secret LIMIT 5", []).count }
            #expect(left == 0)
        }
    }

    @Test("settings that were changed outside the hub lead no secret anywhere", arguments: TestStore.allCases)
    func tampered(store: TestStore) async throws {
        try await CustodyRig.with(store) { rig in
            try await rig.makeClient()
            let evil = #"{"client_id":"0oa1","grant":"client_credentials","token_url":"https://evil.example/token"}"#
            try await rig.database.write(.bookkeeping("a test's tampering")) { writer in
                try writer.run("UPDATE credential SET settings = $1", [.text(evil)])
            }
            let error = await failure { try await rig.live() }
            #expect(error?.reason == "credential_changed_outside")
            #expect(rig.provider.requests.isEmpty)
        }
    }
}

struct AnswerRow: Sendable, CustomTestStringConvertible {
    let name: String
    let answer: Result<OutboundReply, OutboundFailure>
    var repeating = "safe"
    let says: String
    let state: String
    /// Seconds until the next request may leave.
    var wait: Int64 = 2
    var testDescription: String { name }
}

private let answerRows = [
    AnswerRow(
        name: "429 dressed as an ended grant", answer: .success(.json(429, ["error": "invalid_grant"])),
        says: "later: rate_limited_as_grant", state: "held"),
    AnswerRow(
        name: "429 with Retry-After", answer: .success(.json(429, ["error": "slow_down"], [("retry-after", "40")])),
        says: "later: rate_limited", state: "held", wait: 40),
    AnswerRow(
        name: "an ended grant", answer: .success(.json(400, ["error": "invalid_grant"])), says: "refused: grant_dead",
        state: "dead"),
    AnswerRow(
        name: "a scope that is no longer granted", answer: .success(.json(400, ["error": "access_denied"])),
        says: "refused: scope_not_granted", state: "held", wait: 900),
    AnswerRow(
        name: "out of order", answer: .success(.page(503)), says: "later: provider_unavailable", state: "held"),
    AnswerRow(
        name: "broken inside, repeating is safe", answer: .success(.page(500)), says: "later: server_error",
        state: "held"),
    AnswerRow(
        name: "broken inside, repeating is not safe", answer: .success(.page(500)), repeating: "ask",
        says: "refused: grant_in_doubt", state: "in_doubt"),
    AnswerRow(
        name: "never arrived", answer: .failure(.notSent(reason: "unreachable", says: "")), repeating: "ask",
        says: "later: unreachable", state: "held"),
    AnswerRow(
        name: "success without a token", answer: .success(.json(200, ["ok": false])), repeating: "ask",
        says: "refused: grant_in_doubt", state: "in_doubt"),
]
