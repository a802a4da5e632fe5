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
        let scopes = leastScopes(actions)
        let rights = Self.rights(actions)
        let permissions = rights.compactMap { right, need in
            if case .permission = right { need } else { nil }
        }
        let roles = rights.compactMap { right, need in
            if case .standardRole = right { need } else { nil }
        }
        return Grant(
            actions: actions.map(\.key), scopes: scopes, permissions: permissions, standardRoles: roles,
            resources: resources(permissions + roles),
            reach: reach(beyond: actions, scopes: Set(scopes.map(\.name)), rights: Set(rights.map(\.right))))
    }

    /// The scopes that the actions name, without those that another one of them implies.
    private func leastScopes(_ actions: [Action]) -> [Grant.Need] {
        let named = Self.byName(actions.flatMap { action in action.scopes.map { ($0, action.key) } })
        let all = Set(named.map(\.name))
        return named.filter { need in
            !all.contains { $0 != need.name && implied(by: [$0]).contains(need.name) }
        }
    }

    /// The scopes and what they imply.
    private func implied(by scopes: Set<String>) -> Set<String> {
        trustsImpliedScopes ? spoke.implied(by: scopes) : scopes
    }

    private static func rights(_ actions: [Action]) -> [(right: Action.Permission.Right, need: Grant.RightNeed)] {
        var found: [(right: Action.Permission.Right, permission: Action.Permission, by: [String])] = []
        for action in actions {
            for permission in action.permissions {
                if let place = found.firstIndex(where: { $0.right == permission.right }) {
                    found[place].by.append(action.key)
                } else {
                    found.append((permission.right, permission, [action.key]))
                }
            }
        }
        return found.sorted { $0.right.name < $1.right.name }.map { right, permission, by in
            let need = Grant.Need(name: right.name, neededBy: by)
            return (right, Grant.RightNeed(need: need, basis: permission.basis, source: permission.source))
        }
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
