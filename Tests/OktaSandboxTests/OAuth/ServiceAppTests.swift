import Core
import Keys
import OktaSandbox
import Testing

struct ServiceAppTests {
    @Test("a signed request gets a token without a refresh token; scopes too many are dropped")
    func granted() throws {
        var play = try Play()
        let reply = try play.serviceToken("okta.users.read okta.apps.read").json
        #expect(reply["scope"] == "okta.users.read")
        #expect(reply["token_type"] == "Bearer")
        #expect(reply["refresh_token"] == nil)
        #expect(reply["id_token"] == nil)
    }

    @Test(
        "client_credentials and client_assertion, row by row",
        arguments: [
            TokenRow("no scope", 400, "invalid_scope", "No scopes were requested") { try $0.serviceToken("") },
            TokenRow("openid", 400, "invalid_scope", "openid") { try $0.serviceToken("openid") },
            TokenRow("nothing granted", 400, "consent_required", "not allowed any") {
                try $0.serviceToken("okta.apps.read")
            },
            TokenRow("another assertion type", 400, "invalid_request", "client_assertion_type") { play in
                play.token(
                    [
                        ("grant_type", "client_credentials"), ("client_assertion", try play.assertion()),
                        ("client_assertion_type", "jwt"),
                    ], headers: [])
            },
            TokenRow("garbage", 401, "invalid_client", "parsing") { try $0.serviceToken("x", assertion: "a.b.c") },
            TokenRow("expired", 401, "invalid_client", "is expired") { play in
                let exp = JSON.int(play.now.epochSeconds)
                return try play.serviceToken("x", assertion: play.assertion(["exp": exp]))
            },
            TokenRow("no exp", 401, "invalid_client", "must contain the 'exp'") { play in
                try play.serviceToken("x", assertion: play.assertion(["exp": .none]))
            },
            TokenRow("exp as a text", 401, "invalid_client", "must contain the 'exp'") { play in
                try play.serviceToken("x", assertion: play.assertion(["exp": "1900000000"]))
            },
            TokenRow("an hour and a second ahead", 401, "invalid_client", "too far into the future") { play in
                let exp = JSON.int(play.now.epochSeconds + 3_601)
                return try play.serviceToken("x", assertion: play.assertion(["exp": exp]))
            },
            TokenRow("issued in the future", 401, "invalid_client", "issued before the current time") { play in
                let iat = JSON.int(play.now.epochSeconds + 1)
                return try play.serviceToken("x", assertion: play.assertion(["iat": iat]))
            },
            TokenRow("used before", 401, "invalid_client", "already been used") { play in
                let signed = try play.assertion()
                #expect(try play.serviceToken("okta.users.read", assertion: signed).status == 200)
                return try play.serviceToken("okta.users.read", assertion: signed)
            },
            TokenRow("another key under the same kid", 401, "invalid_client", "signature is invalid") { play in
                try play.serviceToken("x", assertion: play.assertion(key: try JWSPrivateKey.make(.es256)))
            },
            TokenRow("an unknown kid", 401, "invalid_client", "kid is invalid") { play in
                try play.serviceToken("x", assertion: play.assertion(header: ["kid": "other"]))
            },
            TokenRow("an algorithm of another kind of key", 401, "invalid_client", "signature algorithm") { play in
                try play.serviceToken("x", assertion: play.assertion(key: try JWSPrivateKey.make(.edDSA)))
            },
            TokenRow("an unknown issuer", 401, "invalid_client", "issuer claim") { play in
                try play.serviceToken("x", assertion: play.assertion(["iss": "0oaNobody"]))
            },
            TokenRow("another subject", 401, "invalid_client", "subject claim") { play in
                try play.serviceToken("x", assertion: play.assertion(["sub": .string(play.web)]))
            },
            TokenRow("the issuer as audience", 401, "invalid_client", "must be the endpoint invoked") { play in
                try play.serviceToken("x", assertion: play.assertion(["aud": "http://127.0.0.1:9001"]))
            },
            TokenRow("a client without keys", 401, "invalid_client", "JWKSet configured") { play in
                let claims: [String: JSON?] = ["iss": .string(play.web), "sub": .string(play.web)]
                return try play.serviceToken("x", assertion: play.assertion(claims))
            },
            TokenRow("another client_id beside it", 401, "invalid_client", "'client_id'") { play in
                play.token(
                    [
                        ("grant_type", "client_credentials"), ("client_id", play.web),
                        ("client_assertion", try play.assertion()),
                        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
                    ], headers: [])
            },
            TokenRow("a service app with a secret", 401, "invalid_client", "private_key_jwt") { play in
                var draft = AppDraft(
                    label: "s", kind: "service", method: "client_secret_basic", secret: Secret("s"),
                    grantTypes: ["client_credentials"])
                draft.scopes = TrialApps.scopes
                let id = try play.org.add(draft, at: noon)
                return play.token(
                    [("grant_type", "client_credentials"), ("scope", "okta.users.read")],
                    headers: [("authorization", "Basic " + Play.base64("\(id):s"))])
            },
            TokenRow("a web app with client_credentials", 401, "invalid_client", "'application_type' of 'service'") {
                play in
                var draft = AppDraft.web(secret: "s")
                draft.grantTypes = ["authorization_code", "client_credentials"]
                let id = try play.org.add(draft, at: noon)
                return play.token(
                    [("grant_type", "client_credentials"), ("scope", "okta.users.read")],
                    headers: [("authorization", "Basic " + Play.base64("\(id):s"))])
            },
        ])
    func refused(row: TokenRow) throws {
        var play = try Play()
        try row.check(&play)
    }

    @Test("an audience among others, and no kid with one key, are accepted")
    func lenient() throws {
        var play = try Play()
        let audience: JSON = ["https://else.example", "http://127.0.0.1:9001/oauth2/v1/token"]
        #expect(try play.serviceToken("okta.users.read", assertion: play.assertion(["aud": audience])).status == 200)
        #expect(try play.serviceToken("okta.users.read", assertion: play.assertion(header: [:])).status == 200)
    }

    @Test("a refused assertion is not used up")
    func notSpent() throws {
        var play = try Play()
        let signed = try play.assertion()
        #expect(try play.serviceToken("okta.users.read", assertion: signed + "A").status == 401)
        #expect(try play.serviceToken("okta.users.read", assertion: signed).status == 200)
    }
}

struct DPoPTests {
    /// A proof that is bent, and Okta's answer.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let description: String
        let proof: @Sendable (inout Play, JWSPrivateKey, String) throws -> [(name: String, value: String)]
        var testDescription: String { name }

        init(
            _ name: String, _ description: String,
            _ proof: @escaping @Sendable (inout Play, JWSPrivateKey, String) throws -> [(name: String, value: String)]
        ) {
            self.name = name
            self.description = description
            self.proof = proof
        }
    }

    @Test("the nonce dance, then a bound token; the nonce lives on for three days")
    func nonce() throws {
        var play = try Play()
        let key = try JWSPrivateKey.make(.es256)
        let nonce = try play.nonce(key)
        let reply = try play.serviceToken(
            "okta.users.read", headers: [play.proof(key, ["nonce": .string(nonce)])])
        #expect(try reply.json["token_type"] == "DPoP")
        play.now = noon.adding(seconds: 3 * 86_400)
        #expect(
            try play.serviceToken("okta.users.read", headers: [play.proof(key, ["nonce": .string(nonce)])]).status
                == 200)
        #expect(try play.nonce(key) != nonce)
        play.now = noon.adding(seconds: 4 * 86_400)
        let late = try play.serviceToken("okta.users.read", headers: [play.proof(key, ["nonce": .string(nonce)])])
        #expect(late.error == "use_dpop_nonce")
    }

    @Test(
        "RFC 9449 §4.3: what makes a proof invalid",
        arguments: [
            Row("two proofs", "Multiple DPoP proof") { play, key, nonce in
                try [play.proof(key, ["nonce": .string(nonce)]), play.proof(key, ["nonce": .string(nonce)])]
            },
            Row("garbage", "cannot be parsed") { _, _, _ in [("dpop", "x")] },
            Row("another typ", "'typ' must be 'dpop+jwt'") { play, key, nonce in
                try [play.proof(key, ["nonce": .string(nonce)], header: ["typ": "JWT", "jwk": key.publicKey.jwk])]
            },
            Row("no key", "cannot be parsed") { play, key, nonce in
                try [play.proof(key, ["nonce": .string(nonce)], header: ["typ": "dpop+jwt"])]
            },
            Row("another's key", "signature is invalid") { play, key, nonce in
                let other = try JWSPrivateKey.make(.es256).publicKey.jwk
                return try [play.proof(key, ["nonce": .string(nonce)], header: ["typ": "dpop+jwt", "jwk": other])]
            },
            Row("EdDSA", "signature algorithm is invalid") { play, _, nonce in
                try [play.proof(try JWSPrivateKey.make(.edDSA), ["nonce": .string(nonce)])]
            },
            Row("another method", "'htm'") { play, key, nonce in
                try [play.proof(key, ["nonce": .string(nonce), "htm": "GET"])]
            },
            Row("another address", "'htu'") { play, key, nonce in
                try [play.proof(key, ["nonce": .string(nonce), "htu": "https://else.example/oauth2/v1/token"])]
            },
            Row("no iat", "'iat'") { play, key, nonce in
                try [play.proof(key, ["nonce": .string(nonce), "iat": .none])]
            },
            Row("issued in the future", "in the future") { play, key, nonce in
                let iat = JSON.int(play.now.epochSeconds + 1)
                return try [play.proof(key, ["nonce": .string(nonce), "iat": iat])]
            },
            Row("too old", "more than five minutes") { play, key, nonce in
                let iat = JSON.int(play.now.epochSeconds - 301)
                return try [play.proof(key, ["nonce": .string(nonce), "iat": iat])]
            },
            Row("expired", "is expired") { play, key, nonce in
                let exp = JSON.int(play.now.epochSeconds)
                return try [play.proof(key, ["nonce": .string(nonce), "exp": exp])]
            },
            Row("no jti", "'jti'") { play, key, nonce in
                try [play.proof(key, ["nonce": .string(nonce), "jti": .none])]
            },
            Row("used before", "already been used") { play, key, nonce in
                let proof = try play.proof(key, ["nonce": .string(nonce)])
                #expect(try play.serviceToken("okta.users.read", headers: [proof]).status == 200)
                return [proof]
            },
        ])
    func invalid(row: Row) throws {
        var play = try Play()
        let key = try JWSPrivateKey.make(.es256)
        let nonce = try play.nonce(key)
        let reply = try play.serviceToken("okta.users.read", headers: row.proof(&play, key, nonce))
        #expect(reply.status == 400)
        #expect(reply.error == "invalid_dpop_proof")
        #expect(reply.errorDescription.contains(row.description), "\(reply.errorDescription)")
    }

    @Test("an application that requires proofs gets nothing without one, and its refresh token is bound")
    func required() throws {
        var play = try Play()
        var draft = AppDraft.web(secret: Play.secret)
        draft.requiresDPoP = true
        let bound = try play.org.add(draft, at: noon)
        let headers = [(name: "authorization", value: "Basic " + Play.base64("\(bound):\(Play.secret)"))]
        let key = try JWSPrivateKey.make(.es256)
        let nonce = JSON.string(try play.nonce(key))
        func redeem(_ more: [(name: String, value: String)], _ play: inout Play) throws -> SandboxReply {
            let code = try play.code(["client_id": bound])
            return play.token(
                [
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", Play.back),
                    ("code_verifier", Play.verifier),
                ], headers: headers + more)
        }
        #expect(try redeem([], &play).errorDescription == "The DPoP proof JWT header is missing.")
        let tokens = try redeem([try play.proof(key, ["nonce": nonce])], &play).json
        let first = try #require(tokens["refresh_token"]?.string)
        let again = [("grant_type", "refresh_token"), ("refresh_token", first)]
        #expect(
            play.token(again, headers: headers + [try play.proof(try JWSPrivateKey.make(.es256), ["nonce": nonce])])
                .errorDescription == "Invalid DPoP Public Key binding in refresh token")
        #expect(play.token(again, headers: headers + [try play.proof(key, ["nonce": nonce])]).status == 200)
    }

    @Test("at the API: the scheme, the proof, its key and its ath (RFC 9449 §7.1)")
    func resource() throws {
        var play = try Play()
        let key = try JWSPrivateKey.make(.es256)
        let nonce = JSON.string(try play.nonce(key))
        let access = try #require(
            try play.serviceToken("okta.users.read", headers: [play.proof(key, ["nonce": nonce])]).json["access_token"]?
                .string)
        let ath = JSON.string(Base64URL.encode(Hashing.sha256(Array(access.utf8))))
        func ask(
            _ play: inout Play, _ scheme: String, _ proof: (name: String, value: String)?
        ) -> SandboxReply {
            play.org.send(
                "GET", "/api/v1/users", authorization: "\(scheme) \(access)", more: proof.map { [$0] } ?? [])
        }
        func proof(_ play: inout Play, _ key: JWSPrivateKey, _ ath: JSON?) throws -> (name: String, value: String) {
            try play.proof(key, ["ath": ath], method: "GET", path: "/api/v1/users")
        }
        #expect(ask(&play, "DPoP", try proof(&play, key, ath)).status == 200)
        #expect(ask(&play, "DPoP", nil).errorDescription == "The resource request requires a DPoP proof.")
        #expect(ask(&play, "Bearer", try proof(&play, key, ath)).errorDescription.contains("must use the DPoP"))
        #expect(ask(&play, "DPoP", try proof(&play, key, nil)).errorDescription.contains("'ath'"))
        let stranger = try JWSPrivateKey.make(.es256)
        #expect(ask(&play, "DPoP", try proof(&play, stranger, ath)).errorDescription.contains("not bound"))
        let plain = try #require(try play.serviceToken("okta.users.read").json["access_token"]?.string)
        let unbound = play.org.send("GET", "/api/v1/users", authorization: "DPoP \(plain)")
        #expect(unbound.status == 401)
        #expect(unbound.header("WWW-Authenticate")?.contains("not DPoP bound") == true)
    }
}
