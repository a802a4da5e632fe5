import Core
import Ports

/// What an ID token of ours says that comes back as a hint (OpenID Connect Core 1.0 §3.1.2.1; OpenID Connect RP-Initiated
/// Logout 1.0 §2). For the client that it was issued to, and for no other.
struct IDTokenHint: Sendable, Equatable {
    let clientID: String
    let subject: String
    /// `sid`; nil where the sign-in was in no session.
    let session: String?

    /// Reads the claims of a token that one of our keys signed, and that is of the type of ID tokens; nil where it is none.
    ///
    /// Its end does not count (Core §3.1.2.1; Logout §2): it tells who was signed in once.
    init?(claims: JSONObject, issuer: String) {
        guard claims["iss"] == .string(issuer), let clientID = claims["aud"]?.string,
            let subject = claims["sub"]?.string, claims["at_hash"] != nil
        else { return nil }
        self.clientID = clientID
        self.subject = subject
        session = claims["sid"]?.string
    }

    func isFor(_ client: Client) -> Bool { clientID.isExactly(client.publicID) }
}

extension SigningKeys {
    /// The hint that a text is; nil for what no key of ours signed, or signed as something else.
    func hint(_ text: String, issuer: String, at now: Timestamp) async throws -> IDTokenHint? {
        try await verify(text, type: IDToken.type, at: now).flatMap { IDTokenHint(claims: $0, issuer: issuer) }
    }
}
