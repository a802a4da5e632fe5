import Core

/// What some actions of a spoke need at the provider, and nothing more; and what that allows beyond them.
struct Grant: Sendable, Equatable {
    /// One thing to be given, and the actions that need it, by key.
    struct Need: Sendable, Equatable {
        let name: String
        let neededBy: [String]
    }

    /// One right of an admin role, how well it is known, and from where.
    struct RightNeed: Sendable, Equatable {
        let need: Need
        let basis: Action.Permission.Basis
        let source: String
    }

    /// What the grant allows at the provider although no chosen action needs it. The gate refuses all of it here; it
    /// counts for whoever holds the token elsewhere.
    struct Reach: Sendable, Equatable {
        /// Actions of the spoke that were not chosen and that the grant could do, by key.
        let actions: [String]
        /// Operations of the provider that the scopes alone allow and no chosen action uses; nil where the spoke has no
        /// table of operations. Roles and resource sets allow fewer.
        let operations: Int?
        /// How many of those operations delete.
        let deletions: Int?
    }

    /// The chosen actions, in the spoke's order.
    let actions: [String]
    /// OAuth scopes, the one that keeps a refresh token alive not among them.
    let scopes: [Need]
    /// Permissions of a custom admin role.
    let permissions: [RightNeed]
    /// Standard admin roles, for what no permission gives.
    let standardRoles: [RightNeed]
    /// The kinds of members that the resource set must hold.
    let resources: [Need]
    let reach: Reach
}

extension Grant {
    /// The names of a part.
    func names(of part: SetUp.Part) -> [String] {
        switch part {
        case .scopes: scopes.map(\.name)
        case .permissions: permissions.map(\.need.name)
        case .standardRoles: standardRoles.map(\.need.name)
        case .resources: resources.map(\.name)
        }
    }

    /// Whether it has any of a part; always true of nil, which asks for none.
    func hasAny(of part: SetUp.Part?) -> Bool { part.map { !names(of: $0).isEmpty } ?? true }

    var json: JSON {
        [
            "actions": .texts(actions),
            "scopes": .array(scopes.map(\.json)),
            "permissions": .array(permissions.map(\.json)),
            "standard_roles": .array(standardRoles.map(\.json)),
            "resources": .array(resources.map(\.json)),
            "residual_reach": [
                "actions": .texts(reach.actions),
                "operations": reach.operations.map { .int(Int64($0)) } ?? .null,
                "deletions": reach.deletions.map { .int(Int64($0)) } ?? .null,
                "says": .string(reach.says),
            ],
        ]
    }
}

extension Grant.Need {
    var json: JSON { ["name": .string(name), "needed_by": .texts(neededBy)] }
}

extension Grant.RightNeed {
    var json: JSON {
        [
            "name": .string(need.name), "needed_by": .texts(need.neededBy), "basis": .string(basis.rawValue),
            "source": .string(source),
        ]
    }
}

extension Grant.Reach {
    /// The residual reach as one sentence.
    var says: String {
        let inActions =
            actions.isEmpty ? "no other action of the spoke" : "\(actions.count) other actions of the spoke"
        guard let operations, let deletions else {
            return "Whoever held this token elsewhere could do \(inActions). How many of the provider's operations the "
                + "scopes allow is not known: the spoke has no table of them."
        }
        return "Whoever held this token elsewhere could do \(inActions). The scopes alone allow \(operations) of the "
            + "provider's operations that no chosen action uses, \(deletions) of them deletions."
    }
}
