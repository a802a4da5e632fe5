/// Works out the least grant for some actions. Pure: the same actions of the same spoke file have the same grant.
struct GrantCompiler: Sendable {
    let spoke: Spoke
    /// Whether a scope counts for those that the spoke file says it implies. A provider that does not see it so refuses
    /// more than we think; never less.
    let trustsImpliedScopes: Bool
    /// The provider's operations by the scopes that they ask for; nil without a table of them.
    private let operations: [Set<String>: [ProviderOperation]]?

    init(spoke: Spoke, trustsImpliedScopes: Bool) {
        self.spoke = spoke
        self.trustsImpliedScopes = trustsImpliedScopes
        operations = spoke.operations.map { Dictionary(grouping: $0) { Set($0.scopes) } }
    }

    /// The grant of the chosen actions; keys that the spoke does not have count for nothing.
    func compile(_ chosen: Set<String>) -> Grant {
        let actions = spoke.actions.filter { chosen.contains($0.key) }
        let scopes = least(Self.byName(actions.flatMap { action in action.scopes.map { ($0, action.key) } })) { name in
            implied(by: [name])
        }
        let (permissions, roles) = rights(actions)
        let held = Set(permissions.map(\.need.name)).union(permissions.flatMap { implied(byPermission: $0.need.name) })
        let rights = held.map { Action.Permission.Right.permission($0) } + roles.map { .standardRole($0.need.name) }
        return Grant(
            actions: actions.map(\.key), scopes: scopes, permissions: permissions, standardRoles: roles,
            resources: resources(permissions + roles),
            reach: reach(beyond: actions, scopes: Set(scopes.map(\.name)), rights: Set(rights)))
    }

    /// The scopes and what they imply.
    private func implied(by scopes: Set<String>) -> Set<String> {
        trustsImpliedScopes ? spoke.implied(by: scopes) : scopes
    }

    /// The permission and what it implies.
    private func implied(byPermission name: String) -> Set<String> {
        Set(spoke.impliedPermissions[name] ?? []).union([name])
    }

    /// What is named, without what another of it implies; each with every action that it serves.
    private func least(_ named: [Grant.Need], implied: (String) -> Set<String>) -> [Grant.Need] {
        named.filter { need in !named.contains { $0.name != need.name && implied($0.name).contains(need.name) } }
            .map { kept in
                let served = implied(kept.name)
                let by = Set(named.filter { served.contains($0.name) }.flatMap(\.neededBy))
                return Grant.Need(name: kept.name, neededBy: spoke.actions.map(\.key).filter(by.contains))
            }
    }

    private func rights(_ actions: [Action]) -> (permissions: [Grant.RightNeed], roles: [Grant.RightNeed]) {
        var known: [Action.Permission.Right: Action.Permission] = [:]
        var permissions: [(name: String, action: String)] = []
        var roles: [(name: String, action: String)] = []
        for action in actions {
            for permission in action.permissions {
                if known[permission.right] == nil { known[permission.right] = permission }
                switch permission.right {
                case .permission(let name): permissions.append((name, action.key))
                case .standardRole(let name): roles.append((name, action.key))
                }
            }
        }
        func stated(_ need: Grant.Need, _ right: Action.Permission.Right) -> Grant.RightNeed? {
            known[right].map { Grant.RightNeed(need: need, basis: $0.basis, source: $0.source) }
        }
        let least = least(Self.byName(permissions)) { implied(byPermission: $0) }
        return (
            least.compactMap { stated($0, .permission($0.name)) },
            Self.byName(roles).compactMap { stated($0, .standardRole($0.name)) }
        )
    }

    /// The resource kinds whose word stands in a right's name, such as `users` in `okta.users.lifecycle.suspend`.
    private func resources(_ rights: [Grant.RightNeed]) -> [Grant.Need] {
        Self.byName(
            spoke.resources.flatMap { kind in
                rights.filter { $0.need.name.split(separator: ".").contains(kind[...]) }
                    .flatMap { right in right.need.neededBy.map { (kind, $0) } }
            })
    }

    private func reach(
        beyond chosen: [Action], scopes: Set<String>, rights: Set<Action.Permission.Right>
    ) -> Grant.Reach {
        let held = implied(by: scopes)
        let keys = Set(chosen.map(\.key))
        let others = spoke.actions.filter { action in
            !keys.contains(action.key) && held.isSuperset(of: action.scopes)
                && rights.isSuperset(of: action.permissions.map(\.right))
        }
        let used = Set(chosen.map { ProviderOperation.key($0.request.method.rawValue, $0.request.path) })
        let beyond = operations?.filter { held.isSuperset(of: $0.key) }.values.joined()
            .filter { !used.contains($0.key) }
        return Grant.Reach(
            actions: others.map(\.key), operations: beyond?.count,
            deletions: beyond?.count { $0.method == "DELETE" })
    }

    /// Pairs of a name and an action's key, gathered by name in the order of the names.
    private static func byName(_ pairs: [(name: String, action: String)]) -> [Grant.Need] {
        var found: [String: [String]] = [:]
        for pair in pairs where found[pair.name]?.contains(pair.action) != true {
            found[pair.name, default: []].append(pair.action)
        }
        return found.sorted { $0.key < $1.key }.map { Grant.Need(name: $0.key, neededBy: $0.value) }
    }
}

extension Action.Permission.Right {
    /// The provider's name of it.
    var name: String {
        switch self {
        case .permission(let name), .standardRole(let name): name
        }
    }
}
