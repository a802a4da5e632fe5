import Core

/// `POST /oauth2/v1/introspect` (RFC 7662 §2): whatever does not hold for this client is not active.
enum IntrospectEndpoint {
    static func answer(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        do throws(OAuthError) {
            let form = try TokenEndpoint.form(request)
            let (app, _) = try ClientAuthentication.client(
                request, form, &org, endpoint: org.baseURL + "/oauth2/v1/introspect", at: now)
            guard let token = try TokenEndpoint.value("token", form), !token.isEmpty else { throw .missingToken }
            return .oauth(
                .object(access(token, app, org, at: now) ?? refresh(token, app, org, at: now) ?? ["active": false]))
        } catch {
            return error.reply
        }
    }

    private static func access(_ text: String, _ app: App, _ org: OktaOrg, at now: Timestamp) -> JSONObject? {
        guard let token = org.oauth.accessTokens.item(text, at: now), token.appID == app.id, org.holds(token) else {
            return nil
        }
        let end = token.issued.adding(seconds: OAuthState.accessTokenSeconds)
        var body: JSONObject = [
            "active": true, "scope": .string(token.scopes.joined(separator: " ")), "client_id": .string(app.id),
            "token_type": .string(token.boundTo == nil ? "Bearer" : "DPoP"), "iss": .string(org.baseURL),
            "iat": .int(token.issued.epochSeconds), "exp": .int(end.epochSeconds), "jti": .string(token.id),
            "aud": .string(org.baseURL), "sub": .string(token.userID ?? app.id),
        ]
        if let person = org.persons.first(where: { $0.id == token.userID }) {
            body["username"] = .string(person.login)
            body["uid"] = .string(person.id)
        }
        // RFC 9449 §6.2.
        if let key = token.boundTo { body["cnf"] = ["jkt": .string(key)] }
        return body
    }

    private static func refresh(_ text: String, _ app: App, _ org: OktaOrg, at now: Timestamp) -> JSONObject? {
        guard let token = org.oauth.refreshTokens.item(text, at: now), token.rotated == nil,
            let family = org.oauth.families.item(token.familyID, at: now), family.appID == app.id,
            let person = org.persons.first(where: { $0.id == family.userID }), person.status == .active
        else { return nil }
        return [
            "active": true, "token_type": "Bearer", "scope": .string(family.scopes.joined(separator: " ")),
            "client_id": .string(app.id), "username": .string(person.login), "sub": .string(person.id),
            "iss": .string(org.baseURL), "exp": .int(family.end.epochSeconds),
        ]
    }
}
