import Core
import Keys
import TestSupport
import Testing

@testable import OAuthServer

extension PushedRig {
    /// A proof of possession for one of the hub's addresses.
    fileprivate func proof(_ prover: Prover, _ id: String, at path: String = "/oauth2/token") throws -> String {
        let nonce: JSONObject = ["nonce": .string(desk.server.nonces.current(at: desk.time.now))]
        return try prover.sign(Prover.claims("POST", OAuthDesk.issuer + path, at: desk.time.now, id: id, nonce))
    }

    fileprivate func plain(_ changes: [String: String?] = [:]) -> String {
        Self.query(Self.parameters(changes)) + "&client_id=\(rig.id)"
    }
}

@Suite("Codes that are bound to a key (RFC 9449 §10)") struct CodeKeyTests {
    @Test("§10: dpop_jkt names the key that redeems the code, and no other does", arguments: TestStore.allCases)
    func bound(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let (prover, other) = (try Prover(), try Prover())
            let key = prover.key.publicKey.thumbprint
            for query in [way.plain(["dpop_jkt": key]), try await way.pushed(["dpop_jkt": key])] {
                let code = try await way.code(query)
                #expect(await way.rig.redeem(code).reason == "code_of_another_key")
                let stranger = await way.rig.redeem(code, dpop: [try way.proof(other, code)])
                #expect(stranger.reason == "code_of_another_key" && stranger.body["error"] == "invalid_grant")
                // What a stranger tries costs the client nothing.
                let own = await way.rig.redeem(code, dpop: [try way.proof(prover, code)])
                #expect(own.body["token_type"] == "DPoP")
                let tokens = try Tokens(own)
                #expect(try await way.desk.find(tokens.access)?.carried.codeKey == nil, "of the code alone")
                // A confidential client may renew with another key (§5).
                let renewed = await way.rig.refresh(
                    tokens.refresh ?? "", dpop: [try way.proof(other, "renewing " + code)])
                #expect(renewed.status == 200)
            }
        }
    }

    @Test("§10: a code that names no key is redeemed with any, or none", arguments: TestStore.allCases)
    func free(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let bearer = await way.rig.redeem(try await way.code(way.plain()))
            #expect(bearer.body["token_type"] == "Bearer")
            let proof = try way.proof(try Prover(), "p1")
            let bound = await way.rig.redeem(try await way.code(try await way.pushed()), dpop: [proof])
            #expect(bound.body["token_type"] == "DPoP")
        }
    }

    @Test("§10.1: a proof at the endpoint for pushed requests binds the code to its key", arguments: TestStore.allCases)
    func pushedProof(_ store: TestStore) async throws {
        try await PushedRig.with(store) { way in
            let (prover, other) = (try Prover(), try Prover())
            let unready = await way.push(dpop: [
                try prover.sign(Prover.claims("POST", OAuthDesk.issuer + "/oauth2/par", at: way.desk.time.now))
            ])
            #expect(unready.body["error"] == "use_dpop_nonce")
            #expect(unready.headers.contains { $0.name == "dpop-nonce" })
            let answer = await way.push(dpop: [try way.proof(prover, "p1", at: "/oauth2/par")])
            let uri = try #require(answer.body["request_uri"]?.string)
            let code = try await way.code(way.bringing(uri))
            #expect(await way.rig.redeem(code).reason == "code_of_another_key")
            let stranger = await way.rig.redeem(code, dpop: [try way.proof(other, "s1")])
            #expect(stranger.reason == "code_of_another_key")
            #expect(await way.rig.redeem(code, dpop: [try way.proof(prover, "p2")]).status == 200)
            let key: [String: String?] = ["dpop_jkt": prover.key.publicKey.thumbprint]
            let both = await way.push(key, dpop: [try way.proof(prover, "p3", at: "/oauth2/par")])
            #expect(both.status == 201)
            let two = await way.push(key, dpop: [try way.proof(other, "s2", at: "/oauth2/par")])
            #expect(two.status == 400 && two.reason == "dpop_jkt_differs")
            let twice = await way.push(dpop: [try way.proof(prover, "p3", at: "/oauth2/par")])
            #expect(twice.reason == "dpop_used")
            let spare = try way.proof(prover, "p5", at: "/oauth2/par")
            #expect(await way.push(["scope": "hr.read"], dpop: [spare]).reason == "scope_not_held")
            #expect(await way.push(dpop: [spare]).status == 201, "a refused request uses no proof up")
            let elsewhere = await way.push(dpop: [try way.proof(prover, "p4")])
            #expect(elsewhere.reason == "dpop_url")
        }
    }

    @Test(
        "§10: what is no thumbprint is refused, and so are two",
        arguments: ["short", String(repeating: "A", count: 44), String(repeating: "+", count: 43)])
    func malformed(_ key: String) async throws {
        try await PushedRig.with(.sqlite) { way in
            let asked = try await way.open(way.plain(["dpop_jkt": key]))
            #expect(asked.reason == "dpop_jkt_malformed")
            let pushed = await way.push(["dpop_jkt": key])
            #expect(pushed.body["error"] == "invalid_request")
            let two = way.plain(["dpop_jkt": String(repeating: "A", count: 43)]) + "&dpop_jkt=x"
            let repeated = try await way.open(two)
            #expect(repeated.reason == "parameter_repeated")
        }
    }
}
