import Core

/// What a resource set holds: everything of a kind, one of it, or the people in one group.
enum Resource: Sendable, Equatable {
    case allUsers
    case user(String)
    case usersIn(group: String)
    case allGroups
    case group(String)
    case allApps
    case app(String)
    case administration

    /// Reads an address such as `https://acme.okta.com/api/v1/groups/00g…/users`, or its path alone.
    init?(_ text: String) {
        guard let start = text.firstRange(of: "/api/v1/")?.upperBound else { return nil }
        let parts = text[start...].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains("") else { return nil }
        switch (parts[0], parts.count) {
        case ("users", 1): self = .allUsers
        case ("users", 2): self = .user(parts[1])
        case ("groups", 1): self = .allGroups
        case ("groups", 2): self = .group(parts[1])
        case ("groups", 3) where parts[2] == "users": self = .usersIn(group: parts[1])
        case ("apps", 1): self = .allApps
        case ("apps", 2): self = .app(parts[1])
        case ("iam", 1): self = .administration
        default: return nil
        }
    }

    /// The path that names it.
    var path: String {
        switch self {
        case .allUsers: "/api/v1/users"
        case .user(let id): "/api/v1/users/\(id)"
        case .usersIn(let group): "/api/v1/groups/\(group)/users"
        case .allGroups: "/api/v1/groups"
        case .group(let id): "/api/v1/groups/\(id)"
        case .allApps: "/api/v1/apps"
        case .app(let id): "/api/v1/apps/\(id)"
        case .administration: "/api/v1/iam"
        }
    }
}

/// How far somebody's roles reach, for one permission.
struct Reach: Sendable {
    /// Whether any role gives the permission, over whatever it may be.
    let isGiven: Bool
    /// Whether it is the whole org.
    let isWhole: Bool
    /// The resources otherwise; empty for nothing at all.
    let resources: [Resource]

    static let nothing = Reach(isGiven: false, isWhole: false, resources: [])
    static let whole = Reach(isGiven: true, isWhole: true, resources: [])

    func has(_ person: Person) -> Bool {
        isWhole
            || resources.contains { resource in
                switch resource {
                case .allUsers: true
                case .user(let id): id == person.id
                case .usersIn(let group): person.groupIDs.contains(group)
                case .allGroups, .group, .allApps, .app, .administration: false
                }
            }
    }

    func has(_ group: Group) -> Bool {
        isWhole || resources.contains(.allGroups) || resources.contains(.group(group.id))
    }

    func has(_ app: App) -> Bool { isWhole || resources.contains(.allApps) || resources.contains(.app(app.id)) }
}

/// What an operation needs of whoever calls: a scope of the token, and permissions over what it touches.
struct Need: Sendable {
    /// What stands in the path, by its place among the placeholders.
    enum Target: Sendable {
        case user(Int)
        case group(Int)
        case app(Int)
        /// A listing: what is out of reach is left out.
        case listed
        /// Something new, which is in reach only where everything of its kind is.
        case newUser
        case newGroup
        case newApp
        /// Roles and resource sets.
        case administration
        /// What belongs to the org as a whole: no resource set narrows it.
        case org
    }

    /// A permission that no custom role can have.
    static let rolesOnly = "okta.roles.manage"

    let scope: String
    /// Each of them, over its own target.
    private(set) var permissions: [(name: String, target: Target)]

    init(_ scope: String, _ permission: String, on target: Target) {
        self.scope = scope
        permissions = [(permission, target)]
    }

    /// For an operation that judges the permissions by itself, by its body.
    init(_ scope: String) {
        self.scope = scope
        permissions = []
    }

    /// The same, and another permission.
    func and(_ permission: String, on target: Target) -> Need {
        var need = self
        need.permissions.append((permission, target))
        return need
    }
}

extension OktaOrg {
    /// How far the caller's roles reach; roles add up.
    func reach(of caller: Caller, for permission: String) -> Reach {
        var subjects: Set<Administration.Subject> = [caller.subject]
        if let person = persons.first(where: { $0.id == caller.userID }) {
            subjects.formUnion(person.groupIDs.map { .group($0) })
        }
        let standard = administration.assignments.filter { subjects.contains($0.subject) }
        if standard.contains(where: { $0.role.allows(permission) }) { return .whole }
        let bound = administration.bindings.filter { binding in
            binding.members.contains { subjects.contains($0.subject) }
                && administration.customRoles.contains {
                    $0.id == binding.roleID && Permission.implies($0.permissions, permission)
                }
        }
        let sets = administration.resourceSets.filter { set in bound.contains { $0.setID == set.id } }
        return Reach(isGiven: !bound.isEmpty, isWhole: false, resources: sets.flatMap { $0.resources.map(\.resource) })
    }

    /// Refuses a caller whose roles lack one of the permissions; returns how far the first one reaches.
    func checkPermissions(_ caller: Caller, _ need: Need, _ parameters: [String]) throws(OktaError) -> Reach {
        var first: Reach?
        for permission in need.permissions {
            let reach = reach(of: caller, for: permission.name)
            try check(reach, permission.target, parameters)
            first = first ?? reach
        }
        return first ?? .nothing
    }

    /// Refuses what lies out of reach. Of something that does not exist the operation itself says so.
    func check(_ reach: Reach, _ target: Need.Target, _ parameters: [String]) throws(OktaError) {
        guard !reach.isWhole else { return }
        guard reach.isGiven else { throw .noPermission }
        let isIn =
            switch target {
            case .user(let place): person(named: parameters[place]).map(reach.has) ?? true
            case .group(let place): groups.first { $0.id == parameters[place] }.map(reach.has) ?? true
            case .app(let place): apps.first { $0.id == parameters[place] }.map(reach.has) ?? true
            case .listed, .org: true
            case .newUser: reach.resources.contains(.allUsers)
            case .newGroup: reach.resources.contains(.allGroups)
            case .newApp: reach.resources.contains(.allApps)
            case .administration: reach.resources.contains(.administration)
            }
        guard isIn else { throw .noPermission }
    }

    private func person(named name: String) -> Person? {
        do throws(OktaError) { return persons[try index(ofUserNamed: name)] } catch { return nil }
    }
}
