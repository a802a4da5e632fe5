extension Route {
    /// Every operation the sandbox knows, with the scope and the permission that it takes. One more is one file and one
    /// line.
    static let all: [Route] = users + passwords + groups + apps + credentials + hooks + administration

    private static let users: [Route] = [
        Route("GET", "/api/v1/users", .users, read("users", on: .listed), ListUsers.run),
        Route("POST", "/api/v1/users", .users, manage("users", "okta.users.create", on: .newUser), CreateUser.run),
        Route("GET", "/api/v1/users/{id}", .user, read("users", on: .user(0)), GetUser.run),
        Route("POST", "/api/v1/users/{id}", .user, Need("okta.users.manage"), UpdateUser.run),
        // The first call of two deactivates; that it takes this permission too is inferred.
        Route(
            "DELETE", "/api/v1/users/{id}", .users,
            user("lifecycle.delete").and("okta.users.lifecycle.deactivate", on: .user(0)), DeleteUser.run),
        Route(
            "GET", "/api/v1/users/{id}/groups", .users,
            read("users", on: .user(0)).and("okta.groups.read", on: .listed), ListUserGroups.run),
        Route(
            "DELETE", "/api/v1/users/{id}/sessions", .users, user("lifecycle.clearSessions"), RevokeUserSessions.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/activate", .users, user("lifecycle.activate"), ActivateUser.run),
        Route(
            "POST", "/api/v1/users/{id}/lifecycle/reactivate", .users, user("lifecycle.manage"), ReactivateUser.run),
        Route(
            "POST", "/api/v1/users/{id}/lifecycle/deactivate", .users, user("lifecycle.deactivate"),
            DeactivateUser.run),
        Route("POST", "/api/v1/users/{id}/lifecycle/suspend", .users, user("lifecycle.suspend"), SuspendUser.run),
        Route(
            "POST", "/api/v1/users/{id}/lifecycle/unsuspend", .users, user("lifecycle.unsuspend"), UnsuspendUser.run),
    ]

    private static let passwords: [Route] = [
        Route("POST", "/api/v1/users/{id}/lifecycle/unlock", .users, user("lifecycle.unlock"), UnlockUser.run),
        Route(
            "POST", "/api/v1/users/{id}/lifecycle/expire_password", .users, user("credentials.expirePassword"),
            ExpirePassword.run),
        Route(
            "POST", "/api/v1/users/{id}/lifecycle/expire_password_with_temp_password", .users,
            user("credentials.expirePassword"), ExpirePasswordWithTempPassword.run),
        Route(
            "POST", "/api/v1/users/{id}/credentials/change_password", .users, user("credentials.manage"),
            ChangePassword.run),
        Route(
            "POST", "/api/v1/users/{id}/lifecycle/reset_factors", .users, user("credentials.resetFactors"),
            ResetFactors.run),
        Route("GET", "/api/v1/users/{id}/factors", .users, read("users", on: .user(0)), ListFactors.run),
        Route(
            "DELETE", "/api/v1/users/{id}/factors/{id}", .users, user("credentials.resetFactors"), UnenrollFactor.run),
        Route("GET", "/api/v1/users/{id}/appLinks", .users, read("users", on: .user(0)), ListAppLinks.run),
        Route(
            "GET", "/api/v1/meta/schemas/user/{id}", .other, Need("okta.schemas.read", "okta.apps.manage", on: .listed),
            GetUserSchema.run),
    ]

    private static let groups: [Route] = [
        Route("GET", "/api/v1/groups", .groups, read("groups", on: .listed), ListGroups.run),
        Route("POST", "/api/v1/groups", .groups, manage("groups", "okta.groups.create", on: .newGroup), AddGroup.run),
        Route("GET", "/api/v1/groups/{id}", .groups, read("groups", on: .group(0)), GetGroup.run),
        Route("PUT", "/api/v1/groups/{id}", .groups, group("manage"), ReplaceGroup.run),
        Route("DELETE", "/api/v1/groups/{id}", .groups, group("manage"), DeleteGroup.run),
        Route("GET", "/api/v1/groups/{id}/users", .groups, read("groups", on: .group(0)), ListGroupUsers.run),
        Route("PUT", "/api/v1/groups/{id}/users/{id}", .groups, membership, AssignUserToGroup.run),
        Route(
            "DELETE", "/api/v1/groups/{id}/users/{id}", .groups, membership, UnassignUserFromGroup.run),
    ]

    private static let apps: [Route] = [
        Route("GET", "/api/v1/apps", .apps, read("apps", on: .listed), ListApplications.run),
        Route("POST", "/api/v1/apps", .apps, manage("apps", "okta.apps.manage", on: .newApp), CreateApp.run),
        Route("GET", "/api/v1/apps/{id}", .apps, read("apps", on: .app(0)), GetApplication.run),
        Route("POST", "/api/v1/apps/{id}/lifecycle/activate", .apps, app("manage"), ActivateApplication.run),
        Route("POST", "/api/v1/apps/{id}/lifecycle/deactivate", .apps, app("manage"), DeactivateApplication.run),
        Route("GET", "/api/v1/apps/{id}/users", .apps, read("apps", on: .app(0)), ListApplicationUsers.run),
        // The person stands in the body; whether they are within reach is not looked at.
        Route(
            "POST", "/api/v1/apps/{id}/users", .apps,
            app("assignment.manage").and("okta.users.appAssignment.manage", on: .listed), AssignUserToApplication.run),
        Route(
            "DELETE", "/api/v1/apps/{id}/users/{id}", .apps,
            app("assignment.manage").and("okta.users.appAssignment.manage", on: .user(1)),
            UnassignUserFromApplication.run),
        Route(
            "GET", "/api/v1/apps/{id}/groups", .apps, read("apps", on: .app(0)), ListApplicationGroupAssignments.run),
        Route(
            "PUT", "/api/v1/apps/{id}/groups/{id}", .apps,
            app("assignment.manage").and("okta.groups.appAssignment.manage", on: .group(1)),
            AssignGroupToApplication.run),
        Route(
            "DELETE", "/api/v1/apps/{id}/groups/{id}", .apps,
            app("assignment.manage").and("okta.groups.appAssignment.manage", on: .group(1)),
            UnassignApplicationFromGroup.run),
        Route("GET", "/api/v1/apps/{id}/credentials/secrets", .apps, read("apps", on: .app(0)), ClientSecrets.list),
        Route("POST", "/api/v1/apps/{id}/credentials/secrets", .apps, app("manage"), ClientSecrets.create),
        Route("GET", "/api/v1/apps/{id}/credentials/jwks", .apps, read("apps", on: .app(0)), ClientKeys.list),
        Route("POST", "/api/v1/apps/{id}/credentials/jwks", .apps, app("manage"), ClientKeys.add),
        Route("GET", "/api/v1/apps/{id}/grants", .apps, grants("read"), ListGrants.run),
        Route("POST", "/api/v1/apps/{id}/grants", .apps, grants("manage"), GrantScope.run),
        Route("GET", "/api/v1/apps/{id}/grants/{id}", .apps, grants("read"), GetGrant.run),
        Route("DELETE", "/api/v1/apps/{id}/grants/{id}", .apps, grants("manage"), RevokeGrant.run),
    ]

    private static let credentials = credential(ClientSecret.self) + credential(ClientKey.self)

    /// What one secret, or one key, of a client answers to.
    private static func credential<One: ClientCredential>(_: One.Type) -> [Route] {
        let path = "/api/v1/apps/{id}/credentials/\(One.segment)/{id}"
        return [
            Route("GET", path, .apps, read("apps", on: .app(0)), ClientCredentials<One>.get),
            Route("DELETE", path, .apps, app("manage"), ClientCredentials<One>.delete),
            Route("POST", path + "/lifecycle/activate", .apps, app("manage"), ClientCredentials<One>.activate),
            Route(
                "POST", path + "/lifecycle/deactivate", .apps, app("manage"),
                ClientCredentials<One>.deactivate),
        ]
    }

    private static let hooks: [Route] = [
        Route("GET", "/api/v1/logs", .logs, read("logs", on: .listed), ListLogEvents.run),
        Route("GET", "/api/v1/eventHooks", .other, hook("read"), ListEventHooks.run),
        Route("POST", "/api/v1/eventHooks", .other, hook("manage"), CreateEventHook.run),
        Route("GET", "/api/v1/eventHooks/{id}", .other, hook("read"), GetEventHook.run),
        Route("PUT", "/api/v1/eventHooks/{id}", .other, hook("manage"), ReplaceEventHook.run),
        Route("DELETE", "/api/v1/eventHooks/{id}", .other, hook("manage"), DeleteEventHook.run),
        Route("POST", "/api/v1/eventHooks/{id}/lifecycle/activate", .other, hook("manage"), ActivateEventHook.run),
        Route("POST", "/api/v1/eventHooks/{id}/lifecycle/deactivate", .other, hook("manage"), DeactivateEventHook.run),
        Route("POST", "/api/v1/eventHooks/{id}/lifecycle/verify", .other, hook("manage"), VerifyEventHook.run),
    ]

    private static let administration: [Route] = [
        Route("GET", "/api/v1/users/{id}/roles", .iam, seesRoles, UserRoles.list),
        Route("POST", "/api/v1/users/{id}/roles", .iam, givesRoles, UserRoles.assign),
        Route("DELETE", "/api/v1/users/{id}/roles/{id}", .iam, givesRoles, UserRoles.unassign),
        Route("GET", "/oauth2/v1/clients/{id}/roles", .iam, seesRoles, ClientRoles.list),
        Route("POST", "/oauth2/v1/clients/{id}/roles", .iam, givesRoles, ClientRoles.assign),
        Route("DELETE", "/oauth2/v1/clients/{id}/roles/{id}", .iam, givesRoles, ClientRoles.unassign),
        Route("GET", "/api/v1/iam/roles", .iam, seesRoles, CustomRoles.list),
        Route("POST", "/api/v1/iam/roles", .iam, givesRoles, CustomRoles.create),
        Route("GET", "/api/v1/iam/roles/{id}", .iam, seesRoles, CustomRoles.get),
        Route("DELETE", "/api/v1/iam/roles/{id}", .iam, givesRoles, CustomRoles.delete),
        Route("GET", "/api/v1/iam/roles/{id}/permissions", .iam, seesRoles, CustomRoles.permissions),
        Route("POST", "/api/v1/iam/roles/{id}/permissions/{id}", .iam, givesRoles, CustomRoles.addPermission),
        Route("DELETE", "/api/v1/iam/roles/{id}/permissions/{id}", .iam, givesRoles, CustomRoles.removePermission),
        Route("GET", "/api/v1/iam/resource-sets", .iam, seesRoles, ResourceSets.list),
        Route("POST", "/api/v1/iam/resource-sets", .iam, givesRoles, ResourceSets.create),
        Route("GET", "/api/v1/iam/resource-sets/{id}", .iam, seesRoles, ResourceSets.get),
        Route("DELETE", "/api/v1/iam/resource-sets/{id}", .iam, givesRoles, ResourceSets.delete),
        Route("GET", "/api/v1/iam/resource-sets/{id}/resources", .iam, seesRoles, ResourceSets.resources),
        Route("PATCH", "/api/v1/iam/resource-sets/{id}/resources", .iam, givesRoles, ResourceSets.addResources),
        Route(
            "DELETE", "/api/v1/iam/resource-sets/{id}/resources/{id}", .iam, givesRoles, ResourceSets.removeResource),
        Route("GET", "/api/v1/iam/resource-sets/{id}/bindings", .iam, seesRoles, RoleBindings.list),
        Route("POST", "/api/v1/iam/resource-sets/{id}/bindings", .iam, givesRoles, RoleBindings.create),
        Route("DELETE", "/api/v1/iam/resource-sets/{id}/bindings/{id}", .iam, givesRoles, RoleBindings.delete),
        Route("GET", "/api/v1/iam/resource-sets/{id}/bindings/{id}/members", .iam, seesRoles, RoleBindings.members),
        Route(
            "PATCH", "/api/v1/iam/resource-sets/{id}/bindings/{id}/members", .iam, givesRoles,
            RoleBindings.addMembers),
        Route(
            "DELETE", "/api/v1/iam/resource-sets/{id}/bindings/{id}/members/{id}", .iam, givesRoles,
            RoleBindings.removeMember),
    ]

    private static func read(_ kind: String, on target: Need.Target) -> Need {
        Need("okta.\(kind).read", "okta.\(kind).read", on: target)
    }

    private static func manage(_ kind: String, _ permission: String, on target: Need.Target) -> Need {
        Need("okta.\(kind).manage", permission, on: target)
    }

    /// What changes the user in the path.
    private static func user(_ permission: String) -> Need {
        manage("users", "okta.users.\(permission)", on: .user(0))
    }

    /// What changes the group in the path.
    private static func group(_ permission: String) -> Need {
        manage("groups", "okta.groups.\(permission)", on: .group(0))
    }

    /// What changes the application in the path.
    private static func app(_ permission: String) -> Need {
        manage("apps", "okta.apps.\(permission)", on: .app(0))
    }

    /// A membership takes a permission of each side.
    private static let membership = group("members.manage").and("okta.users.groupMembership.manage", on: .user(1))

    private static func hook(_ operation: String) -> Need {
        Need("okta.eventHooks.\(operation)", "okta.eventhooks.\(operation)", on: .org)
    }

    private static func grants(_ operation: String) -> Need {
        Need("okta.appGrants.\(operation)", "okta.apps.\(operation)", on: .app(0))
    }

    private static let seesRoles = Need("okta.roles.read", "okta.iam.read", on: .administration)
    private static let givesRoles = Need("okta.roles.manage", Need.rolesOnly, on: .administration)
}
