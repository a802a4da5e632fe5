import Core

/// The access token of a request to the API.
enum AccessTokens {
    /// The token of an `Authorization: Bearer` or `DPoP` header (RFC 6750 §2.1; RFC 9449 §7.1), valid now and with its
    /// proof; nil for a request that presents none, such as one with an API token.
    static func presented(
        _ request: SandboxRequest, _ org: inout OktaOrg, at now: Timestamp
    ) throws(OAuthError) -> OAuthState.AccessToken? {
        guard let value = request.header("authorization"), let space = value.firstIndex(of: " ") else { return nil }
        let scheme = value[..<space].lowercased()
        guard scheme == "bearer" || scheme == "dpop" else { return nil }
        let text = String(value[value.index(after: space)...])
        guard let token = org.oauth.accessTokens.item(text, at: now), org.holds(token) else {
            throw org.oauth.accessTokens.end(text).map { $0 <= now } == true ? .expiredToken : .invalidToken
        }
        if scheme == "bearer" {
            guard token.boundTo == nil else { throw .schemeRequired }
            return token
        }
        guard let bound = token.boundTo else { throw .notBound }
        guard try DPoPProof.atResource(request, &org, accessToken: text, at: now) == bound else {
            throw .proof("The access_token is not bound to the provided DPoP proof.")
        }
        return token
    }

    /// `WWW-Authenticate` as an org answered it; the scheme of its own URLs there is http.
    static func challenge(
        _ error: OAuthError, _ org: OktaOrg, scope: String?, resource: String
    ) -> (String, String) {
        let host = org.baseURL.drop { $0 != ":" }
        var parts = ["authorization_uri=\"http\(host)/oauth2/v1/authorize\"", "realm=\"http\(host)\""]
        if let scope { parts.append("scope=\"\(scope)\"") }
        parts.append("error=\"\(error.error)\"")
        parts.append("error_description=\"\(error.description)\"")
        parts.append("resource=\"\(resource.filter { $0 != "\"" && $0 != "\\" })\"")
        return ("WWW-Authenticate", "Bearer " + parts.joined(separator: ", "))
    }
}

extension OktaOrg {
    /// Whether a token still counts: its application is active and its person may work.
    func holds(_ token: OAuthState.AccessToken) -> Bool {
        guard client(token.appID) != nil else { return false }
        guard let userID = token.userID else { return true }
        return persons.contains { $0.id == userID && $0.status == .active }
    }
}
