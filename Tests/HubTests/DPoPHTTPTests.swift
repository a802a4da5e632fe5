import Core
import Hub
import Keys
import Outbound
import Ports
import TestSupport
import Testing

@Suite("Bound tokens over HTTP") struct DPoPHTTPTests {
    /// A caller that holds a key, and a token that is bound to it.
    private struct Holder: Sendable {
        let test: TestHub
        let key: JWSPrivateKey
        var token = ""

        init(_ test: TestHub) throws {
            self.test = test
            key = try JWSPrivateKey.make(.es256)
        }

        /// A proof for a call of this hub; with the hash of the token unless it is for the token endpoint.
        func proof(
            _ method: String, _ path: String, id: String, nonce: String? = nil, host: String? = nil
        ) throws -> String {
            var claims: JSONObject = [
                "htm": .string(method), "htu": .string((host ?? test.hub.url) + path), "jti": .string(id),
                "iat": .int(test.clock.now.epochSeconds),
            ]
            if !token.isEmpty { claims["ath"] = .string(Base64URL.encode(Hashing.sha256(Array(token.utf8)))) }
            claims["nonce"] = nonce.map { .string($0) }
            return try JWS.sign(claims, header: ["typ": "dpop+jwt", "jwk": key.publicKey.jwk], with: key)
        }

        /// The same holder with a token, by the nonce that the first answer hands out.
        func withToken(_ caller: TestCaller) async throws -> Holder {
            var nonce: String?
            for id in ["t1", "t2"] {
                let reply = try await test.send(
                    "POST", "/oauth2/token", body: "grant_type=client_credentials&scope=all.tables",
                    type: "application/x-www-form-urlencoded",
                    headers: [
                        ("Authorization", "Basic " + Base64.encode(caller.basic)),
                        ("DPoP", try proof("POST", "/oauth2/token", id: id, nonce: nonce)),
                    ])
                nonce = reply.header("dpop-nonce")
                guard reply.status == 200 else { continue }
                var holder = self
                holder.token = try #require(try reply.json["access_token"]?.string)
                #expect(try reply.json["token_type"] == "DPoP")
                return holder
            }
            throw HubError(.internal, "test", "no bound token")
        }

        func call(
            _ path: String, scheme: String = "DPoP", method: String = "GET", _ proofs: [String],
            override: String? = nil
        ) async throws -> OutboundReply {
            var headers = [("Authorization", "\(scheme) \(token)")] + proofs.map { ("DPoP", $0) }
            if let override { headers.append(("X-HTTP-Method-Override", override)) }
            return try await test.send(method, path, headers: headers)
        }
    }

    private static let path = "/api/now/table/incident"

    @Test("RFC 9449 §7: each call with a proof of its own", arguments: TestStore.allCases)
    func calls(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            let caller = try await test.caller("app", roles: ["admin"], scopes: [.tables])
            let holder = try await Holder(test).withToken(caller)
            let proof = try holder.proof("GET", Self.path, id: "1")
            let first = try await holder.call(Self.path + "?sysparm_limit=1", [proof])
            #expect(first.status == 200)
            let again = try await holder.call(Self.path, [proof])
            #expect(again.status == 401)
            #expect(try await test.row(of: again)["reason"] == "dpop_used")
            // The path as it was sent, not as the hub spells it.
            let versioned = "/api/now/v2/table/incident"
            let other = try await holder.call(versioned, [try holder.proof("GET", versioned, id: "2")])
            #expect(other.status == 200)
            // The method as it was sent.
            let overridden = try await holder.call(
                Self.path, method: "POST", [try holder.proof("POST", Self.path, id: "3")], override: "GET")
            #expect(overridden.status == 200)
        }
    }

    @Test("RFC 9449 §7.1, §7.2: what is refused, and what the caller is told")
    func refusals() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("app", roles: ["admin"], scopes: [.tables])
            let holder = try await Holder(test).withToken(caller)
            let thief = try Holder(test)
            var stolen = thief
            stolen.token = holder.token
            let rows: [(reason: String, error: String, reply: OutboundReply)] = [
                ("token_bound", "invalid_token", try await holder.call(Self.path, scheme: "Bearer", [])),
                ("dpop_missing", "invalid_dpop_proof", try await holder.call(Self.path, [])),
                (
                    "dpop_other_key", "invalid_token",
                    try await stolen.call(Self.path, [try stolen.proof("GET", Self.path, id: "1")])
                ),
                (
                    "dpop_invalid", "invalid_dpop_proof",
                    try await holder.call(Self.path, [try holder.proof("POST", Self.path, id: "2")])
                ),
                (
                    "dpop_invalid", "invalid_dpop_proof",
                    try await holder.call(
                        Self.path, [try holder.proof("GET", Self.path, id: "3", host: "https://evil.example")])
                ),
                (
                    "dpop_nonce", "use_dpop_nonce",
                    try await holder.call(Self.path, [try holder.proof("GET", Self.path, id: "4", nonce: "old")])
                ),
            ]
            for row in rows {
                #expect(row.reply.status == 401)
                let challenge = row.reply.header("www-authenticate") ?? ""
                #expect(challenge.hasPrefix("DPoP realm=\"linchpin\", error=\"\(row.error)\""))
                #expect(challenge.contains("algs=\"ES256 EdDSA PS256 RS256\""))
                #expect((row.reply.header("dpop-nonce") != nil) == (row.reason == "dpop_nonce"))
                let log = try await test.row(of: row.reply)
                #expect(log["reason"]?.string == row.reason)
                #expect(log["decision"]?["deciding"] == "binding")
            }
            // A bearer token with the scheme DPoP.
            var plain = holder
            plain.token = caller.token
            let unbound = try await plain.call(Self.path, [try plain.proof("GET", Self.path, id: "5")])
            #expect(try await test.row(of: unbound)["reason"] == "token_not_bound")
        }
    }

    @Test("explain supposes the proof of a bound token")
    func explained() async throws {
        try await TestHub.with { test in
            let caller = try await test.caller("app", roles: ["admin"], scopes: [.tables])
            let holder = try await Holder(test).withToken(caller)
            let answer = try await test.post(
                "/decisions/explain", ["method": "GET", "path": .string(Self.path), "token": .string(holder.token)])
            #expect(answer["allowed"] == true)
            let binding = answer["checks"]?.array?.first { $0["check"] == "binding" }
            #expect(binding?["evidence"] == "The token is bound to a key; a proof of it is supposed.")
        }
    }

    @Test(
        "a client that must prove its key from now on: explain supposes a bound token, the report sees those of before",
        arguments: TestStore.allCases)
    func fromNowOn(_ store: TestStore) async throws {
        try await TestHub.with(store) { test in
            _ = try await test.caller("app", roles: ["admin"], scopes: [.tables])
            func stolen() async throws -> JSON? {
                let report = try await test.post("/clients/app/report", [:])
                return report["rows"]?.array?.first { $0["rule"] == "A stolen access token is of no use" }
            }
            func binding(_ path: String) async throws -> (whole: JSON, check: JSON?) {
                let answer = try await test.post(
                    "/decisions/explain", ["method": "GET", "path": .string(path), "client": "app"])
                return (answer, answer["checks"]?.array?.first { $0["check"] == "binding" })
            }
            let plain = try await binding(Self.path)
            #expect(plain.check?["evidence"] == "The token is bound to no key.")
            #expect(plain.whole["left_out"] == nil)
            _ = try await test.admin.call("PATCH", "/clients/app", ["requires_dpop": true])
            let bound = try await binding(Self.path + "?sysparm_limit=1")
            #expect(bound.check?["evidence"] == "The token is bound to a key; a proof of it is supposed.")
            #expect(bound.whole["allowed"] == true)
            #expect(bound.whole["left_out"] == "The query was left out: it decides nothing.")

            let before = try await stolen()
            #expect(before?["grade"] == "weak")
            #expect(before?["change"]?.string?.hasSuffix("linchpin client revoke-tokens app") == true)
            try await test.post("/clients/app/revoke-tokens", [:])
            #expect(try await stolen()?["grade"] == "good")
        }
    }
}
