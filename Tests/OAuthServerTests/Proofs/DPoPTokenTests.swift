import Core
import Keys
import Storage
import TestSupport
import Testing

@testable import OAuthServer

private let endpoint = OAuthDesk.issuer + "/oauth2/token"

extension OAuthDesk {
    /// A token request by client_secret_post with these DPoP headers.
    fileprivate func ask(
        _ client: (id: String, secret: String), dpop: [String], scope: String = "incident.read",
        path: String = "/oauth2/token"
    ) async -> TokenResponse {
        let body =
            "grant_type=client_credentials&scope=\(scope)&client_id=\(client.id)&client_secret=\(client.secret)"
        return await server.tokenEndpoint.respond(
            to: TokenRequest(
                authorization: [], contentType: "application/x-www-form-urlencoded", body: Array(body.utf8),
                dpop: dpop, path: path), at: time.now, .new(time.effects))
    }

    fileprivate func proof(_ prover: Prover, _ id: String = "p1", url: String = endpoint) throws -> String {
        let nonce: JSONObject = ["nonce": .string(server.nonces.current(at: time.now))]
        return try prover.sign(Prover.claims("POST", url, at: time.now, id: id, nonce))
    }
}

extension TokenResponse {
    fileprivate func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

@Test("RFC 9449 §5, §8: a nonce is handed out, then the token is bound", arguments: TestStore.allCases)
func boundToken(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let (client, prover) = (try await desk.client(), try Prover())
        let first = await desk.ask(client, dpop: [try prover.sign(Prover.claims("POST", endpoint, at: desk.time.now))])
        #expect(first.status == 400 && first.body["error"] == "use_dpop_nonce" && first.reason == "dpop_nonce")
        let nonce = try #require(first.header("dpop-nonce"))
        let second = await desk.ask(
            client,
            dpop: [try prover.sign(Prover.claims("POST", endpoint, at: desk.time.now, ["nonce": .string(nonce)]))])
        #expect(second.status == 200 && second.body["token_type"] == "DPoP")
        #expect(second.header("dpop-nonce") == nonce)
        let token = try #require(second.body["access_token"]?.string)
        let found = try await desk.find(token)
        #expect(found?.boundTo == prover.key.publicKey.thumbprint)
        // Without a proof all is as ever.
        let bearer = await desk.ask(client)
        #expect(bearer.body["token_type"] == "Bearer" && bearer.header("dpop-nonce") == nil)
        let unbound = try await desk.find(try #require(bearer.body["access_token"]?.string))
        #expect(unbound != nil && unbound?.boundTo == nil)
    }
}

@Test("RFC 9449 §5: a wrong proof is invalid_dpop_proof, and uses nothing up")
func wrongProof() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let (client, prover) = (try await desk.client(), try Prover())
        let elsewhere = await desk.ask(
            client, dpop: [try desk.proof(prover, url: "https://evil.example/oauth2/token")])
        #expect(elsewhere.status == 400 && elsewhere.body["error"] == "invalid_dpop_proof")
        #expect(elsewhere.reason == "dpop_url")
        let says = elsewhere.body["error_description"]?.string ?? ""
        // RFC 6749 §5.2 (MUST NOT): characters outside %x20-21 / %x23-5B / %x5D-7E.
        #expect(says.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        let twice = await desk.ask(client, dpop: [try desk.proof(prover), try desk.proof(prover)])
        #expect(twice.reason == "dpop_several")
        let other = await desk.ask(client, dpop: [try desk.proof(prover)], path: "/oauth_token.do")
        #expect(other.reason == "dpop_url")
        let refused = await desk.ask(client, dpop: [try desk.proof(prover)], scope: "nope")
        #expect(refused.reason == "scope_not_held")
        let used = try await desk.count("SELECT COUNT(*) AS n FROM used_once")
        #expect(used == 0)
        let platform = await desk.ask(
            client, dpop: [try desk.proof(prover, url: OAuthDesk.issuer + "/oauth_token.do")], path: "/oauth_token.do")
        #expect(platform.status == 200)
    }
}

@Test("RFC 9449 §11.1: of 10 requests at once with one proof one gets a token", arguments: TestStore.allCases)
func proofOnce(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let (client, prover) = (try await desk.client(), try Prover())
        let proof = try desk.proof(prover)
        let reasons = await withTaskGroup(of: String.self) { group in
            for _ in 0..<10 { group.addTask { await desk.ask(client, dpop: [proof]).reason } }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(reasons.count { $0.isEmpty } == 1)
        #expect(reasons.count { $0 == "dpop_used" } == 9)
        // The jti of another key is another one.
        let other = await desk.ask(client, dpop: [try desk.proof(try Prover())])
        #expect(other.status == 200)
    }
}

@Test("RFC 9449 §5.2: a client that requires it gets no bearer token", arguments: TestStore.allCases)
func required(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let (client, prover) = (try await desk.client("robot", ["requires_dpop": true]), try Prover())
        let without = await desk.ask(client)
        #expect(without.status == 400 && without.body["error"] == "invalid_dpop_proof")
        #expect(without.reason == "dpop_missing")
        let with = await desk.ask(client, dpop: [try desk.proof(prover)])
        #expect(with.body["token_type"] == "DPoP")
        try await desk.run("client.update", "robot", ["requires_dpop": false])
        let later = await desk.ask(client)
        #expect(later.body["token_type"] == "Bearer")
    }
}

@Test("a missing nonce uses no assertion up")
func nonceFirst() async throws {
    try await OAuthDesk.with(.sqlite) { desk in
        let (signer, prover) = (try Signer(), try Prover())
        let client = try await desk.keyClient(signer)
        let body =
            "grant_type=client_credentials&scope=incident.read&"
            + OAuthDesk.form(try signer.sign(Signer.claims(client, at: desk.time.now)))
        let first = await desk.send(body, dpop: [try prover.sign(Prover.claims("POST", endpoint, at: desk.time.now))])
        let second = await desk.send(body, dpop: [try desk.proof(prover)])
        #expect([first.reason, second.reason] == ["dpop_nonce", ""])
    }
}

@Test("RFC 9449 §6: a JWT and introspection name the key", arguments: TestStore.allCases)
func namedKey(_ store: TestStore) async throws {
    try await OAuthDesk.with(store) { desk in
        let (client, prover) = (try await desk.client("robot", ["token_format": "jwt"]), try Prover())
        let rig = GrantRig(desk: desk, id: client.id, secret: client.secret)
        let bound = await desk.ask(client, dpop: [try desk.proof(prover)])
        let token = try #require(bound.body["access_token"]?.string)
        let key: JSON = ["jkt": .string(prover.key.publicKey.thumbprint)]
        #expect(AccessToken(token)?.jwt?.unverifiedClaims["cnf"] == key)
        let told = await rig.introspect(token)
        #expect(told.body["token_type"] == "DPoP" && told.body["cnf"] == key)
        let bearer = await rig.introspect(try await desk.token(client))
        #expect(bearer.body["token_type"] == "Bearer" && bearer.body["cnf"] == nil)
    }
}

@Test("RFC 9449 §5: what a public client renews is bound to its first key", arguments: TestStore.allCases)
func boundRefresh(_ store: TestStore) async throws {
    try await GrantRig.with(store, isPublic: true) { rig in
        let (prover, other) = (try Prover(), try Prover())
        let code = try await rig.code()
        let first = await rig.redeem(code, dpop: [try rig.desk.proof(prover, "1")])
        #expect(first.body["token_type"] == "DPoP")
        let refresh = try #require(try Tokens(first).refresh)
        let without = await rig.refresh(refresh)
        let others = await rig.refresh(refresh, dpop: [try rig.desk.proof(other, "2")])
        #expect([without.reason, others.reason] == ["refresh_token_of_another_key", "refresh_token_of_another_key"])
        #expect(others.body["error"] == "invalid_grant")
        // Refused before anything is renewed or ended.
        let own = await rig.refresh(refresh, dpop: [try rig.desk.proof(prover, "3")])
        #expect(own.reason == "" && own.body["token_type"] == "DPoP")
    }
}

@Test("RFC 9449 §5: what proves itself renews with any key, and a used proof redeems no code")
func unboundRefresh() async throws {
    try await GrantRig.with(.sqlite) { rig in
        let (prover, other) = (try Prover(), try Prover())
        let code = try await rig.code()
        let proof = try rig.desk.proof(prover)
        let first = await rig.redeem(code, dpop: [proof])
        let refresh = try #require(try Tokens(first).refresh)
        let next = await rig.refresh(refresh, dpop: [try rig.desk.proof(other)])
        #expect(next.reason == "")
        let another = try await rig.code()
        let used = await rig.redeem(another, dpop: [proof])
        let fresh = await rig.redeem(another)
        #expect([used.reason, fresh.reason] == ["dpop_used", ""])
    }
}
