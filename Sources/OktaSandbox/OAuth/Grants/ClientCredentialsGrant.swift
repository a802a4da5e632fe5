import Core

/// RFC 6749 §4.4, for service applications that sign their requests. There is never a refresh token.
enum ClientCredentialsGrant {
    static func answer(_ request: TokenEndpoint.Request, _ org: inout OktaOrg) throws(OAuthError) -> SandboxReply {
        let asked = OAuthScopes.read(try request.value("scope") ?? "")
        guard !asked.isEmpty else { throw .missingScopes }
        guard asked.allSatisfy({ !OAuthScopes.openID.contains($0) }) else { throw .openIDForService }
        let scopes = try OAuthScopes.granted(asked, to: request.app)
        try org.oauth.countRequest(of: request.app.id, at: request.now)
        return try TokenReply.make(request, &org, scopes: scopes, family: nil, refreshToken: nil)
    }
}
