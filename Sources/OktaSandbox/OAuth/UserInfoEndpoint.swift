import Core

/// `/oauth2/v1/userinfo` (OpenID Connect Core 1.0 §5.3): who signed in. Errors stand in the header alone.
enum UserInfoEndpoint {
    static func answer(_ org: inout OktaOrg, _ request: SandboxRequest, at now: Timestamp) -> SandboxReply {
        do throws(OAuthError) {
            guard let token = try AccessTokens.presented(request, &org, at: now), let id = token.userID,
                let person = org.persons.first(where: { $0.id == id })
            else { throw .invalidToken }
            guard token.scopes.contains("openid") else { throw .insufficientScope }
            return .oauth(.object(claims(person, token.scopes, org)))
        } catch {
            return SandboxReply(
                status: error.status,
                headers: [AccessTokens.challenge(error, org, scope: "openid", resource: request.path)])
        }
    }

    /// OpenID Connect Core 1.0 §5.1, §5.4: what each scope shows.
    static func claims(_ person: Person, _ scopes: [String], _ org: OktaOrg) -> JSONObject {
        var claims: JSONObject = ["sub": .string(person.id)]
        func put(_ name: String, _ attribute: String) {
            if let value = person.profile[attribute]?.string { claims[name] = .string(value) }
        }
        if scopes.contains("profile") {
            claims["name"] = .string(person.name)
            claims["preferred_username"] = .string(person.login)
            put("given_name", "firstName")
            put("family_name", "lastName")
            claims["zoneinfo"] = "America/Los_Angeles"
            claims["updated_at"] = .int(person.lastUpdated.epochSeconds)
        }
        if scopes.contains("email") {
            put("email", "email")
            claims["email_verified"] = true
        }
        if scopes.contains("phone") { put("phone_number", "mobilePhone") }
        if scopes.contains("address"), let city = person.profile["city"]?.string {
            claims["address"] = ["locality": .string(city)]
        }
        if scopes.contains("groups") {
            claims["groups"] = .array(org.groups.filter { person.groupIDs.contains($0.id) }.map { .string($0.name) })
        }
        return claims
    }
}

extension Person {
    /// First and last name.
    var name: String { ["firstName", "lastName"].compactMap { profile[$0]?.string }.joined(separator: " ") }
}
