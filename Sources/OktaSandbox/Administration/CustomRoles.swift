import Core

/// `/api/v1/iam/roles`.
enum CustomRoles {
    static func list(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(["roles": .array(org.administration.customRoles.map { $0.json(org) })])
    }

    static func create(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let body = try call.object()
        let label = try Self.label(body)
        guard !org.administration.customRoles.contains(where: { $0.label == label }) else {
            throw .validation("label", "label: Another role has this label.")
        }
        guard let items = body["permissions"]?.array, !items.isEmpty else {
            throw .validation("permissions", "permissions: The field cannot be left blank")
        }
        var permissions: [String] = []
        for item in items { permissions.append(try known(item.string ?? "")) }
        let role = Administration.CustomRole(
            id: org.dice.id("cr0"), label: label, description: body["description"]?.string ?? "",
            permissions: permissions, created: call.now, lastUpdated: call.now)
        org.administration.customRoles.append(role)
        return .json(role.json(org))
    }

    static func get(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(try org.customRole(call.parameters[0]).json(org))
    }

    static func delete(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let id = try org.customRole(call.parameters[0]).id
        org.administration.customRoles.removeAll { $0.id == id }
        org.administration.bindings.removeAll { $0.roleID == id }
        return .nothing
    }

    static func permissions(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let role = try org.customRole(call.parameters[0])
        let all = role.permissions.map { permission in
            (
                id: permission,
                json: [
                    "label": .string(permission), "created": .string(role.created.rfc3339),
                    "lastUpdated": .string(role.lastUpdated.rfc3339),
                ] as JSON
            )
        }
        return try Paging.inBody(
            "permissions", all, call, path: "\(org.baseURL)/api/v1/iam/roles/\(role.id)/permissions")
    }

    static func addPermission(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let permission = try known(call.parameters[1])
        try change(&org, call) { role in
            if !role.permissions.contains(permission) { role.permissions.append(permission) }
        }
        return .nothing
    }

    static func removePermission(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let permission = try known(call.parameters[1])
        try change(&org, call) { role in role.permissions.removeAll { $0 == permission } }
        return .nothing
    }

    private static func change(
        _ org: inout OktaOrg, _ call: Call, _ body: (inout Administration.CustomRole) -> Void
    ) throws(OktaError) {
        let id = try org.customRole(call.parameters[0]).id
        for index in org.administration.customRoles.indices where org.administration.customRoles[index].id == id {
            body(&org.administration.customRoles[index])
            org.administration.customRoles[index].lastUpdated = call.now
        }
    }

    private static func known(_ permission: String) throws(OktaError) -> String {
        guard Permission.known.contains(permission) else {
            throw .validation("permissions", "permissions: The permission does not exist.")
        }
        return permission
    }

    /// The label of a new role or resource set.
    static func label(_ body: JSONObject) throws(OktaError) -> String {
        guard let label = body["label"]?.string, !label.isEmpty else {
            throw .validation("label", "label: The field cannot be left blank")
        }
        return label
    }
}

extension OktaOrg {
    /// The custom role of that id or label.
    func customRole(_ name: String) throws(OktaError) -> Administration.CustomRole {
        guard let role = administration.customRoles.first(where: { $0.id == name || $0.label == name }) else {
            throw .notFound(name, .customRole)
        }
        return role
    }
}

extension Administration.CustomRole {
    func json(_ org: OktaOrg) -> JSON {
        let own = "\(org.baseURL)/api/v1/iam/roles/\(id)"
        return [
            "id": .string(id), "label": .string(label), "description": .string(description),
            "created": .string(created.rfc3339), "lastUpdated": .string(lastUpdated.rfc3339),
            "_links": [
                "self": ["href": .string(own)], "permissions": ["href": .string(own + "/permissions")],
            ],
        ]
    }
}
