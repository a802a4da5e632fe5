import Core

/// What an operation is called with.
struct Call {
    /// The values of the path's placeholders, decoded, in order.
    let parameters: [String]
    let query: [(name: String, value: String)]
    let body: [UInt8]
    /// The ETag that the caller expects; nil when it sent none.
    let ifMatch: String?
    let now: Timestamp

    /// The last value of a query parameter; nil when it is missing.
    func query(_ name: String) -> String? { query.last { $0.name == name }?.value }

    /// The body, which must be a JSON object.
    func object() throws(OktaError) -> JSONObject {
        let value: JSON
        do { value = try JSON.read(body) } catch { throw .malformedBody }
        guard let object = value.object else { throw .malformedBody }
        return object
    }

    /// A query parameter that is true or false.
    func flag(_ name: String, standard: Bool) throws(OktaError) -> Bool {
        switch query(name)?.lowercased() {
        case nil: return standard
        case "true": return true
        case "false": return false
        default: throw .validation(name, "\(name): The value must be true or false.")
        }
    }
}

/// What an operation answers.
enum Answer {
    case json(JSON, status: Int = 200, headers: [(String, String)] = [])
    case nothing

    var reply: SandboxReply {
        switch self {
        case .json(let value, let status, let headers):
            SandboxReply(status: status, headers: [("Content-Type", "application/json")] + headers, body: value.bytes)
        case .nothing: SandboxReply(status: 204)
        }
    }
}

/// One operation: method, path and what it does.
struct Route: Sendable {
    let method: String
    let pattern: [String]
    let bucket: RateBucket
    let run: @Sendable (_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer

    init(
        _ method: String, _ path: String, _ bucket: RateBucket,
        _ run: @escaping @Sendable (_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer
    ) {
        self.method = method
        pattern = path.split(separator: "/").map(String.init)
        self.bucket = bucket
        self.run = run
    }

    /// Every operation the sandbox knows. One more is one file and one line.
    static let all: [Route] = [
        Route("GET", "/api/v1/users", .users, ListUsers.run),
        Route("POST", "/api/v1/users", .users, CreateUser.run),
        Route("GET", "/api/v1/users/{id}", .user, GetUser.run),
        Route("POST", "/api/v1/users/{id}", .user, UpdateUser.run),
        Route("DELETE", "/api/v1/users/{id}", .users, DeleteUser.run),
        Route("GET", "/api/v1/users/{id}/groups", .users, ListUserGroups.run),
        Route("DELETE", "/api/v1/users/{id}/sessions", .users, RevokeUserSessions.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/activate", .users, ActivateUser.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/reactivate", .users, ReactivateUser.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/deactivate", .users, DeactivateUser.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/suspend", .users, SuspendUser.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/unsuspend", .users, UnsuspendUser.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/unlock", .users, UnlockUser.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/expire_password", .users, ExpirePassword.run),
        Route(
            "POST", "/api/v1/users/{id}/lifecycle/expire_password_with_temp_password", .users,
            ExpirePasswordWithTempPassword.run),
        Route("POST", "/api/v1/users/{id}/credentials/change_password", .users, ChangePassword.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/reset_factors", .users, ResetFactors.run),
        Route("GET", "/api/v1/users/{id}/factors", .users, ListFactors.run),
        Route("DELETE", "/api/v1/users/{id}/factors/{id}", .users, UnenrollFactor.run),
        Route("GET", "/api/v1/users/{id}/appLinks", .users, ListAppLinks.run),
        Route("GET", "/api/v1/groups", .groups, ListGroups.run),
        Route("POST", "/api/v1/groups", .groups, AddGroup.run),
        Route("GET", "/api/v1/groups/{id}", .groups, GetGroup.run),
        Route("PUT", "/api/v1/groups/{id}", .groups, ReplaceGroup.run),
        Route("DELETE", "/api/v1/groups/{id}", .groups, DeleteGroup.run),
        Route("GET", "/api/v1/groups/{id}/users", .groups, ListGroupUsers.run),
        Route("PUT", "/api/v1/groups/{id}/users/{id}", .groups, AssignUserToGroup.run),
        Route("DELETE", "/api/v1/groups/{id}/users/{id}", .groups, UnassignUserFromGroup.run),
        Route("GET", "/api/v1/apps", .apps, ListApplications.run),
        Route("GET", "/api/v1/apps/{id}", .apps, GetApplication.run),
        Route("POST", "/api/v1/apps/{id}/lifecycle/activate", .apps, ActivateApplication.run),
        Route("POST", "/api/v1/apps/{id}/lifecycle/deactivate", .apps, DeactivateApplication.run),
        Route("GET", "/api/v1/apps/{id}/users", .apps, ListApplicationUsers.run),
        Route("POST", "/api/v1/apps/{id}/users", .apps, AssignUserToApplication.run),
        Route("DELETE", "/api/v1/apps/{id}/users/{id}", .apps, UnassignUserFromApplication.run),
        Route("GET", "/api/v1/apps/{id}/groups", .apps, ListApplicationGroupAssignments.run),
        Route("PUT", "/api/v1/apps/{id}/groups/{id}", .apps, AssignGroupToApplication.run),
        Route("DELETE", "/api/v1/apps/{id}/groups/{id}", .apps, UnassignApplicationFromGroup.run),
        Route("GET", "/api/v1/logs", .logs, ListLogEvents.run),
        Route("GET", "/api/v1/meta/schemas/user/{id}", .other, GetUserSchema.run),
        Route("GET", "/api/v1/eventHooks", .other, ListEventHooks.run),
        Route("POST", "/api/v1/eventHooks", .other, CreateEventHook.run),
        Route("GET", "/api/v1/eventHooks/{id}", .other, GetEventHook.run),
        Route("PUT", "/api/v1/eventHooks/{id}", .other, ReplaceEventHook.run),
        Route("DELETE", "/api/v1/eventHooks/{id}", .other, DeleteEventHook.run),
        Route("POST", "/api/v1/eventHooks/{id}/lifecycle/activate", .other, ActivateEventHook.run),
        Route("POST", "/api/v1/eventHooks/{id}/lifecycle/deactivate", .other, DeactivateEventHook.run),
        Route("POST", "/api/v1/eventHooks/{id}/lifecycle/verify", .other, VerifyEventHook.run),
    ]

    /// The operations of one path, and the path's parameters.
    struct Match {
        let routes: [Route]
        let parameters: [String]

        var methods: [String] { routes.map(\.method) }
        func route(_ method: String) -> Route? { routes.first { $0.method == method } }
        func bucket(_ method: String) -> RateBucket? { (route(method) ?? routes.first)?.bucket }
    }

    /// The operations of a raw path; nil when there is no such path. Each segment is decoded once, after the split.
    static func find(_ path: String) -> Match? {
        guard path.hasPrefix("/") else { return nil }
        let raw = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let segments = raw.compactMap { QueryText.decode($0) }
        guard segments.count == raw.count, !segments.contains("") else { return nil }
        let routes = all.filter { route in
            route.pattern.count == segments.count
                && zip(route.pattern, segments).allSatisfy { $0.0 == "{id}" || $0.0 == $0.1 }
        }
        guard let pattern = routes.first?.pattern else { return nil }
        return Match(
            routes: routes, parameters: zip(pattern, segments).filter { $0.0 == "{id}" }.map(\.1))
    }
}
