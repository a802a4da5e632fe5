import Core

/// RFC 6749 §4.1.3 with RFC 7636 §4.5.
enum AuthorizationCodeGrant {
    static func answer(_ request: TokenEndpoint.Request, _ org: inout OktaOrg) throws(OAuthError) -> SandboxReply {
        let now = request.now
        let name = try request.required("code")
        guard let code = org.oauth.codes.item(name, at: now) else { throw .badCode }
        guard code.request.appID == request.app.id else { throw .otherClient }
        if let familyID = code.familyID {
            // RFC 6749 §4.1.2: a code that comes again takes back what it gave.
            org.oauth.endFamily(familyID)
            throw .badCode
        }
        guard try request.required("redirect_uri") == code.request.back.uri else { throw .otherRedirectURI }
        try checkVerifier(try request.value("code_verifier"), code.request.challenge)
        let userID = code.browser.userID
        guard let person = org.persons.first(where: { $0.id == userID }), person.status == .active,
            org.isAssigned(person, to: request.app)
        else { throw .badCode }
        try org.oauth.countRequest(of: userID, at: now)
        let scopes = code.request.scopes
        var family = OAuthState.Family(
            id: org.oauth.newText(""), appID: request.app.id, userID: userID, scopes: scopes,
            signedInAt: code.browser.at, end: now.adding(seconds: OAuthState.refreshTokenSeconds),
            nonce: code.request.nonce, boundTo: request.proofKey)
        if scopes.contains("offline_access"), request.client.grants.contains(.refresh) {
            family.newest = org.newRefreshToken(of: family, at: now)
        }
        org.oauth.families.put(family, under: family.id, until: family.end, at: now)
        org.oauth.codes.change(name) { $0.familyID = family.id }
        return try TokenReply.make(request, &org, scopes: scopes, family: family, refreshToken: family.newest)
    }

    private static func checkVerifier(_ verifier: String?, _ challenge: String?) throws(OAuthError) {
        guard let challenge else {
            if verifier != nil { throw .verifierWithoutChallenge }
            return
        }
        guard let verifier else { throw .verifierMissing }
        guard CodeVerifier.fits(verifier, challenge) else { throw .challengeFailed }
    }
}

extension OktaOrg {
    /// A refresh token of that sign-in, which ends when the sign-in's first one does.
    mutating func newRefreshToken(of family: OAuthState.Family, at now: Timestamp) -> String {
        let token = oauth.newText("")
        oauth.refreshTokens.put(.init(familyID: family.id), under: token, until: family.end, at: now)
        note("app.oauth2.token.grant.refresh_token", app: family.appID, user: family.userID, at: now)
        return token
    }
}
