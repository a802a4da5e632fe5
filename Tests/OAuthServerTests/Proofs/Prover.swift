import Core
import Keys
import OAuthServer
import TestSupport

/// A key pair of a caller, and the proofs of possession that it signs.
struct Prover: Sendable {
    let key: JWSPrivateKey

    init(_ algorithm: JWSAlgorithm = .es256) throws { key = try JWSPrivateKey.make(algorithm) }

    /// The public half as it stands in a proof.
    var jwk: JSON {
        var members = key.publicKey.jwk.object ?? [:]
        members["kid"] = nil
        return .object(members)
    }

    static func claims(
        _ method: String, _ url: String, at now: Timestamp, id: String = "p1", _ more: JSONObject = [:]
    ) -> JSONObject {
        let own: JSONObject = [
            "htm": .string(method), "htu": .string(url), "iat": .int(now.epochSeconds), "jti": .string(id),
        ]
        return own.with(more)
    }

    func sign(_ claims: JSONObject, header: JSONObject = [:]) throws -> String {
        let own: JSONObject = ["typ": "dpop+jwt", "jwk": jwk]
        return try JWS.sign(claims, header: own.with(header), with: key)
    }
}
