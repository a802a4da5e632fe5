import Core
public import Ports

extension Spokes {
    /// What can be done with spokes and their actions.
    public var operations: [Operation] { spokeOperations + actionOperations }

    private var spokeOperations: [Operation] {
        [
            Operation(
                "spoke", .list, roles: [.connectionAdmin, .auditor], says: "Lists the spokes of this hub by name.",
                fields: [Paging.after]
            ) {
                let active = try await self.activeNames()
                let spokes = self.summaries.map { active.contains($0.name) ? $0.active : $0.inactive }
                return Paging.page(of: spokes, after: $0.text("after"))
            },
            Operation(
                "spoke", .get, roles: [.connectionAdmin, .auditor],
                says: "Shows a spoke and what each of its actions needs."
            ) { try await self.known($0.id).json(isActive: self.isActive($0.id)) },
            Operation(
                "spoke", .act("activate"), roles: [.connectionAdmin],
                says: "Activates a spoke: from now on its actions exist here, for the connections that enable them."
            ) { try await self.setActive(true, $0) },
            Operation(
                "spoke", .act("deactivate"), roles: [.connectionAdmin],
                says:
                    "Deactivates a spoke: every call of its actions is refused, whatever connections enable. flows_fail: the "
                    + "active flows that fail for it."
            ) { try await self.setActive(false, $0) },
        ]
    }
}

extension Spoke {
    func summary(isActive: Bool) -> JSONObject {
        [
            "id": .string(name), "name": .string(name), "title": .string(title), "active": .bool(isActive),
            "version": .int(version), "source": .string(source),
            "credential_kinds": .texts(Set(authentication.map(\.credentialKind)).sorted()),
            "action_count": .int(Int64(actions.count)),
        ]
    }

    func json(isActive: Bool) -> JSON {
        var members = summary(isActive: isActive)
        members["actions"] = .array(actions.map(\.json))
        return .object(members)
    }
}

extension Action {
    var json: JSON {
        [
            "key": .string(key), "name": .string(name), "says": .string(says),
            "kind": .string(type(of: kind).word), "method": .string(request.method.rawValue),
            "path": .string(request.path), "inputs": .array(input.properties.map(\.json)),
            "outputs": .array(kind.fields.map(\.json)), "scopes": .texts(scopes),
            "permissions": .array(permissions.map(\.json)),
            "destructive": .string(destructive.rawValue), "repeat": .string(`repeat`.rawValue),
        ]
    }
}

extension Action.Permission {
    var json: JSON {
        let name: JSON
        let isRole: Bool
        switch right {
        case .permission(let text): (name, isRole) = (.string(text), false)
        case .standardRole(let text): (name, isRole) = (.string(text), true)
        }
        return [
            "name": name, "standard_role": .bool(isRole), "basis": .string(basis.rawValue), "source": .string(source),
        ]
    }
}

extension OutputMapping.Field {
    var json: JSON {
        [
            "name": .string(name), "type": .string(kind.rawValue), "optional": .bool(isOptional),
            "sensitive": .bool(isSensitive),
        ]
    }
}

extension InputSchema.Property {
    var json: JSON {
        [
            "name": .string(name), "type": .string(kind.rawValue), "required": .bool(isRequired),
            "sensitive": .bool(isSensitive), "says": .string(says), "takes": .string(expected),
        ]
    }
}
