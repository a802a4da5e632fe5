import Core
import Keys

/// `POST /oauth2/v1/token`.
enum TokenEndpoint {
    /// A token request whose client has proved who it is.
    struct Request {
        let form: FormParameters
        let app: App
        let client: OAuthClient
        /// The key that signed a valid DPoP proof; nil when there was none.
        let proofKey: String?
        let now: Timestamp

        /// The value of a parameter; throws when it is missing.
        func required(_ name: String) throws(OAuthError) -> String {
            guard let value = try TokenEndpoint.value(name, form), !value.isEmpty else { throw .missing(name) }
            return value
        }

        func value(_ name: String) throws(OAuthError) -> String? { try TokenEndpoint.value(name, form) }
    }

    static func answer(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        do throws(OAuthError) {
            let form = try form(request)
            guard let name = try value("grant_type", form), !name.isEmpty else { throw .missingGrantType }
            let url = org.baseURL + "/oauth2/v1/token"
            let (app, client) = try ClientAuthentication.client(request, form, &org, endpoint: url, at: now)
            guard let grant = OAuthClient.Grant(rawValue: name), client.grants.contains(grant) else {
                throw .unsupportedGrant(client.grants)
            }
            let proofKey = try DPoPProof.atTokenEndpoint(request, client, &org, url: url, at: now)
            let ready = Request(form: form, app: app, client: client, proofKey: proofKey, now: now)
            return switch grant {
            case .code: try AuthorizationCodeGrant.answer(ready, &org)
            case .refresh: try RefreshGrant.answer(ready, &org)
            case .credentials: try ClientCredentialsGrant.answer(ready, &org)
            }
        } catch {
            return error.reply
        }
    }

    /// The form of a POST, each name once. Nothing that proves who is calling may stand in the query.
    static func form(_ request: SandboxRequest) throws(OAuthError) -> FormParameters {
        let type = (request.header("content-type") ?? "").prefix { $0 != ";" }.lowercased()
        guard type == "application/x-www-form-urlencoded" else { throw .malformed }
        if ["client_secret", "client_assertion", "client_id"].contains(where: { request.query.contains("\($0)=") }) {
            throw .credentialsInQuery
        }
        let form: FormParameters
        do { form = try FormParameters(request.body) } catch { throw .malformed }
        do { try form.refuseRepeats() } catch { throw .repeated }
        return form
    }

    static func value(_ name: String, _ form: FormParameters) throws(OAuthError) -> String? {
        do { return try form.value(name) } catch { throw .repeated }
    }
}

/// What a successful token request gives.
enum TokenReply {
    /// A new access token, and what goes with it.
    ///
    /// - Parameter refreshToken: handed on as it is; nil for none.
    static func make(
        _ request: TokenEndpoint.Request, _ org: inout OktaOrg, scopes: [String], family: OAuthState.Family?,
        refreshToken: String?
    ) throws(OAuthError) -> SandboxReply {
        let now = request.now
        // Deviation: Okta's access tokens are JWTs that Okta alone may read; here they have nothing to be read.
        let token = org.oauth.newText("")
        let kept = OAuthState.AccessToken(
            appID: request.app.id, userID: family?.userID, familyID: family?.id, scopes: scopes, issued: now,
            boundTo: request.proofKey, id: "AT." + org.oauth.newText(""))
        var body: JSONObject = [
            "token_type": .string(request.proofKey == nil ? "Bearer" : "DPoP"),
            "expires_in": .int(OAuthState.accessTokenSeconds), "access_token": .string(token),
            "scope": .string(scopes.joined(separator: " ")),
        ]
        if let refreshToken { body["refresh_token"] = .string(refreshToken) }
        if let family, scopes.contains("openid") {
            body["id_token"] = .string(try IDToken.make(family, scopes, org, accessToken: token, at: now))
        }
        org.oauth.accessTokens.put(
            kept, under: token, until: now.adding(seconds: OAuthState.accessTokenSeconds), at: now)
        org.note("app.oauth2.token.grant.access_token", app: request.app.id, user: family?.userID, at: now)
        return .oauth(.object(body))
    }
}

/// ID tokens (OpenID Connect Core 1.0 §2), signed with RS256 as Okta does.
enum IDToken {
    static let seconds: Int64 = 3_600

    static func make(
        _ family: OAuthState.Family, _ scopes: [String], _ org: OktaOrg, accessToken: String, at now: Timestamp
    ) throws(OAuthError) -> String {
        guard let key = org.signingKey, let person = org.persons.first(where: { $0.id == family.userID }) else {
            throw .noIDToken
        }
        var claims: JSONObject = [
            "sub": .string(person.id), "ver": 1, "iss": .string(org.baseURL), "aud": .string(family.appID),
            "iat": .int(now.epochSeconds), "exp": .int(now.epochSeconds + seconds), "amr": ["pwd"],
            "auth_time": .int(family.signedInAt.epochSeconds), "preferred_username": .string(person.login),
            // OpenID Connect Core 1.0 §3.1.3.6: the left half of the access token's hash.
            "at_hash": .string(Base64URL.encode(Hashing.sha256(Array(accessToken.utf8)).prefix(16))),
        ]
        if let nonce = family.nonce { claims["nonce"] = .string(nonce) }
        for member in UserInfoEndpoint.claims(person, scopes, org).members where claims[member.name] == nil {
            claims[member.name] = member.value
        }
        let header: JSONObject = ["kid": .string(key.publicKey.thumbprint)]
        do { return try JWS.sign(claims, header: header, with: key) } catch { throw .noIDToken }
    }
}
