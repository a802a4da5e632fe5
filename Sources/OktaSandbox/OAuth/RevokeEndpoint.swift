import Core

/// `POST /oauth2/v1/revoke` (RFC 7009 §2): 200 for whatever token.
enum RevokeEndpoint {
    static func answer(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        do throws(OAuthError) {
            let form = try TokenEndpoint.form(request)
            let (app, _) = try ClientAuthentication.client(
                request, form, &org, endpoint: org.baseURL + "/oauth2/v1/revoke", at: now)
            guard let token = try TokenEndpoint.value("token", form), !token.isEmpty else { throw .missingToken }
            if let access = org.oauth.accessTokens.item(token, at: now), access.appID == app.id {
                _ = org.oauth.accessTokens.take(token, at: now)
                org.note("app.oauth2.token.revoke", app: app.id, user: access.userID, at: now)
            } else if let refresh = org.oauth.refreshTokens.item(token, at: now),
                let family = org.oauth.families.item(refresh.familyID, at: now), family.appID == app.id
            {
                // At Okta the access tokens of the sign-in end with it; the other way round they do not.
                org.oauth.endFamily(family.id)
                org.note("app.oauth2.token.revoke", app: app.id, user: family.userID, at: now)
            }
            return SandboxReply(status: 200, headers: [("Cache-Control", "no-cache, no-store")])
        } catch {
            return error.reply
        }
    }
}
