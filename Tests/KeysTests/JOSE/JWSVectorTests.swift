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

    @Test("RFC 7515 appendix A.2: RS256")
    func rs256() throws {
        let token =
            "eyJhbGciOiJSUzI1NiJ9.\(Self.joe)."
            + "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujG"
            + "bds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K"
            + "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6"
            + "LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        let verified = try JWS.read(token).verified(
            by: JWSPublicKey(jwk: Self.rs256Key), allowing: [.rs256], type: nil)
        #expect(verified.claims["iss"] == "joe")
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
