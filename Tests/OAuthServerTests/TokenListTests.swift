import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("The list of tokens") struct TokenListTests {
    private func ids(_ desk: OAuthDesk, _ filter: JSONObject = [:]) async throws -> [String] {
        try await desk.run("token.list", "", filter)["items"]?.array?.compactMap { $0["id"]?.string } ?? []
    }

    @Test(
        "by client and by user, those that live longest first, and never a text or a whole hash",
        arguments: TestStore.allCases)
    func filters(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let desk = rig.desk
            let service = try await desk.client("service", ["token_seconds": 60])
            let short = try await desk.token(service)
            let long = try await rig.tokens().access
            let all = try await desk.run("token.list")
            let items = all["items"]?.array ?? []
            #expect(items.map { $0["client"]?.string } == ["app", "service"])
            #expect(items.map { $0["user"]?.string } == ["mara", "svc.hr"])
            #expect(items.map { $0["from"]?.string } == ["consent", "client"])
            #expect(items.first?["scopes"] == ["incident.read", "incident.write"])
            #expect(all["next"] == nil)
            for token in [short, long] {
                #expect(!all.text().contains(token))
                #expect(!all.text().contains(Hex.encode(MachineSecret.hash(Secret(token)))))
            }
            let byID = items.compactMap { $0["id"]?.string }
            let found = [
                try await ids(desk, ["client": "app"]), try await ids(desk, ["user": "svc.hr"]),
                try await ids(desk, ["user": "mara", "client": "app"]),
                try await ids(desk, ["user": "mara", "client": "service"]),
            ]
            #expect(found == [[byID[0]], [byID[1]], [byID[0]], []])
            for (field, reason) in [("client", "unknown_client"), ("user", "unknown_user"), ("after", "bad_field")] {
                let refused = try await desk.refusal("token.list", "", [field: "nope"])
                #expect(refused.reason == reason)
            }
            desk.time.advance(seconds: 60)
            let later = try await ids(desk)
            #expect(later == [byID[0]])
        }
    }

    @Test("pages end where the next begins, also where all end at one moment", arguments: TestStore.allCases)
    func pages(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let client = try await desk.client()
            let count = Limits.pageRows.value + 3
            for _ in 0..<count { _ = try await desk.token(client) }
            for filter: JSONObject in [[:], ["client": "hr-system"], ["user": "svc.hr"]] {
                let seen = try await desk.pages("token.list", filter)
                #expect(seen.count == count && Set(seen).count == count)
            }
        }
    }

    @Test("no list walks through the table")
    func noScan() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            let client = try await desk.client()
            for _ in 0..<3 { _ = try await desk.token(client) }
            let values: [SQLValue] = [.int(0), .int(.max), .blob([]), .int(200)]
            let more: [(SQL, [SQLValue])] = [
                (TokenStore.listed, []), (TokenStore.listedByClient, [.text("c")]),
                (TokenStore.listedByUser, [.text("u"), .optional(String?.none)]),
            ]
            let bearer: [(SQL, [SQLValue])] = [TokenStore.bearersEndingFirst, TokenStore.bearersEndingLast].map {
                ($0, [.text("c"), .int(0), .int(200), .int(200)])
            }
            for (sql, all) in more.map({ ($0, values + $1) }) + bearer {
                let plan = try await desk.plan(sql, all)
                #expect(plan.contains { $0.contains("SEARCH token USING") }, "\(plan)")
                #expect(!plan.contains { $0.contains("SCAN token") || $0.hasSuffix("TREE FOR ORDER BY") }, "\(plan)")
            }
        }
    }

    @Test(
        "a bearer token among others that are revoked, and one that outlives all, is found",
        arguments: TestStore.allCases)
    func bearers(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let client = try await desk.client()
            func grade() async throws -> JSON? {
                let rows = try await desk.run("client.report", "hr-system")["rows"]?.array
                return rows?.first { $0["rule"] == "A stolen access token is of no use" }?["grade"]
            }
            for _ in 0..<(Limits.pageRows.value + 2) { _ = try await desk.token(client) }
            try await desk.run("client.revoke-tokens", "hr-system")
            try await desk.run("client.update", "hr-system", ["token_seconds": 3_600])
            _ = try await desk.token(client)
            try await desk.run("client.update", "hr-system", ["requires_dpop": true, "token_seconds": 60])
            #expect(try await grade() == "weak")
            desk.time.advance(seconds: 3_600)
            #expect(try await grade() == "good")
        }
    }

    @Test("one ends by its id, with what renews it; another stays", arguments: TestStore.allCases)
    func endsOne(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let (one, other) = (try await rig.tokens(), try await rig.tokens())
            let id = TokenMark(try #require(AccessToken(one.access))).text
            let before = try await rig.desk.run("token.get", id)
            #expect(before["state"] == "active")
            try await rig.desk.run("token.delete", id)
            let counts = [try await rig.counts(one.access), try await rig.counts(other.access)]
            #expect(counts == [false, true])
            let after = try await rig.desk.run("token.get", id)
            #expect(after["state"] == "revoked")
            let renewed = [
                await rig.refresh(try #require(one.refresh)).reason,
                await rig.refresh(try #require(other.refresh)).reason,
            ]
            #expect(renewed == ["refresh_token_ended", ""])
            let events = try await rig.desk.events().filter { $0["action"] == "token.revoked" }
            #expect(events.map { $0["details"]?["user"]?.string } == ["mara"])
            try await rig.desk.run("token.delete", id)
            let again = try await rig.desk.actions().count { $0 == "token.revoked" }
            #expect(again == 1)
            for strange in ["", "0-00", "x", id + "0", String(id.dropLast(2)) + (id.hasSuffix("00") ? "01" : "00")] {
                let refused = try await rig.desk.refusal("token.delete", strange)
                #expect(refused.reason == "unknown_token")
            }
        }
    }

    @Test(
        "all of a user end: tokens of every client, renewals, codes on their way; others stay",
        arguments: TestStore.allCases)
    func endsAllOfUser(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let desk = rig.desk
            let second = try await GrantRig.make(desk, "second")
            let (first, other) = (try await rig.tokens(), try await second.tokens())
            let code = try await rig.code()
            let service = try await desk.token(try await desk.client("service"))
            let answer = try await desk.run("user.revoke-tokens", "mara")
            #expect(answer == ["user": "mara", "ended": 2])
            let counts = [
                try await rig.counts(first.access), try await rig.counts(other.access), try await rig.counts(service),
            ]
            #expect(counts == [false, false, true])
            let renewed = await second.refresh(try #require(other.refresh))
            #expect(renewed.reason == "refresh_token_ended")
            let redeemed = await rig.redeem(code)
            #expect(redeemed.body["error"] == "invalid_grant")
            let event = try await desk.events().last { $0["action"] == "token.revoked" }
            #expect(event?["target"]?["kind"] == "user" && event?["target"]?["name"] == "mara")
            // What comes later is not touched.
            let later = try await rig.tokens()
            let counting = try await rig.counts(later.access)
            #expect(counting)
            let nobody = try await desk.refusal("user.revoke-tokens", "nobody")
            #expect(nobody.reason == "unknown_user")
        }
    }
}

extension TokenMark {
    /// The id of a token.
    init(_ token: AccessToken) { self.init(token.slot, token.hash) }
}
