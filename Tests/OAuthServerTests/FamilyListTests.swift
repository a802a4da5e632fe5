import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("The list of refresh families") struct FamilyListTests {
    private func items(_ desk: OAuthDesk, _ filter: JSONObject = [:]) async throws -> [JSON] {
        try await desk.run("refresh-family.list", "", filter)["items"]?.array ?? []
    }

    private func ids(_ desk: OAuthDesk, _ filter: JSONObject = [:]) async throws -> [String] {
        try await items(desk, filter).compactMap { $0["id"]?.string }
    }

    @Test(
        "by client and by user, with what was allowed, since when and until when; never a token's text",
        arguments: TestStore.allCases)
    func filters(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let desk = rig.desk
            let other = try await GrantRig.make(desk, "other", isPublic: true, ["refresh_seconds": 3_600])
            let began = desk.time.now
            let own = try await rig.tokens()
            let short = try await other.tokens()
            let renewing = try #require(own.refresh)
            desk.time.advance(seconds: 60)
            let renewed = try Tokens(await rig.refresh(renewing))
            let all = try await items(desk)
            #expect(all.map { $0["client"]?.string } == ["app", "other"])
            let first = try #require(all.first)
            #expect(first["user"] == "mara" && first["scopes"] == ["incident.read", "incident.write"])
            #expect(first["grant_type"] == "authorization_code" && first["renews"] == true && first["renewals"] == 1)
            #expect(first["bound"] == false && first["state"] == "active" && first["resources"] == [])
            #expect(first["issued_at"]?.string == began.rfc3339)
            #expect(first["last_used_at"]?.string == began.adding(seconds: 60).rfc3339)
            #expect(
                first["ends_at"]?.string
                    == began.adding(seconds: Int64(Limits.refreshTokenSeconds.value)).rfc3339)
            let texts = [own, short, renewed].flatMap { [$0.access, $0.refresh ?? "-"] }
            #expect(texts.allSatisfy { !JSON.array(all).text().contains($0) })
            let byID = all.compactMap { $0["id"]?.string }
            let filters: [(filter: JSONObject, found: [String])] = [
                (["client": "app"], [byID[0]]), (["client": "other"], [byID[1]]), (["user": "mara"], byID),
                (["user": "mara", "client": "other"], [byID[1]]), (["user": "svc.hr"], []),
            ]
            for (filter, expected) in filters {
                let found = try await ids(desk, filter)
                #expect(found == expected)
            }
            for (field, reason) in [("client", "unknown_client"), ("user", "unknown_user"), ("after", "bad_field")] {
                #expect(try await desk.refusal("refresh-family.list", "", [field: "nope"]).reason == reason)
            }
            desk.time.advance(seconds: 3_600)
            #expect(try await ids(desk) == [byID[0]])
            #expect(try await desk.run("refresh-family.get", byID[1])["state"] == "ended")
        }
    }

    @Test("what keeps one from going on is its state", arguments: TestStore.allCases)
    func states(_ store: TestStore) async throws {
        try await GrantRig.with(store, ["refresh_idle_seconds": 60]) { rig in
            let desk = rig.desk
            _ = try await rig.tokens()
            let id = try #require(try await ids(desk).first)
            desk.time.advance(seconds: 60)
            #expect(try await desk.run("refresh-family.get", id)["state"] == "idle")
            try await desk.run("client.revoke-tokens", "app")
            #expect(try await desk.run("refresh-family.get", id)["state"] == "revoked")
            // Who may renew nothing has a family all the same: its access tokens.
            try await desk.run("client.update", "app", ["grants": ["authorization_code"]])
            _ = try await rig.tokens()
            let last = try await items(desk).last
            #expect(last?["renews"] == false && last?["renewals"] == 0 && last?["state"] == "active")
        }
    }

    @Test("pages end where the next begins, also where all end at one moment", arguments: TestStore.allCases)
    func pages(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            _ = try await desk.client()
            let (now, count) = (desk.time.now, Limits.pageRows.value + 3)
            try await desk.database.write(.bookkeeping("families")) { writer in
                let client = try ClientStore.get("hr-system", in: writer)
                for number in 0..<count {
                    let family = RefreshFamily(
                        id: "f\(number)", client: client.id, user: UserID("u3"), scopes: ["hr.read"], epoch: 0,
                        generation: 1, renewedAt: now, endsAt: now.adding(seconds: 60), endedAt: nil, boundTo: nil)
                    try FamilyStore.begin(family, in: writer)
                }
            }
            for filter: JSONObject in [[:], ["client": "hr-system"], ["user": "mara"]] {
                let seen = try await desk.pages("refresh-family.list", filter)
                #expect(seen.count == count && Set(seen).count == count)
            }
        }
    }

    @Test("no list walks through the table")
    func noScan() async throws {
        try await GrantRig.with(.sqlite) { rig in
            _ = try await rig.tokens()
            let values: [SQLValue] = [.int(0), .int(.max), .text(""), .int(200)]
            let more: [(SQL, [SQLValue])] = [
                (FamilyStore.pageOfAll, []), (FamilyStore.pageOfClient, [.text("c")]),
                (FamilyStore.pageOfUser, [.text("u"), .optional(String?.none)]),
            ]
            for (sql, own) in more {
                let plan = try await rig.desk.plan(sql, values + own)
                #expect(plan.contains { $0.contains("SEARCH refresh_family USING") }, "\(plan)")
                #expect(!plan.contains { $0.contains("SCAN") || $0.contains("ORDER BY") }, "\(plan)")
            }
        }
    }

    @Test("one ends with its tokens, once and with one event; another stays", arguments: TestStore.allCases)
    func endsOne(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let desk = rig.desk
            let one = try await rig.tokens()
            let id = try #require(try await ids(desk).first)
            let other = try await rig.tokens()
            let before = try await desk.refusal("refresh-family.delete", "nope")
            #expect(before.reason == "unknown_refresh_family")
            for _ in 0..<2 { try await desk.run("refresh-family.delete", id, as: ["oauth_admin"]) }
            #expect(try await !rig.counts(one.access))
            #expect(try await rig.counts(other.access))
            #expect(await rig.refresh(try #require(one.refresh)).reason == "refresh_token_ended")
            #expect(await rig.refresh(try #require(other.refresh)).reason == "")
            #expect(try await desk.run("refresh-family.get", id)["state"] == "ended")
            #expect(try await !ids(desk).contains(id))
            let events = try await desk.events().filter { $0["action"] == "token.revoked" }
            #expect(events.map { $0["details"]?["user"]?.string } == ["mara"])
            #expect(events.first?["target"]?["name"] == "app")
        }
    }
}
