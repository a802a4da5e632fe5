import Core
import Keys

/// `private_key_jwt` (RFC 7523 §2.2, §3; OpenID Connect Core 1.0 §9), with Okta's answer for each thing that is wrong.
enum ClientAssertion {
    private static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    private static let algorithms: Set<JWSAlgorithm> = [.rs256, .rs384, .rs512, .es256, .es384, .es512]
    private static let aheadSeconds: Int64 = 3_600

    static func client(
        _ assertion: String, _ form: FormParameters, _ org: inout OktaOrg, endpoint: String, at now: Timestamp
    ) throws(OAuthError) -> (app: App, client: OAuthClient) {
        guard try TokenEndpoint.value("client_assertion_type", form) == type else { throw .assertionType }
        let read: UnverifiedJWS
        do { read = try JWS.read(assertion) } catch {
            throw .assertion(
                error == .algorithmUnknown || error == .algorithmMissing
                    ? "The client_assertion JWT signature algorithm is invalid."
                    : "The parsing of the client_assertion failed.")
        }
        guard let issuer = read.unverifiedClaims["iss"]?.string, let found = org.client(issuer) else {
            throw .assertion("The issuer claim for client_assertion is not a valid client_id.")
        }
        let claims = try verified(read, found.client)
        guard claims["sub"] == .string(issuer) else {
            throw .assertion("The subject claim for client_assertion is not a valid client_id.")
        }
        guard claims["aud"] == .string(endpoint) || claims["aud"]?.array?.contains(.string(endpoint)) == true else {
            throw .assertion("The audience claim for client_assertion must be the endpoint invoked for the request.")
        }
        let end = try checkTimes(claims, at: now)
        if let id = claims["jti"]?.string, !org.oauth.isNew("assertion \(issuer) \(id)", until: end, at: now) {
            throw .assertion("The client_assertion token has already been used.")
        }
        return found
    }

    private static func verified(_ read: UnverifiedJWS, _ client: OAuthClient) throws(OAuthError) -> JSONObject {
        guard !client.keys.isEmpty else {
            throw .assertion(
                "The client does not have a JWKSet configured, but the client_assertion requires one.")
        }
        // Deviation: without a kid the only key of a client is taken, as RFC 7515 §4.1.4 leaves open.
        let found =
            if let id = read.keyID { client.keys.first { $0.key.id?.isExactly(id) == true } } else {
                client.keys.count == 1 ? client.keys.first : nil
            }
        // Inferred: a key that is off is answered as one that is not there.
        guard let found, found.isOn else { throw .assertion("The client_assertion JWT kid is invalid.") }
        do { return try read.verified(by: found.key, allowing: algorithms, type: nil).claims } catch {
            throw .assertion(
                error == .signatureWrong
                    ? "The client_assertion signature is invalid."
                    : "The client_assertion JWT signature algorithm is invalid.")
        }
    }

    /// RFC 7519 §4.1.4, §4.1.6, and at most an hour ahead.
    private static func checkTimes(_ claims: JSONObject, at now: Timestamp) throws(OAuthError) -> Timestamp {
        guard let end = claims["exp"]?.int else {
            throw .assertion("The client_assertion must contain the 'exp' claim as seconds since epoch.")
        }
        guard end > now.epochSeconds else { throw .assertion("The client_assertion token is expired.") }
        guard end <= now.epochSeconds + aheadSeconds else {
            throw .assertion("The client_assertion token has an expiration too far into the future.")
        }
        if let issued = claims["iat"], (issued.int ?? .max) > now.epochSeconds {
            throw .assertion("The client_assertion token must be issued before the current time.")
        }
        return Timestamp(epochSeconds: end)
    }
}
