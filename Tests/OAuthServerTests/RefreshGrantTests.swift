import Core
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("Refresh tokens (RFC 6749 §6, RFC 9700 §4.14)") struct RefreshGrantTests {
    @Test("D1: each refresh gives the next token, and renews the access", arguments: TestStore.allCases)
    func rotates(_ store: TestStore) async throws {
        try await GrantRig.with(store, isPublic: true) { rig in
            let first = try await rig.tokens()
            let second = try Tokens(await rig.refresh(first.refresh ?? ""))
            #expect(second.refresh != first.refresh && second.access != first.access)
            #expect(try await rig.counts(second.access))
        }
    }

    @Test("D2: the token before the last is theft, and ends the family", arguments: TestStore.allCases, [true, false])
    func grandparent(_ store: TestStore, _ isPublic: Bool) async throws {
        try await GrantRig.with(store, isPublic: isPublic) { rig in
            let first = try await rig.tokens()
            let second = try Tokens(await rig.refresh(first.refresh ?? ""))
            let third = try Tokens(await rig.refresh(second.refresh ?? ""))
            let stolen = await rig.refresh(first.refresh ?? "")
            #expect(stolen.reason == "refresh_token_reused" && stolen.body["error"] == "invalid_grant")
            for access in [first.access, second.access, third.access] { #expect(try await !rig.counts(access)) }
            #expect(await rig.refresh(third.refresh ?? "").reason == "refresh_token_ended")
            #expect(try await rig.desk.actions().count { $0 == "token.revoked" } == 1)
        }
    }

    @Test("a lost answer is asked for again: a confidential client an hour later", arguments: TestStore.allCases)
    func lostAnswer(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let first = try await rig.tokens()
            let lost = try Tokens(await rig.refresh(first.refresh ?? ""))
            rig.desk.time.advance(seconds: 3_600)
            let again = try Tokens(await rig.refresh(first.refresh ?? ""))
            #expect(again.refresh == lost.refresh)
            let next = try Tokens(await rig.refresh(again.refresh ?? ""))
            #expect(next.refresh != again.refresh)
        }
    }

    @Test("D1, D2: a public client within 60 s, and no longer", arguments: TestStore.allCases)
    func publicRetry(_ store: TestStore) async throws {
        try await GrantRig.with(store, isPublic: true) { rig in
            let first = try await rig.tokens()
            let lost = try Tokens(await rig.refresh(first.refresh ?? ""))
            rig.desk.time.advance(seconds: 60)
            #expect(try Tokens(await rig.refresh(first.refresh ?? "")).refresh == lost.refresh)
            rig.desk.time.advance(seconds: 1)
            #expect(await rig.refresh(first.refresh ?? "").reason == "refresh_token_reused")
        }
    }

    @Test("a thousand at once have one successor, and it lives", arguments: TestStore.allCases)
    func parallel(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let first = try await rig.tokens()
            let next = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<1_000 { group.addTask { try Tokens(await rig.refresh(first.refresh ?? "")).refresh } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(next.count == 1)
            #expect(try await rig.desk.count("SELECT generation AS n FROM refresh_family") == 2)
            #expect(await rig.refresh((next.first ?? "") ?? "").reason == "")
            #expect(await rig.refresh(first.refresh ?? "").reason == "refresh_token_reused")
        }
    }

    @Test("D3: fewer scopes for one access token, never more", arguments: TestStore.allCases)
    func scopes(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let tokens = try Tokens(await rig.redeem(try await rig.code(scopes: ["incident.read"])))
            let wider = await rig.refresh(tokens.refresh ?? "", "&scope=incident.read+incident.write")
            #expect(wider.reason == "scope_not_granted" && wider.body["error"] == "invalid_scope")
            let both = try await rig.tokens()
            let narrow = try Tokens(await rig.refresh(both.refresh ?? "", "&scope=incident.write"))
            #expect(narrow.scope == "incident.write")
            #expect(try Tokens(await rig.refresh(narrow.refresh ?? "")).scope == "incident.read incident.write")
        }
    }

    @Test("D4: of another client, or without authentication", arguments: TestStore.allCases)
    func otherClient(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let other = try await GrantRig.make(rig.desk, "other")
            let tokens = try await rig.tokens()
            #expect(await other.refresh(tokens.refresh ?? "").reason == "refresh_token_of_another_client")
            let nobody = await rig.desk.send(
                "grant_type=refresh_token&refresh_token=\(tokens.refresh ?? "")&client_id=\(rig.id)")
            #expect(nobody.status == 401 && nobody.body["error"] == "invalid_client")
            #expect(await rig.refresh(tokens.refresh ?? "").reason == "")
        }
    }

    @Test("D5: unused for too long, and over at its end", arguments: TestStore.allCases)
    func ends(_ store: TestStore) async throws {
        try await GrantRig.with(store, isPublic: true, ["refresh_seconds": 200_000]) { rig in
            var token = try await rig.tokens().refresh ?? ""
            rig.desk.time.advance(seconds: 86_399)
            token = try Tokens(await rig.refresh(token)).refresh ?? ""
            rig.desk.time.advance(seconds: 86_399)
            token = try Tokens(await rig.refresh(token)).refresh ?? ""
            rig.desk.time.advance(seconds: 86_399)
            #expect(await rig.refresh(token).reason == "refresh_token_ended", "the family has its end too")
            let idle = try await rig.tokens().refresh ?? ""
            rig.desk.time.advance(seconds: 86_400)
            #expect(await rig.refresh(idle).reason == "refresh_token_ended")
        }
    }

    @Test("D6: what is revoked for the client, or whose user is off, renews nothing", arguments: TestStore.allCases)
    func follows(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let tokens = try await rig.tokens()
            try await rig.desk.run("client.revoke-tokens", "app")
            #expect(await rig.refresh(tokens.refresh ?? "").reason == "refresh_token_ended")
            #expect(try await !rig.counts(tokens.access))
            let second = try await rig.tokens()
            rig.desk.world.set(active: false)
            let refused = await rig.refresh(second.refresh ?? "")
            #expect(refused.reason == "user_inactive" && refused.body["error"] == "invalid_grant")
        }
    }

    @Test("D6: what is revoked while a refresh is on its way is not renewed", arguments: TestStore.allCases)
    func overtaken(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let (desk, id, tokens) = (rig.desk, rig.id, try await rig.tokens())
            let client = try #require(try await desk.database.read { try ClientStore.presented(id, in: $0) })
            let endpoint = desk.server.tokenEndpoint
            let form = try FormParameters("refresh_token=\(tokens.refresh ?? "")".utf8)
            let grant = try await GrantType.refreshToken.grant(
                GrantRequest(
                    client: client, form: TokenForm(parameters: form), users: desk.world, scopes: desk.world,
                    database: desk.database, effects: desk.time.effects, passwords: desk.world, signIns: desk.world,
                    cause: desk.time.cause(), address: "-", refreshKey: endpoint.refreshKey, audiences: [],
                    keys: endpoint.desk.keys)
            ).get()
            try await desk.run("client.revoke-tokens", "app")
            // The same request again is refused: its family has ended.
            let error = await #expect(throws: HubError.self) {
                try await endpoint.issue(
                    grant, to: .init(client: client, secret: client.secrets.first), by: .refreshToken,
                    desk.time.cause())
            }
            #expect(error?.reason == "changed_meanwhile")
            #expect(try await desk.count("SELECT COUNT(*) AS n FROM token") == 1)
        }
    }

    @Test("D8: no character of a refresh token can be another", arguments: TestStore.allCases)
    func bent(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            let token = try await rig.tokens().refresh ?? ""
            for place in token.indices {
                var bent = token
                bent.replaceSubrange(place...place, with: token[place] == "x" ? "y" : "x")
                let answer = await rig.refresh(bent)
                #expect(answer.body["error"] == "invalid_grant" && answer.reason == "refresh_token_unknown")
            }
            #expect(await rig.refresh(token).reason == "", "whoever makes tokens up ends nobody's family")
        }
    }

    @Test("a family of many rotations is one row, and ends by it", arguments: TestStore.allCases)
    func oneRow(_ store: TestStore) async throws {
        try await GrantRig.with(store) { rig in
            var tokens = try await rig.tokens()
            for _ in 0..<200 { tokens = try Tokens(await rig.refresh(tokens.refresh ?? "")) }
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM refresh_family") == 1)
            #expect(await rig.revoke(tokens.refresh ?? "").status == 200)
            #expect(try await !rig.counts(tokens.access))
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM token WHERE revoked_at IS NOT NULL") == 0)
        }
    }

    @Test("ended codes and families leave, live ones stay", arguments: TestStore.allCases)
    func sweeps(_ store: TestStore) async throws {
        try await GrantRig.with(store, ["refresh_seconds": 100_000]) { rig in
            _ = try await rig.tokens()
            rig.desk.time.advance(seconds: 300_000)
            let live = try await rig.tokens()
            while try await rig.desk.server.sweep(at: rig.desk.time.now, most: 1) > 0 {}
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM refresh_family") == 1)
            #expect(try await rig.desk.count("SELECT COUNT(*) AS n FROM authorization_code") == 1)
            #expect(try await rig.counts(live.access))
        }
    }
}
