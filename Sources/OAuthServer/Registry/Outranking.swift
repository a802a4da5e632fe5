import Core
import Ports
import Storage

// Whoever holds a client's secret acts as its application user. Without this, looking after clients would be as much
// as the role `admin`: attach an administrator as application user, or add a secret to a client that has one.
extension OAuthServer {
    /// Refuses an application user with an administrative role that the caller does not hold.
    static func mustNotOutrank(_ user: UserFacts, _ caller: Principal) throws {
        let above = AdminRole.allCases.map(\.rawValue).filter { user.roles.contains($0) && !caller.roles.contains($0) }
        guard let role = above.first else { return }
        throw HubError(
            .forbidden, "user_outranks_caller",
            "User \(Shown.name(user.name)) has the role \(role), which you do not have. "
                + "Choose another application user, or ask somebody with that role.")
    }

    /// A client that exchanges the tokens of all goes on as whoever calls it, administrators too.
    static func mustBeAdmin(_ caller: Principal) throws {
        guard caller.roles.contains(AdminRole.admin.rawValue) else {
            throw HubError(
                .forbidden, "exchanging_all",
                "A client that exchanges tokens of all clients may stand for an administrator. "
                    + "Ask somebody with the role admin.")
        }
    }

    /// What covers every call is given by those alone who may make auth scopes, since it is as good as one for all of them.
    static func mayGive(_ scopes: [String], beside held: [String] = [], _ caller: Principal) throws {
        guard scopes.contains(ScopeName.userAccount), !held.contains(ScopeName.userAccount) else { return }
        guard [AdminRole.oauthAdmin, .admin].map(\.rawValue).contains(where: caller.roles.contains) else {
            throw HubError(
                .forbidden, "scope_for_everything",
                "The scope \(ScopeName.userAccount) covers whatever the user may do. "
                    + "Name auth scopes, or ask somebody with the role oauth_admin.")
        }
    }

    /// Refuses to give more to the client of a request when its application user outranks the caller.
    func mayWiden(_ request: OperationRequest) async throws {
        let client = try await database.read { reader in try ClientStore.get(request.id, in: reader) }
        if client.settings.exchanges == .all { try Self.mustBeAdmin(request.caller) }
        guard let user = try await users.user(client.user.rawValue, at: request.cause.now) else { return }
        try Self.mustNotOutrank(user, request.caller)
    }
}
