import Core
import Testing

@testable import Keys

/// Published vectors: what others sign, we verify.
struct JWSVectorTests {
    private static let joe =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    private static let es256Key: JSON = [
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    ]
    private static let rs256Key: JSON = [
        "kty": "RSA", "e": "AQAB",
        "n": .string(
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4Ql"
                + "L-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs"
                + "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoud"
                + "F8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"),
    ]

    @Test("RFC 7515 appendix A.3: ES256")
    func es256() throws {
        let token =
            "eyJhbGciOiJFUzI1NiJ9.\(Self.joe)."
            + "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
        let verified = try JWS.read(token).verified(
            by: JWSPublicKey(jwk: Self.es256Key), allowing: [.es256], type: nil)
        #expect(verified.claims["iss"] == "joe")
        #expect(verified.claims["exp"] == 1_300_819_380)
    }

    private static let rs256Signature =
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG"
        + "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
        + "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
        + "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"

    @Test("RFC 7515 appendix A.2: RS256")
    func rs256() throws {
        let token = "eyJhbGciOiJSUzI1NiJ9.\(Self.joe).\(Self.rs256Signature)"
        let verified = try JWS.read(token).verified(
            by: JWSPublicKey(jwk: Self.rs256Key), allowing: [.rs256], type: nil)
        #expect(verified.claims["iss"] == "joe")
    }

    /// The private members of the key of RFC 7515 appendix A.2: d, p, q, dp, dq, qi.
    private static let rs256Private: [String] = [
        "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXO"
            + "oAJe46sui395IW_GO-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51"
            + "gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3c"
            + "cPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ",
        "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5P"
            + "JdTJNPY8cQn7ouZ2KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc",
        "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZ"
            + "D_YwD66t62wDmpe_HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc",
        "BwKfV3Akq5_MFZDFZCnW-wzl-CCo83WoZvnLQwCTeDv8uzluRSnm71I3QCLdhrqE2e9YkxvuxdBfpT_PI7Yz-FOKnu1R"
            + "6HsJeDCjn12Sk3vmAktV2zb34MCdy7cpdTh_YVr7tss2u6vneTwrA86rZtu5Mbr1C1XsmvkxHQAdYo0",
        "h_96-mK1R_7glhsum81dZxjTnYynPbZpHziZjeeHcXYsXaaMwkOlODsWa7I9xXDoRwbKgB719rrmI2oKr6N3Do9U0aja"
            + "HF-NKJnwgjMd2w9cjz3_-kyNlxAr2v4IKhGNpmM5iIgOS1VZnOZ68m6_pbLBSp3nssTdlqvd0tIiTHU",
        "IYd7DHOhrWvxkwPQsRM2tOgrjbcrfvtQJipd-DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd_QJQ3ydy5cY7Y"
            + "IBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp_gh6A5603k2-ZQwVK0JKSHuLFkuQ3U",
    ]

    @Test("RFC 7515 appendix A.2: RS256 signs alike")
    func rs256Signs() throws {
        let texts = try ["n", "e"].map { try #require(Self.rs256Key[$0]?.string) } + Self.rs256Private
        let numbers = try texts.map { DER.number(try #require(Base64URL.decode($0))) }
        // RFC 8017 appendix A.1.2 inside RFC 5958 §2.
        let inner = DER.sequence([DER.number([0])] + numbers)
        let der = DER.sequence([DER.number([0]), DER.rsaEncryption, DER.octets(inner)])
        // RFC 7468 §2 (MUST): lines of 64 characters.
        let text = Array(base64(der).utf8)
        let lines = stride(from: 0, to: text.count, by: 64).map {
            String(decoding: text[$0..<min($0 + 64, text.count)], as: UTF8.self)
        }
        let pem = (["-----BEGIN PRIVATE KEY-----"] + lines + ["-----END PRIVATE KEY-----", ""]).joined(separator: "\n")
        let key = try JWSPrivateKey(pem: Secret(pem))
        #expect(key.algorithm == .rs256)
        #expect(try key.publicKey == JWSPublicKey(jwk: Self.rs256Key))
        let signature = try key.sign(Array("eyJhbGciOiJSUzI1NiJ9.\(Self.joe)".utf8))
        // Deterministic (RFC 8017 §8.2.1).
        #expect(Base64URL.encode(signature) == Self.rs256Signature)
    }

    @Test("RFC 8037 appendix A.1, A.3, A.4: Ed25519 verifies, signs alike, and has its thumbprint")
    func ed25519() throws {
        let key = try JWSPublicKey(
            jwk: ["kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])
        let input = Array("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".utf8)
        let signature = try #require(
            Base64URL.decode(
                "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"))
        #expect(key.verifies(signature, of: input, as: .edDSA))
        #expect(key.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        let seed = try #require(Base64URL.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))
        let pem =
            "-----BEGIN PRIVATE KEY-----\n" + base64(PKCS8.ed25519Beginning + seed) + "\n-----END PRIVATE KEY-----\n"
        let own = try JWSPrivateKey(pem: Secret(pem))
        #expect(own.publicKey == key)
        // Deterministic (RFC 8032 §5.1.6).
        #expect(try own.sign(input) == signature)
    }

    @Test("RFC 7638 §3.1: thumbprint of an RSA key, its own alg and kid left out")
    func thumbprint() throws {
        let key = try JWSPublicKey(
            jwk: [
                "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
                "n": .string(
                    "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWK"
                        + "RXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMic"
                        + "AtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3"
                        + "XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"),
            ])
        #expect(key.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        #expect(key.id == "2011-04-29")
        #expect(key.algorithms == [.rs256])
    }

    @Test(
        "RFC 7515 appendix A: what is signed by HMAC or by nobody is refused",
        arguments: [
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.\(joe).dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            "eyJhbGciOiJub25lIn0.\(joe).",
        ])
    func refused(token: String) {
        #expect(throws: JWSProblem.algorithmUnknown) { try JWS.read(token) }
    }
}

/// Base64 with padding, which nothing but a PEM needs.
private func base64(_ bytes: [UInt8]) -> String {
    let text = Base64URL.encode(bytes).replacing("-", with: "+").replacing("_", with: "/")
    return text + String(repeating: "=", count: (4 - text.count % 4) % 4)
}

/// As much of DER as an RSA key takes.
private enum DER {
    /// RFC 8017 appendix A.1: rsaEncryption, NULL.
    static let rsaEncryption: [UInt8] = [
        0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00,
    ]

    static func sequence(_ parts: [[UInt8]]) -> [UInt8] { tagged(0x30, parts.flatMap(\.self)) }
    static func octets(_ bytes: [UInt8]) -> [UInt8] { tagged(0x04, bytes) }
    /// A number that is not negative.
    static func number(_ bytes: [UInt8]) -> [UInt8] {
        tagged(0x02, bytes.first.map { $0 > 0x7F } ?? true ? [0] + bytes : bytes)
    }

    private static func tagged(_ tag: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        guard bytes.count > 0x7F else { return [tag, UInt8(bytes.count)] + bytes }
        guard bytes.count > 0xFF else { return [tag, 0x81, UInt8(bytes.count)] + bytes }
        return [tag, 0x82, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
    }
}
