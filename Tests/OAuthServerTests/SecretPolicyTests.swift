import Core
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("The policy of a client's secrets") struct SecretPolicyTests {
    private static let made = Timestamp(epochMilliseconds: 1_800_000_000_000)

    private static func secret(_ days: Int, until: Int? = nil) -> ClientSecret {
        ClientSecret(
            id: "s\(days)", hash: [], createdAt: made.adding(days: days), until: until.map { made.adding(days: $0) },
            lastUsedAt: nil)
    }

    /// Secrets by the day that they were made and end, and what is found on a day.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var days: Int64? = 90
        let secrets: [(made: Int, until: Int?)]
        let on: Int
        let finds: String?
    }

    static let cases = [
        Case(testDescription: "none is there", secrets: [], on: 0, finds: nil),
        Case(testDescription: "young", secrets: [(0, 90)], on: 59, finds: nil),
        Case(testDescription: "30 days ahead", secrets: [(0, 90)], on: 60, finds: "secret_ends"),
        Case(testDescription: "a younger one is there", secrets: [(0, 90), (50, 140)], on: 60, finds: nil),
        Case(testDescription: "of before the policy, young", secrets: [(0, nil)], on: 59, finds: nil),
        Case(testDescription: "of before the policy, soon too old", secrets: [(0, nil)], on: 60, finds: "secret_ends"),
        Case(testDescription: "of before the policy, too old", secrets: [(0, nil)], on: 90, finds: "secret_overdue"),
        Case(
            testDescription: "too old beside a young one", secrets: [(0, nil), (80, 170)], on: 90,
            finds: "secret_overdue"),
        Case(testDescription: "ended", secrets: [(0, 90)], on: 90, finds: "secret_ended"),
        Case(testDescription: "no policy, no end", days: nil, secrets: [(0, nil)], on: 3_000, finds: nil),
        Case(testDescription: "no policy, one ends soon", days: nil, secrets: [(0, 90)], on: 60, finds: "secret_ends"),
        Case(
            testDescription: "no policy, one ends soon and another never", days: nil, secrets: [(0, 90), (0, nil)],
            on: 60, finds: nil),
    ]

    @Test("what is found", arguments: cases)
    func finds(_ row: Case) {
        let secrets = row.secrets.map { Self.secret($0.made, until: $0.until) }
        let found = SecretPolicy(days: row.days).finding(about: secrets, of: "c", at: Self.made.adding(days: row.on))
        #expect(found?.reason == row.finds)
        #expect(found?.says.contains("client c") != false)
    }

    @Test("a new secret gets its end, and gives those before it theirs", arguments: TestStore.allCases)
    func ends(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let policy: JSONObject = ["secret_days": 90, "secret_overlap_seconds": 3_600]
            let old = try await desk.client("hr-system", policy)
            let end = desk.time.now.adding(days: 90)
            let added = try await desk.run("client.add-secret", "hr-system")
            #expect(added["until"]?.string == end.rfc3339)
            let new = (id: old.id, secret: try #require(added["client_secret"]?.string))
            let secrets = try await desk.run("client.get", "hr-system")["secrets"]?.array ?? []
            let ends = Set(secrets.compactMap { $0["until"]?.string })
            #expect(ends == [end.rfc3339, desk.time.now.adding(seconds: 3_600).rfc3339])
            var statuses = [await desk.ask(old).status, await desk.ask(new).status]
            #expect(statuses == [200, 200])
            desk.time.advance(seconds: 3_600)
            statuses = [await desk.ask(old).status, await desk.ask(new).status]
            #expect(statuses == [401, 200])
            let withdrawn = try await desk.events().filter { $0["action"] == "client.secret_withdrawn" }
            #expect(withdrawn.count == 1 && withdrawn.first?["details"]?["until"] != nil)
            desk.time.advance(seconds: 89 * 86_400)
            let found = try await desk.run("client.get", "hr-system")["findings"]?.array ?? []
            #expect(found.map { $0["reason"]?.string } == ["secret_ends"])
        }
    }

    @Test("an end is never made later, neither by asking nor by a successor", arguments: TestStore.allCases)
    func neverLater(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            _ = try await desk.client("hr-system", ["secret_days": 1, "secret_overlap_seconds": 172_800])
            let late = JSON.string(desk.time.now.adding(seconds: 86_401).rfc3339)
            let refused = try await desk.refusal("client.add-secret", "hr-system", ["until": late])
            #expect(refused.reason == "secret_too_long")
            let count = try await desk.count("SELECT COUNT(*) AS n FROM client_secret")
            #expect(count == 1)
            let soon = JSON.string(desk.time.now.adding(seconds: 60).rfc3339)
            let added = try await desk.run("client.add-secret", "hr-system", ["until": soon])
            #expect(added["until"] == soon)
            let ends = try await desk.run("client.get", "hr-system")["secrets"]?.array?.compactMap {
                $0["until"]?.string
            }
            #expect(Set(ends ?? []) == [soon.string ?? "-", desk.time.now.adding(days: 1).rfc3339])
        }
    }

    @Test("a client that gets no token is a finding, with what it takes", arguments: TestStore.allCases)
    func getsNothing(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            let key = try Signer(id: "k").jwk
            let rows: [(body: JSONObject, found: [String])] = [
                ([:], ["no_proof"]), (["tls_client_auth_san_dns": "a.example"], []),
                (["jwks": ["keys": [key]]], []), (["grants": []], ["no_grant"]),
                (["grants": [], "introspects_all": true], ["no_proof"]),
                (
                    [
                        "public": true, "grants": ["authorization_code"], "redirect_uris": ["https://a.example/cb"],
                    ], []
                ),
                (["grants": ["implicit"], "redirect_uris": ["https://a.example/cb"]], ["legacy_grant"]),
            ]
            for (number, row) in rows.enumerated() {
                var body: JSONObject = ["name": .string("c\(number)"), "user": "svc.hr", "scopes": ["hr.read"]]
                for member in row.body.members { body[member.name] = member.value }
                let made = try await desk.run("client.create", "", body)
                #expect(made["findings"]?.array?.map { $0["reason"]?.string ?? "" } == row.found, "\(row.body)")
            }
            let off = try await desk.run("client.update", "c0", ["active": false])
            #expect(off["findings"] == [])
        }
    }

    @Test("0 takes a policy away, and a client without one is as before", arguments: TestStore.allCases)
    func without(_ store: TestStore) async throws {
        try await OAuthDesk.with(store) { desk in
            _ = try await desk.client("hr-system", ["secret_days": 1, "secret_overlap_seconds": 60])
            let off = try await desk.run(
                "client.update", "hr-system", ["secret_days": 0, "secret_overlap_seconds": 0])
            #expect(off["secret_days"] == .null && off["secret_overlap_seconds"] == .null)
            #expect(off["secret_warning_days"] == 30)
            let added = try await desk.run("client.add-secret", "hr-system")
            #expect(added["until"] == .null)
        }
    }

    @Test("what is standing of a client leaves with its cause")
    func standing() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            _ = try await desk.client(
                "old",
                [
                    "without_pkce": true, "grants": ["authorization_code"],
                    "redirect_uris": [.string(GrantRig.redirect)],
                ])
            func found() async throws -> [String?] {
                try await desk.run("client.list")["items"]?.array?.first?["findings"]?.array?.map {
                    $0["reason"]?.string
                } ?? []
            }
            var reasons = try await found()
            #expect(reasons == ["without_pkce"])
            try await desk.run("client.update", "old", ["active": false])
            reasons = try await found()
            #expect(reasons == [])
            try await desk.run("client.update", "old", ["active": true, "without_pkce": false])
            reasons = try await found()
            #expect(reasons == [])
        }
    }
}
