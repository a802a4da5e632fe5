import Core
import Keys
import Storage

extension ClientAuthenticationMethod {
    /// `client_assertion`: a JWT that the client signed (RFC 7521 §4.2; RFC 7523 §2.2; OpenID Connect Core 1.0 §9).
    static let privateKeyJWT = ClientAuthenticationMethod(name: "private_key_jwt") { _, form in
        let (type, text) = (form["client_assertion_type"], form["client_assertion"])
        if type == nil, text == nil { return .absent }
        // RFC 7523 §3, rule 2B: its subject is the client_id.
        guard let text, type == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            let assertion = UnverifiedJWS(reading: text), let clientID = assertion.unverifiedClaims["sub"]?.string
        else { return .unreadable }
        return .asserted(clientID: clientID, assertion)
    }
}

extension ClientAuthenticator {
    /// Looks the client up and judges its assertion, which is used up then.
    func prove(
        _ clientID: String, by jws: UnverifiedJWS, at now: Timestamp
    ) async throws -> Result<Proved, TokenRefusal> {
        guard let client = try await client(clientID, at: now) else {
            return refuse(.clientUnknown, clientID, nil, at: now)
        }
        let judged = try await Assertion.read(
            jws, of: client, keys: keys, audiences: Assertion.audiences(issuer()), at: now)
        switch judged {
        case .failure(let problem): return refuse(.clientAssertion(problem), clientID, client, at: now)
        case .success(let assertion):
            guard try await assertion.once.spend(at: now, in: database) else {
                return refuse(.clientAssertion(.used), clientID, client, at: now)
            }
            return .success(Proved(client: client, secret: nil))
        }
    }
}
