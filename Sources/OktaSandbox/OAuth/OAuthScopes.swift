import Core

/// The scopes that an org's own authorization server knows.
enum OAuthScopes {
    /// Scopes about the person who signs in.
    static let openID: Set<String> = ["openid", "profile", "email", "address", "phone", "offline_access", "groups"]

    /// The resources of okta.* scopes; each has `read` and `manage`. A selection of Okta's list.
    private static let resources: Set<String> = [
        "users", "users.self", "groups", "apps", "appGrants", "eventHooks", "factors", "logs", "roles", "schemas",
        "sessions", "policies", "clients", "authorizationServers", "devices", "idps", "orgs", "userTypes",
    ]

    static func isOkta(_ scope: String) -> Bool {
        guard scope.hasPrefix("okta."), let dot = scope.lastIndex(of: ".") else { return false }
        let resource = scope[..<dot].dropFirst("okta.".count)
        return resources.contains(String(resource)) && [".read", ".manage"].contains(String(scope[dot...]))
    }

    static func isKnown(_ scope: String) -> Bool { openID.contains(scope) || isOkta(scope) }

    /// The scopes of a request's text, in order and once each.
    static func read(_ text: String) -> [String] {
        var found: [String] = []
        for scope in text.split(separator: " ").map(String.init) where !found.contains(scope) { found.append(scope) }
        return found
    }

    /// What an application gets of what it asked for: okta.* scopes that it was not granted are dropped.
    ///
    /// That they are dropped and not refused is how an org answered a service application that asked for one scope too
    /// many; that `/authorize` does the same is inferred.
    static func granted(_ asked: [String], to app: App) throws(OAuthError) -> [String] {
        guard !asked.isEmpty else { throw .missingScopes }
        guard asked.allSatisfy(isKnown) else { throw .unknownScope }
        let left = asked.filter { scope in !isOkta(scope) || app.grants.contains { $0.scope == scope } }
        guard !left.isEmpty else { throw .noScopeGranted }
        return left
    }
}

extension OktaOrg {
    /// Grants a scope; a scope that is granted already keeps its grant.
    @discardableResult
    mutating func grant(_ scope: String, to app: inout App, at now: Timestamp) throws(OktaError) -> ScopeGrant {
        if let grant = app.grants.first(where: { $0.scope == scope }) { return grant }
        guard OAuthScopes.isOkta(scope) else {
            throw .validation("scopeId", "scopeId: The scope does not exist.")
        }
        let grant = ScopeGrant(id: dice.id("oag"), scope: scope, created: now)
        app.grants.append(grant)
        return grant
    }
}
