import Core
import Keys

/// DPoP proofs (RFC 9449 §4), with Okta's answer for each thing that is wrong.
enum DPoPProof {
    private static let algorithms: Set<JWSAlgorithm> = [.rs256, .rs384, .rs512, .es256, .es384, .es512]
    private static let ageSeconds: Int64 = 300

    /// The thumbprint of the key that a token request proves to hold; nil for a request without a proof, where the
    /// client needs none. A proof needs a nonce (RFC 9449 §8).
    static func atTokenEndpoint(
        _ request: SandboxRequest, _ client: OAuthClient, _ org: inout OktaOrg, url: String, at now: Timestamp
    ) throws(OAuthError) -> String? {
        guard request.has("dpop") else {
            if client.requiresDPoP { throw .proofMissing }
            return nil
        }
        let (claims, key) = try verified(request, method: "POST", url: url, at: now)
        let nonces = org.oauth.nonces(at: now)
        guard let nonce = claims["nonce"]?.string, nonces.contains(nonce) else { throw .useNonce(nonces[0]) }
        try spend(claims, &org, at: now)
        return key
    }

    /// The thumbprint of the key that a resource request proves to hold (RFC 9449 §7). No nonce is needed there.
    static func atResource(
        _ request: SandboxRequest, _ org: inout OktaOrg, accessToken: String, at now: Timestamp
    ) throws(OAuthError) -> String {
        guard request.has("dpop") else { throw .proofRequired }
        let (claims, key) = try verified(
            request, method: request.method, url: org.baseURL + request.path, at: now)
        let hash = Base64URL.encode(Hashing.sha256(Array(accessToken.utf8)))
        guard claims["ath"] == .string(hash) else {
            throw .proof("'ath' claim in the DPoP proof does not match the presented access_token.")
        }
        try spend(claims, &org, at: now)
        return key
    }

    private static func spend(_ claims: JSONObject, _ org: inout OktaOrg, at now: Timestamp) throws(OAuthError) {
        guard let id = claims["jti"]?.string, !id.isEmpty else {
            throw .proof("'jti' claim in the DPoP proof JWT is invalid.")
        }
        guard org.oauth.isNew("proof \(id)", until: now.adding(seconds: 2 * ageSeconds), at: now) else {
            throw .proof("The DPoP proof JWT has already been used.")
        }
    }

    /// RFC 9449 §4.3, in its order.
    private static func verified(
        _ request: SandboxRequest, method: String, url: String, at now: Timestamp
    ) throws(OAuthError) -> (claims: JSONObject, key: String) {
        guard let proof = request.header("dpop") else { throw .proofTwice }
        let read: UnverifiedJWS
        do { read = try JWS.read(proof) } catch {
            throw .proof(
                error == .algorithmUnknown || error == .algorithmMissing
                    ? "The DPoP proof JWT signature algorithm is invalid." : "The DPoP proof JWT cannot be parsed.")
        }
        guard let key = read.embeddedKey else { throw .proof("The DPoP proof JWT cannot be parsed.") }
        let claims: JSONObject
        do { claims = try read.verified(by: key, allowing: algorithms, type: "dpop+jwt").claims } catch {
            throw .proof(
                error == .wrongType
                    ? "'typ' must be 'dpop+jwt' in the DPoP proof JWT."
                    : error == .signatureWrong
                        ? "The DPoP proof JWT signature is invalid."
                        : "The DPoP proof JWT signature algorithm is invalid.")
        }
        guard claims["htm"] == .string(method) else {
            throw .proof("'htm' claim in the DPoP proof JWT is invalid.")
        }
        // RFC 9449 §4.3: without query and fragment.
        guard let target = claims["htu"]?.string, target.prefix(while: { $0 != "?" && $0 != "#" }) == url else {
            throw .proof("'htu' claim in the DPoP proof JWT is invalid.")
        }
        try checkTimes(claims, at: now)
        return (claims, key.thumbprint)
    }

    private static func checkTimes(_ claims: JSONObject, at now: Timestamp) throws(OAuthError) {
        guard let issued = claims["iat"]?.int else {
            throw .proof("'iat' claim in the DPoP proof JWT is invalid.")
        }
        guard issued <= now.epochSeconds else { throw .proof("The DPoP proof JWT is issued in the future.") }
        guard issued >= now.epochSeconds - ageSeconds else {
            throw .proof("The DPoP proof JWT is issued more than five minutes in the past.")
        }
        if let end = claims["exp"], (end.int ?? 0) <= now.epochSeconds {
            throw .proof("The DPoP proof JWT is expired.")
        }
    }
}
