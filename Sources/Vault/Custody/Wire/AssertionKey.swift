import Core
import Keys

/// Assertions that a credential's private key signs: the client's own (RFC 7523 §2.2), and those that are a grant (§2.1).
enum AssertionKey {
    /// Throws `HubError` unless the secret is a private key that signs.
    static func check(_ secret: Secret) throws {
        do { _ = try JWSPrivateKey(pem: secret) } catch {
            throw HubError(
                .invalid, "bad_secret",
                "\"secret\" must be a private key as unencrypted PKCS#8 PEM: EC P-256, P-384, or RSA of 2048 bits and more."
            )
        }
    }

    /// Proves the client at an endpoint (RFC 7523 §3): five minutes long, and for this one time.
    static func clientAssertion(_ client: TokenEndpoint.Client, for url: String, _ effects: Effects) throws -> Secret {
        try sign(client, subject: client.settings.clientID, audience: url, effects)
    }

    /// Speaks for an account, as the grant itself.
    static func grantAssertion(_ client: TokenEndpoint.Client, _ effects: Effects) throws -> Secret {
        let settings = client.settings
        return try sign(
            client, subject: settings.subject ?? settings.clientID, audience: settings.audience ?? settings.tokenURL,
            effects)
    }

    private static func sign(
        _ client: TokenEndpoint.Client, subject: String, audience: String, _ effects: Effects
    ) throws -> Secret {
        let now = effects.now().epochSeconds
        var header: JSONObject = ["typ": "JWT"]
        header["kid"] = client.settings.keyID.map { .string($0) }
        let claims: JSONObject = [
            "iss": .string(client.settings.clientID), "sub": .string(subject), "aud": .string(audience),
            "iat": .int(now), "exp": .int(now + 300), "jti": .string(Hex.encode(effects.randomBytes(16))),
        ]
        return Secret(try JWS.sign(claims, header: header, with: JWSPrivateKey(pem: client.secret)))
    }
}

/// Proofs of possession (RFC 9449 §4.2).
enum DPoP {
    /// - Parameter token: the access token beside which it goes; nil at the token endpoint.
    static func proof(
        _ key: JWSPrivateKey, _ method: String, _ url: String, nonce: String?, token: Secret?, _ effects: Effects
    ) throws -> String {
        // htu: the address without query and fragment.
        let bare =
            url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? url
        var claims: JSONObject = [
            "jti": .string(Hex.encode(effects.randomBytes(16))), "htm": .string(method), "htu": .string(bare),
            "iat": .int(effects.now().epochSeconds),
        ]
        claims["nonce"] = nonce.map { .string($0) }
        claims["ath"] = token.map { .string(Base64URL.encode(MachineSecret.hash($0))) }
        return try JWS.sign(
            claims, header: ["typ": "dpop+jwt", "jwk": key.publicKey.jwk], with: key)
    }
}
