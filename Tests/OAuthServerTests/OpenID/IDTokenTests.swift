import Core
import Keys
import Ports
import Storage
import TestSupport
import Testing

@testable import OAuthServer

@Suite("ID tokens (OpenID Connect Core 1.0 §2)") struct IDTokenTests {
    @Test(
        "B13: OpenID Connect Core §3.1.3.6, a code gives an ID token that says who signed in when, to whom",
        arguments: TestStore.allCases)
    func atTheCode(_ store: TestStore) async throws {
        try await GrantRig.openID(store) { rig in
            let begun = rig.desk.time.now.epochSeconds
            let code = try await rig.signInCode(scopes: ["openid", "incident.read"], nonce: "n-0S6_WzA2Mj")
            rig.desk.time.advance(seconds: 20)
            let answer = await rig.redeem(code)
            let access = try #require(answer.body["access_token"]?.string)
            let half = Base64URL.encode(Hashing.sha256(Array(access.utf8)).prefix(16))
            let expected: JSONObject = [
                "iss": .string(OAuthDesk.issuer), "sub": "u3", "aud": .string(rig.id), "exp": .int(begun + 3_620),
                "iat": .int(begun + 20), "auth_time": .int(begun), "nonce": "n-0S6_WzA2Mj", "at_hash": .string(half),
                "sid": .string(IDToken.mark(of: "s1", for: rig.id)),
            ]
            #expect(try await rig.identity(answer) == expected)
            let text = try #require(answer.body["id_token"]?.string)
            #expect(try JWS.read(text).algorithm == .rs256)
            #expect(answer.headers.contains { $0.name == "cache-control" && $0.value == "no-store" })
        }
    }

    @Test("§12.2: a refresh tells of the same sign-in, without the nonce", arguments: TestStore.allCases)
    func atTheRefresh(_ store: TestStore) async throws {
        try await GrantRig.openID(store) { rig in
            let first = await rig.redeem(try await rig.signInCode(scopes: ["openid", "incident.read"], nonce: "n1"))
            let before = try #require(try await rig.identity(first))
            rig.desk.time.advance(seconds: 600)
            let second = await rig.refresh(try #require(first.body["refresh_token"]?.string))
            let after = try #require(try await rig.identity(second))
            for name in ["iss", "sub", "aud", "auth_time", "sid"] { #expect(after[name] == before[name], "\(name)") }
            #expect(after["nonce"] == nil)
            #expect(after["iat"] == before["iat"]?.int.map { .int($0 + 600) })
            #expect(after["at_hash"] != before["at_hash"])
            let narrow = await rig.refresh(
                try #require(second.body["refresh_token"]?.string), "&scope=incident.read")
            #expect(narrow.status == 200 && narrow.body["id_token"] == nil)
        }
    }

    @Test("none without openid, or once the client lost it", arguments: TestStore.allCases)
    func without(_ store: TestStore) async throws {
        try await GrantRig.openID(store) { rig in
            let plain = await rig.redeem(try await rig.signInCode(scopes: ["profile", "incident.read"]))
            #expect(plain.status == 200 && plain.body["id_token"] == nil)
            let code = try await rig.signInCode(scopes: ["openid", "incident.read"])
            try await rig.desk.run("client.update", "app", ["scopes": ["incident.read"]])
            let lost = await rig.redeem(code)
            #expect(lost.status == 200 && lost.body["id_token"] == nil && lost.body["scope"] == "incident.read")
        }
    }

    @Test(
        "Registration 1.0 §2: the client's own algorithm, and the hash that goes with it",
        arguments: [JWSAlgorithm.rs256, .es256, .edDSA])
    func algorithm(_ algorithm: JWSAlgorithm) async throws {
        try await GrantRig.openID(.sqlite, ["id_token_signed_response_alg": .string(algorithm.rawValue)]) { rig in
            let answer = await rig.redeem(try await rig.signInCode(scopes: ["openid"]))
            let text = try #require(answer.body["id_token"]?.string)
            #expect(try JWS.read(text).algorithm == algorithm)
            let claims = try #require(try await rig.identity(answer))
            let half = claims["at_hash"]?.string.flatMap { Base64URL.decode($0) }
            #expect(half?.count == (algorithm == .edDSA ? 32 : 16))
        }
    }

    @Test("another client learns another sid of the same session, and neither the session's id")
    func sessionMark() async throws {
        try await GrantRig.openID(.sqlite) { rig in
            let other = try await GrantRig.make(rig.desk, "other", ["scopes": ["openid"]])
            let own = try await rig.identity(await rig.redeem(try await rig.signInCode(scopes: ["openid"])))?["sid"]
            let others = try await other.identity(await other.redeem(try await other.signInCode(scopes: ["openid"])))?[
                "sid"]
            #expect(own != nil && others != nil && own != others)
            #expect(own?.string?.contains("s1") == false)
            let again = try await rig.identity(await rig.redeem(try await rig.signInCode(scopes: ["openid"])))?["sid"]
            #expect(own == again)
        }
    }

    @Test(
        "§3.1.2.1: a scope of the protocol is a person's to allow, so no client gets it by its own word",
        arguments: ["openid", "incident.read+openid", "profile", "email", "offline_access"])
    func ofPersonsAlone(_ scope: String) async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            let client = try await desk.client(
                "app", ["scopes": ["openid", "profile", "email", "offline_access", "incident.read"]])
            let answer = await desk.ask(client, scope: scope)
            #expect(answer.body["error"] == "invalid_scope" && answer.reason == "scope_of_person")
            #expect(try await desk.count("SELECT COUNT(*) AS n FROM token") == 0)
        }
    }

    @Test("a client holds the scopes of the protocol like its others, and none that does not exist")
    func held() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            _ = try await desk.client("app", ["scopes": ["openid", "profile", "incident.read"]])
            #expect(try await desk.run("client.get", "app")["scopes"] == ["incident.read", "openid", "profile"])
            let refusal = try await desk.refusal("client.update", "app", ["scopes": ["openid", "phone"]])
            #expect(refusal.reason == "unknown_scope")
        }
    }

    @Test("§5.3.2, §5.4: userinfo tells what the scopes give, and nothing that is not there")
    func userInfo() async throws {
        try await OAuthDesk.with(.sqlite) { desk in
            let rows: [(user: String, scopes: Set<String>, JSON)] = [
                ("u3", ["openid"], ["sub": "u3"]),
                ("u3", ["openid", "profile"], ["sub": "u3", "name": "Mara Kern", "preferred_username": "mara"]),
                // §5.1: an address that nobody proved to read.
                ("u3", ["openid", "email"], ["sub": "u3", "email": "mara@example.com", "email_verified": false]),
                ("u2", ["openid", "profile", "email"], ["sub": "u2", "preferred_username": "boss"]),
            ]
            for row in rows {
                let told = try await desk.server.userInfo(of: UserID(row.user), scopes: row.scopes, at: desk.time.now)
                #expect(told == row.2, "\(row.user) \(row.scopes)")
            }
            desk.world.deleteUser()
            let gone = await #expect(throws: HubError.self) {
                try await desk.server.userInfo(of: UserID("u3"), scopes: ["openid"], at: desk.time.now)
            }
            #expect(gone?.kind == .unauthenticated)
        }
    }
}
