import Core
import Keys
import Ports

/// What an ID token says (OpenID Connect Core 1.0 §2, §3.1.3.6).
enum IDToken {
    /// `typ` of its header.
    static let type = "JWT"

    /// - Parameters:
    ///   - nonce: of the request for the code (§3.1.2.1); nil at a refresh (§12.2, SHOULD NOT).
    ///   - accessToken: the one that it comes with.
    static func claims(
        _ grant: Grant, nonce: String?, accessToken: Secret, for client: Client, issuer: String, at now: Timestamp
    ) -> JSONObject {
        let carried = grant.carried
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": .string(grant.user.id.rawValue), "aud": .string(client.publicID),
            "exp": .int(now.epochSeconds + Int64(Limits.idTokenSeconds.value)), "iat": .int(now.epochSeconds),
            "at_hash": .string(hash(of: accessToken, by: client.settings.openID.algorithm)),
        ]
        // §12.2 (MUST): of the sign-in itself, at a refresh too.
        if let moment = carried.signedInAt { claims["auth_time"] = .int(moment.epochSeconds) }
        if let nonce { claims["nonce"] = .string(nonce) }
        if let session = carried.session { claims["sid"] = .string(mark(of: session, for: client.publicID)) }
        let asked = carried.claims?["id_token"]?.texts ?? []
        for claim in PersonClaims.of(grant.user, scopes: grant.scopes, names: asked).members {
            claims[claim.name] = claim.value
        }
        return claims
    }

    /// §3.1.3.6: the left half of the hash of the token's text, by the hash of the algorithm. That of Ed25519 is SHA-512
    /// (RFC 8032 §5.1).
    static func hash(of token: Secret, by algorithm: JWSAlgorithm) -> String {
        let hash = algorithm == .edDSA ? Hashing.sha512(token) : MachineSecret.hash(token)
        return Base64URL.encode(hash.prefix(hash.count / 2))
    }

    /// `sid` (OpenID Connect Back-Channel Logout 1.0 §2.1): names a session to one client alone, so that clients learn
    /// neither the hub's own id of it nor whether theirs is the same. Session ids are 128 random bits.
    static func mark(of session: String, for clientID: String) -> String {
        Base64URL.encode(Hashing.sha256(Array("\(session) \(clientID)".utf8)))
    }
}
