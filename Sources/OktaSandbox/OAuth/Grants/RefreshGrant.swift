import Core

/// RFC 6749 §6, with or without rotation.
enum RefreshGrant {
    private static let scopeCharacters = 4_096

    static func answer(_ request: TokenEndpoint.Request, _ org: inout OktaOrg) throws(OAuthError) -> SandboxReply {
        let now = request.now
        let presented = try request.required("refresh_token")
        guard let token = org.oauth.refreshTokens.item(presented, at: now),
            let family = org.oauth.families.item(token.familyID, at: now)
        else { throw .badRefreshToken }
        guard family.appID == request.app.id else { throw .otherClient }
        guard let person = org.persons.first(where: { $0.id == family.userID }), person.status == .active,
            org.isAssigned(person, to: request.app)
        else { throw .badRefreshToken }
        try checkBinding(family, request.proofKey)
        try refuseReuse(token, family, request, &org)
        try org.oauth.countRequest(of: person.id, at: now)
        let scopes = try scopes(request, family, org)
        let next = handedOn(token, family, request, &org, scopes: scopes)
        return try TokenReply.make(request, &org, scopes: scopes, family: family, refreshToken: next)
    }

    /// RFC 9449 §5.
    private static func checkBinding(_ family: OAuthState.Family, _ proofKey: String?) throws(OAuthError) {
        guard let bound = family.boundTo else { return }
        guard let proofKey else { throw .proofMissing }
        guard proofKey == bound else { throw .proof("Invalid DPoP Public Key binding in refresh token") }
    }

    /// A token whose place another one took, and whose grace is over, means that two hold the sign-in: it ends.
    private static func refuseReuse(
        _ token: OAuthState.RefreshToken, _ family: OAuthState.Family, _ request: TokenEndpoint.Request,
        _ org: inout OktaOrg
    ) throws(OAuthError) {
        guard let rotated = token.rotated else { return }
        if case .rotating(let seconds) = request.client.rotation, request.now < rotated.adding(seconds: seconds) {
            return
        }
        org.note("app.oauth2.token.detect_reuse", app: family.appID, user: family.userID, at: request.now)
        org.oauth.endFamily(family.id)
        throw .badRefreshToken
    }

    /// What was granted at the sign-in, or less. Okta's code for more is `access_denied`; some expect `invalid_scope`.
    ///
    /// A scope that was taken from the application since is no longer given; that is inferred.
    private static func scopes(
        _ request: TokenEndpoint.Request, _ family: OAuthState.Family, _ org: OktaOrg
    ) throws(OAuthError) -> [String] {
        let granted = family.scopes.filter { scope in
            !OAuthScopes.isOkta(scope) || request.app.grants.contains { $0.scope == scope }
        }
        guard let text = try request.value("scope"), !text.isEmpty else {
            guard !granted.isEmpty else { throw .noScopeGranted }
            return granted
        }
        guard text.count <= scopeCharacters else { throw .invalidScope }
        let asked = OAuthScopes.read(text)
        let denied = asked.filter { !granted.contains($0) }
        guard denied.isEmpty else {
            throw org.refusesRefreshScopesAsInvalid ? .invalidScope : .refreshScopesDenied(denied)
        }
        return asked
    }

    /// The refresh token of the answer: none unless `offline_access` is among the scopes.
    ///
    /// Within the grace the token before gets the one that took its place; that it is not rotated again is inferred.
    private static func handedOn(
        _ token: OAuthState.RefreshToken, _ family: OAuthState.Family, _ request: TokenEndpoint.Request,
        _ org: inout OktaOrg, scopes: [String]
    ) -> String? {
        guard scopes.contains("offline_access"), let newest = family.newest else { return nil }
        guard case .rotating = request.client.rotation, token.rotated == nil else { return newest }
        let next = org.newRefreshToken(of: family, at: request.now)
        org.oauth.refreshTokens.change(newest) { $0.rotated = request.now }
        org.oauth.families.change(family.id) { $0.newest = next }
        return next
    }
}
