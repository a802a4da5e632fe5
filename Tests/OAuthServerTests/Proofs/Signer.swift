import Core
import Keys
import OAuthServer
import TestSupport
import Testing

/// A key pair of a client, and the assertions that it signs.
struct Signer: Sendable {
    let key: JWSPrivateKey
    let id: String

    init(_ algorithm: JWSAlgorithm = .es256, id: String = "k1") throws {
        key = try JWSPrivateKey.make(algorithm)
        self.id = id
    }

    /// The public half, as a client registers it.
    var jwk: JSON { key.publicKey.named(id).jwk }
    var jwks: JSON { ["keys": [jwk]] }

    /// What a good assertion of that client claims.
    static func claims(_ client: String, at now: Timestamp, id: String = "a1") -> JSONObject {
        [
            "iss": .string(client), "sub": .string(client), "aud": .string(OAuthDesk.issuer + "/oauth2/token"),
            "exp": .int(now.epochSeconds + 300), "iat": .int(now.epochSeconds), "jti": .string(id),
        ]
    }

    /// Signed under the key's id; a header member that is null is left out.
    func sign(_ claims: JSONObject, header: JSONObject = [:]) throws -> String {
        let named: JSONObject = ["kid": .string(id)]
        return try JWS.sign(claims, header: named.with(header), with: key)
    }
}
extension OAuthDesk {
    /// A client with that key and no secret: its public id.
    func keyClient(
        _ signer: Signer, _ name: String = "robot", _ more: JSONObject = [:], as roles: Set<String>? = nil
    ) async throws -> String {
        let body: JSONObject = [
            "name": .string(name), "user": "svc.hr", "scopes": ["incident.read"], "jwks": signer.jwks,
        ]
        let made = try await run("client.create", "", body.with(more), as: roles)
        return try #require(made["client_id"]?.string)
    }

    /// A request for client credentials with that assertion.
    func assert(_ assertion: String, more: String = "") async -> TokenResponse {
        await send("grant_type=client_credentials&scope=incident.read&" + Self.form(assertion) + more)
    }

    static func form(_ assertion: String) -> String {
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion="
            + PercentEncoding.encode(assertion)
    }
}
