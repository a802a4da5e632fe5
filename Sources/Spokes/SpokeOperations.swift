import Core
public import Ports

extension Spokes {
    /// What can be asked about spokes; nothing about them can be changed through operations.
    public var operations: [Operation] {
        let catalogue = catalogue
        return [
            Operation(
                "spoke", .list, roles: [.connectionAdmin, .auditor], says: "Lists the spokes of this hub."
            ) { _ in ["items": .array(catalogue.spokes.prefix(Limits.pageRows.value).map(\.summary))] },
            Operation(
                "spoke", .get, roles: [.connectionAdmin, .auditor],
                says: "Shows a spoke and what each of its actions needs."
            ) { request in
                guard let spoke = catalogue.spoke(request.id) else {
                    throw HubError(
                        .notFound, "unknown_spoke",
                        "There is no spoke \"\(Shown.name(request.id))\". `linchpin spoke list` shows them.")
                }
                return spoke.json
            },
        ]
    }
}

extension Spoke {
    var summary: JSON {
        [
            "name": .string(name), "title": .string(title), "version": .int(version), "source": .string(source),
            "credential_kinds": .array(Set(authentication.map(\.credentialKind)).sorted().map { .string($0) }),
            "action_count": .int(Int64(actions.count)),
        ]
    }

    var json: JSON {
        var members = summary.object ?? JSONObject()
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
            "outputs": .array(kind.outputs.map { .string($0) }), "scopes": .array(scopes.map { .string($0) }),
            "permissions": .array(
                permissions.map { ["name": .string($0.name), "basis": .string($0.basis.rawValue)] }),
            "destructive": .string(destructive.rawValue), "repeat": .string(`repeat`.rawValue),
        ]
    }
}

extension InputSchema.Property {
    var json: JSON {
        [
            "name": .string(name), "type": .string(kind.rawValue), "required": .bool(isRequired),
            "says": .string(says), "takes": .string(expected),
        ]
    }
}
