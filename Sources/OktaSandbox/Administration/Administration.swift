import Core

/// Who may administer what: standard roles, custom roles, and the resource sets that custom roles are bound to.
struct Administration: Sendable {
    /// Somebody or something that holds a role.
    enum Subject: Sendable, Hashable {
        case user(String)
        case group(String)
        case client(String)
    }

    /// A standard role that somebody holds over the whole org.
    struct Assignment: Sendable {
        let id: String
        let role: StandardRole
        let subject: Subject
        let created: Timestamp
    }

    /// What a custom role's holder may do.
    struct CustomRole: Sendable {
        let id: String
        var label: String
        var description: String
        var permissions: [String]
        let created: Timestamp
        var lastUpdated: Timestamp
    }

    /// What a custom role's holder may do it to.
    struct ResourceSet: Sendable {
        let id: String
        var label: String
        var description: String
        var resources: [(id: String, resource: Resource)]
        let created: Timestamp
        var lastUpdated: Timestamp
    }

    /// A custom role over a resource set, and who holds it.
    struct Binding: Sendable {
        let roleID: String
        let setID: String
        var members: [(id: String, subject: Subject, created: Timestamp)]
    }

    var assignments: [Assignment] = []
    var customRoles: [CustomRole] = []
    var resourceSets: [ResourceSet] = []
    var bindings: [Binding] = []

    mutating func assign(_ role: StandardRole, to subject: Subject, id: String, at now: Timestamp) {
        assignments.append(Assignment(id: id, role: role, subject: subject, created: now))
    }
}

/// The roles that every org has, and the permissions that each stands for.
///
/// Okta describes them in prose; the permissions here are inferred from it.
enum StandardRole: String, Sendable, CaseIterable {
    case superAdmin = "SUPER_ADMIN"
    case orgAdmin = "ORG_ADMIN"
    case appAdmin = "APP_ADMIN"
    case userAdmin = "USER_ADMIN"
    case helpDeskAdmin = "HELP_DESK_ADMIN"
    case readOnlyAdmin = "READ_ONLY_ADMIN"
    case reportAdmin = "REPORT_ADMIN"
    case groupMembershipAdmin = "GROUP_MEMBERSHIP_ADMIN"
    case apiAccessManagementAdmin = "API_ACCESS_MANAGEMENT_ADMIN"

    /// As Okta shows it.
    var label: String {
        switch self {
        case .superAdmin: "Super Organization Administrator"
        case .orgAdmin: "Organization Administrator"
        case .appAdmin: "Application Administrator"
        case .userAdmin: "Group Administrator"
        case .helpDeskAdmin: "Help Desk Administrator"
        case .readOnlyAdmin: "Read Only Administrator"
        case .reportAdmin: "Report Administrator"
        case .groupMembershipAdmin: "Group Membership Administrator"
        case .apiAccessManagementAdmin: "API Access Management Administrator"
        }
    }

    func allows(_ permission: String) -> Bool {
        switch self {
        case .superAdmin: true
        case .orgAdmin: permission != Need.rolesOnly
        case .appAdmin:
            Permission.implies(
                [
                    "okta.apps.manage", "okta.users.read", "okta.groups.read", "okta.users.appAssignment.manage",
                    "okta.groups.appAssignment.manage",
                ], permission)
        case .userAdmin:
            Permission.implies(["okta.users.manage", "okta.groups.members.manage", "okta.groups.read"], permission)
        case .helpDeskAdmin:
            Permission.implies(
                [
                    "okta.users.read", "okta.groups.read", "okta.users.credentials.manage",
                    "okta.users.lifecycle.unlock", "okta.users.lifecycle.clearSessions",
                ], permission)
        case .readOnlyAdmin: permission.hasSuffix(".read")
        case .reportAdmin: permission == "okta.logs.read"
        case .groupMembershipAdmin:
            Permission.implies(
                [
                    "okta.groups.members.manage", "okta.groups.read", "okta.users.read",
                    "okta.users.groupMembership.manage",
                ], permission)
        case .apiAccessManagementAdmin: permission == "okta.apps.read"
        }
    }
}

enum Permission {
    /// The permissions that a custom role may have; a selection of Okta's list.
    static let known: Set<String> = [
        "okta.users.manage", "okta.users.create", "okta.users.read", "okta.users.userprofile.manage",
        "okta.users.credentials.manage", "okta.users.credentials.resetFactors",
        "okta.users.credentials.resetPassword", "okta.users.credentials.expirePassword",
        "okta.users.lifecycle.manage", "okta.users.lifecycle.activate", "okta.users.lifecycle.deactivate",
        "okta.users.lifecycle.suspend", "okta.users.lifecycle.unsuspend", "okta.users.lifecycle.delete",
        "okta.users.lifecycle.unlock", "okta.users.lifecycle.clearSessions", "okta.users.groupMembership.manage",
        "okta.users.appAssignment.manage", "okta.groups.manage", "okta.groups.create", "okta.groups.read",
        "okta.groups.members.manage", "okta.groups.appAssignment.manage", "okta.apps.manage", "okta.apps.read",
        "okta.apps.assignment.manage", "okta.eventhooks.manage", "okta.eventhooks.read", "okta.iam.read",
    ]

    /// Whether somebody with these may do what needs that one: `okta.users.lifecycle.manage` holds everything that
    /// begins with `okta.users.lifecycle.`, and so on upwards.
    static func implies(_ held: [String], _ wanted: String) -> Bool {
        held.contains { permission in
            permission == wanted
                || (permission.hasSuffix(".manage") && wanted.hasPrefix(permission.dropLast("manage".count)))
        }
    }
}
