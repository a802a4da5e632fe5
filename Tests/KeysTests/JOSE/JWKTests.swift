import Core
import Testing

@testable import Keys

private func json(_ text: String) throws -> JSON { try JSON.read(text) }

struct JWKTests {
    @Test("each algorithm signs, seals, opens, verifies and prints nothing", arguments: JWSAlgorithm.allCases)
    func roundTrip(algorithm: JWSAlgorithm) throws {
        let made = try JWSPrivateKey.make(algorithm)
        let opened = try JWSPrivateKey(sealed: made.forSealing)
        #expect(opened.algorithm == algorithm)
        #expect(opened.publicKey == made.publicKey)
        let token = try JWS.sign(["sub": "mara"], header: ["kid": .string(opened.publicKey.thumbprint)], with: opened)
        let published = try JWKSet(JWKSet(publishing: [made.publicKey]).json)
        let read = try JWS.read(token)
        let id = try #require(read.keyID)
        let key = try #require(published.key(id: id))
        #expect(key.algorithms == [algorithm])
        #expect(try read.verified(by: key, allowing: [algorithm], type: nil).claims == ["sub": "mara"])
        let pem = made.pem.reveal { String(decoding: $0, as: UTF8.self) }
        #expect(pem.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        for text in ["\(made)", String(reflecting: made), "\(Mirror(reflecting: made).children.count)"] {
            #expect(text == "<private key \(algorithm.rawValue)>" || text == "0")
        }
    }

    @Test("a PEM names its kind of key; an RSA key signs as it is told")
    func pemKinds() throws {
        for algorithm in JWSAlgorithm.allCases where ![.rs384, .rs512, .ps256].contains(algorithm) {
            #expect(try JWSPrivateKey(pem: try JWSPrivateKey.make(algorithm).pem).algorithm == algorithm)
        }
        let pem = try JWSPrivateKey.make(.rs256).pem
        #expect(try JWSPrivateKey(pem: pem, as: .ps256).algorithm == .ps256)
        #expect(throws: HubError.self) { try JWSPrivateKey(pem: pem, as: .es256) }
    }

    @Test(
        "a PEM of something else is refused",
        arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
    func badPEM(text: String) {
        #expect { try JWSPrivateKey(pem: Secret(text)) } throws: { ($0 as? HubError)?.reason == "key_pem" }
        #expect { try JWSPublicKey(pem: text) } throws: { ($0 as? HubError)?.reason == "key_pem" }
    }

    @Test("a public key as openssl writes it")
    func publicPEM() throws {
        let key = try JWSPublicKey(
            pem: """
                -----BEGIN PUBLIC KEY-----
                MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
                -----END PUBLIC KEY-----
                """)
        #expect(key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        #expect(key.id == nil)
    }

    @Test(
        "a JWK that must not verify anything",
        arguments: [
            (
                "a point off the curve",
                #"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1"}"#
            ),
            (
                "the point at infinity",
                #"{"kty":"EC","crv":"P-256","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#
            ),
            (
                "a short coordinate",
                #"{"kty":"EC","crv":"P-256","x":"zc4ncPbEXUGDy-5v20t7WAczNXvp7xO6z248e9FURQ","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
            ),
            (
                "another curve's name",
                #"{"kty":"EC","crv":"P-384","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#
            ),
            ("secp256k1", #"{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}"#),
            (
                "X25519, which signs nothing",
                #"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
            ),
            ("31 bytes of Ed25519", #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"}"#),
            ("padding", #"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="}"#),
            ("RSA of 1024 bits", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"\(modulus(bytes: 128))\"}"),
            ("RSA of 2047 bits", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"\(modulus(bytes: 256, first: 0x7F))\"}"),
            ("RSA over the bound", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"\(modulus(bytes: 1_025))\"}"),
            (
                "a modulus with a zero in front",
                "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"\(modulus(bytes: 257, first: 0))\"}"
            ),
            ("an even exponent", "{\"kty\":\"RSA\",\"e\":\"Ag\",\"n\":\"\(modulus(bytes: 256))\"}"),
            ("an exponent of 1", "{\"kty\":\"RSA\",\"e\":\"AQ\",\"n\":\"\(modulus(bytes: 256))\"}"),
            ("no kty", #"{"crv":"Ed25519"}"#),
            (
                "use enc",
                #"{"kty":"OKP","crv":"Ed25519","use":"enc","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
            ),
            (
                "key_ops without verify",
                #"{"kty":"OKP","crv":"Ed25519","key_ops":["sign"],"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
            ),
            (
                "alg of another kind",
                #"{"kty":"OKP","crv":"Ed25519","alg":"ES256","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
            ),
            (
                "kid that is no text",
                #"{"kty":"OKP","crv":"Ed25519","kid":7,"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#
            ),
            ("no object", "[]"),
        ])
    func unusable(name: String, text: String) throws {
        let jwk = try json(text)
        #expect { try JWSPublicKey(jwk: jwk) } throws: { ($0 as? HubError)?.reason == "jwk_unusable" }
        // In a set it is passed over, with its reason.
        let set = try JWKSet(["keys": [jwk]])
        #expect(set.keys.isEmpty)
        #expect(set.passedOver.count == 1)
    }

    @Test("a private or symmetric key is refused, in a set too", arguments: ["d", "k", "p", "oth"])
    func privateKey(member: String) throws {
        var members = try #require(try JWSPrivateKey.make(.es256).publicKey.jwk.object)
        members[member] = "AAAA"
        let jwk = JSON.object(members)
        #expect { try JWSPublicKey(jwk: jwk) } throws: { ($0 as? HubError)?.reason == "jwk_private" }
        #expect { try JWKSet(["keys": [jwk]]) } throws: { ($0 as? HubError)?.reason == "jwk_private" }
    }

    @Test("a set has one key per kid, and no fallback")
    func sets() throws {
        let keys = try [JWSPrivateKey.make(.es256), JWSPrivateKey.make(.es256)].map(\.publicKey)
        let set = try JWKSet(JWKSet(publishing: [keys[0].named("a"), keys[1].named("b")]).json)
        #expect(set.key(id: "b") == keys[1])
        #expect(set.key(id: "b") != keys[0])
        #expect(set.key(id: "B") == nil)
        #expect(set.key(id: "") == nil)
        let doubled = JWKSet(publishing: [keys[0].named("a"), keys[1].named("a")]).json
        #expect { try JWKSet(doubled) } throws: { ($0 as? HubError)?.reason == "jwks_unusable" }
        let many = JSON.array(Array(repeating: keys[0].jwk, count: Limits.jwkSetKeys.value + 1))
        #expect { try JWKSet(["keys": many]) } throws: { ($0 as? HubError)?.reason == "jwks_unusable" }
        #expect { try JWKSet([]) } throws: { ($0 as? HubError)?.reason == "jwks_unusable" }
    }

    @Test("a key serves its own algorithms only (RFC 8725 §3.1)")
    func keyAlgorithms() throws {
        let rsa = try JWSPrivateKey(pem: try JWSPrivateKey.make(.rs256).pem, as: .ps256)
        let token = try JWS.read(try JWS.sign([:], header: [:], with: rsa))
        var members = try #require(rsa.publicKey.jwk.object)
        members["alg"] = "RS256"
        let strict = try JWSPublicKey(jwk: .object(members))
        #expect(throws: JWSProblem.algorithmDoesNotFitKey) {
            try token.verified(by: strict, allowing: Set(JWSAlgorithm.allCases), type: nil)
        }
        members["alg"] = nil
        let open = try JWSPublicKey(jwk: .object(members))
        #expect(try token.verified(by: open, allowing: [.ps256], type: nil).algorithm == .ps256)
        #expect(throws: JWSProblem.algorithmNotAllowed) {
            try token.verified(by: open, allowing: [.rs256], type: nil)
        }
        let curve = try JWSPrivateKey.make(.es384).publicKey
        #expect(throws: JWSProblem.algorithmDoesNotFitKey) {
            try token.verified(by: curve, allowing: [.ps256], type: nil)
        }
    }

    @Test("a header's jwk is a key of the sender's choice, and says so")
    func embedded() throws {
        let key = try JWSPrivateKey.make(.es256)
        let token = try JWS.sign(["jti": "1"], header: ["typ": "dpop+jwt", "jwk": key.publicKey.jwk], with: key)
        let read = try JWS.read(token)
        let embedded = try #require(read.embeddedKey)
        #expect(embedded.thumbprint == key.publicKey.thumbprint)
        #expect(try read.verified(by: embedded, allowing: [.es256], type: "dpop+jwt").claims["jti"] == "1")
    }
}

private func modulus(bytes: Int, first: UInt8 = 0xC1) -> String {
    Base64URL.encode([first] + [UInt8](repeating: 0xA5, count: bytes - 1))
}
