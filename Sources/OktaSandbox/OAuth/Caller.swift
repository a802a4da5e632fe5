import Core

/// Who calls the API.
struct Caller: Sendable {
    /// The person; nil for a service application.
    let userID: String?
    /// The application whose access token it is; nil for an API token.
    let appID: String?
    /// The scopes of the access token; nil for an API token, which needs none.
    let scopes: [String]?

    /// Whose roles count: the person's, or of a service application its own (by its client id).
    var subject: Administration.Subject { userID.map { .user($0) } ?? .client(appID ?? "") }
}

extension OktaOrg {
    /// Who presents which token; a failure says why it is not valid.
    mutating func caller(
        _ request: SandboxRequest, match: Route.Match?, at now: Timestamp
    ) -> Result<Caller, OktaError> {
        if hasValidToken(request) { return .success(Caller(userID: ownerID, appID: nil, scopes: nil)) }
        do throws(OAuthError) {
            guard let token = try AccessTokens.presented(request, &self, at: now) else {
                return .failure(.invalidToken)
            }
            return .success(Caller(userID: token.userID, appID: token.appID, scopes: token.scopes))
        } catch {
            let scope = match?.route(request.method)?.need.scope
            return .failure(.token(error, self, scope: scope, resource: request.path))
        }
    }

    /// Whether an access token has the scope of the operation, and the application still has its grant.
    func checkScope(_ caller: Caller, _ need: Need, _ request: SandboxRequest) throws(OktaError) {
        guard let scopes = caller.scopes, let app = apps.first(where: { $0.id == caller.appID }) else { return }
        var enough = [need.scope]
        if manageImpliesRead, need.scope.hasSuffix(".read") {
            enough.append(need.scope.dropLast("read".count) + "manage")
        }
        // That a grant taken back ends what tokens may do at once is inferred.
        guard enough.contains(where: { scope in scopes.contains(scope) && app.grants.contains { $0.scope == scope } })
        else { throw .token(.insufficientScope, self, scope: need.scope, resource: request.path) }
    }
}
