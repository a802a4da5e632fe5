import Core

/// `/api/v1/users/{id}/roles`: the standard roles of a person, and custom roles over resource sets.
enum UserRoles {
    static func list(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(.array(org.roles(of: try subject(org, call))))
    }

    static func assign(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(try org.assign(try call.object(), to: try subject(org, call), at: call.now), status: 201)
    }

    static func unassign(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try org.unassign(call.parameters[1], from: try subject(org, call))
        return .nothing
    }

    private static func subject(_ org: OktaOrg, _ call: Call) throws(OktaError) -> Administration.Subject {
        .user(org.persons[try org.index(ofUser: call.parameters[0])].id)
    }
}

/// `/oauth2/v1/clients/{id}/roles`: the same of a service application.
enum ClientRoles {
    static func list(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(.array(org.roles(of: try subject(org, call))))
    }

    static func assign(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(try org.assign(try call.object(), to: try subject(org, call), at: call.now), status: 201)
    }

    static func unassign(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try org.unassign(call.parameters[1], from: try subject(org, call))
        return .nothing
    }

    private static func subject(_ org: OktaOrg, _ call: Call) throws(OktaError) -> Administration.Subject {
        .client(org.apps[try org.index(ofApp: call.parameters[0])].id)
    }
}

extension OktaOrg {
    func roles(of subject: Administration.Subject) -> [JSON] {
        let standard = administration.assignments.filter { $0.subject == subject }.map(\.json)
        let custom = administration.bindings.flatMap { binding in
            binding.members.filter { $0.subject == subject }.map { member in
                json(ofCustom: binding, member.id, member.created, subject)
            }
        }
        return standard + custom
    }

    /// Assigns what the body names: `{"type": "USER_ADMIN"}`, or `CUSTOM` with `role` and `resource-set`.
    mutating func assign(
        _ body: JSONObject, to subject: Administration.Subject, at now: Timestamp
    ) throws(OktaError) -> JSON {
        guard let type = body["type"]?.string else {
            throw .validation("type", "type: The field cannot be left blank")
        }
        guard type == "CUSTOM" else {
            guard let role = StandardRole(rawValue: type) else {
                throw .validation("type", "type: The role type is not one of the org's.")
            }
            guard !administration.assignments.contains(where: { $0.subject == subject && $0.role == role }) else {
                throw .alreadyAssigned
            }
            let assignment = Administration.Assignment(
                id: dice.id("ra1"), role: role, subject: subject, created: now)
            administration.assignments.append(assignment)
            return assignment.json
        }
        let role = try customRole(body["role"]?.string ?? "").id
        let set = try resourceSet(body["resource-set"]?.string ?? "").id
        let index = bindingIndex(role: role, set: set)
        guard !administration.bindings[index].members.contains(where: { $0.subject == subject }) else {
            throw .alreadyAssigned
        }
        let member = (id: dice.id("irb"), subject: subject, created: now)
        administration.bindings[index].members.append(member)
        return json(ofCustom: administration.bindings[index], member.id, now, subject)
    }

    mutating func unassign(_ id: String, from subject: Administration.Subject) throws(OktaError) {
        if let index = administration.assignments.firstIndex(where: { $0.id == id && $0.subject == subject }) {
            administration.assignments.remove(at: index)
            return
        }
        for index in administration.bindings.indices {
            let before = administration.bindings[index].members.count
            administration.bindings[index].members.removeAll { $0.id == id && $0.subject == subject }
            if administration.bindings[index].members.count < before { return }
        }
        throw .notFound(id, .role)
    }

    /// Where the binding of that role and set stands; it is made when there is none.
    mutating func bindingIndex(role: String, set: String) -> Int {
        if let index = administration.bindings.firstIndex(where: { $0.roleID == role && $0.setID == set }) {
            return index
        }
        administration.bindings.append(.init(roleID: role, setID: set, members: []))
        return administration.bindings.count - 1
    }

    private func json(
        ofCustom binding: Administration.Binding, _ id: String, _ created: Timestamp,
        _ subject: Administration.Subject
    ) -> JSON {
        let label = administration.customRoles.first { $0.id == binding.roleID }?.label ?? ""
        return [
            "id": .string(id), "role": .string(binding.roleID), "label": .string(label), "type": "CUSTOM",
            "status": "ACTIVE", "created": .string(created.rfc3339), "lastUpdated": .string(created.rfc3339),
            "assignmentType": .string(subject.assignmentType), "resource-set": .string(binding.setID),
        ]
    }
}

extension Administration.Subject {
    /// As Okta names it.
    var assignmentType: String {
        switch self {
        case .user: "USER"
        case .group: "GROUP"
        case .client: "CLIENT"
        }
    }
}

extension Administration.Assignment {
    var json: JSON {
        [
            "id": .string(id), "label": .string(role.label), "type": .string(role.rawValue), "status": "ACTIVE",
            "created": .string(created.rfc3339), "lastUpdated": .string(created.rfc3339),
            "assignmentType": .string(subject.assignmentType),
        ]
    }
}
