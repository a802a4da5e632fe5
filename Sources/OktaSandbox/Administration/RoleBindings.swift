import Core

/// `/api/v1/iam/resource-sets/{id}/bindings`: who holds which custom role over the set.
enum RoleBindings {
    static func list(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let set = try org.resourceSet(call.parameters[0])
        let roles = org.administration.bindings.filter { $0.setID == set.id }.map(\.roleID)
        return .json(
            [
                "roles": .array(
                    roles.map { role in
                        ["id": .string(role), "_links": ["self": ["href": .string(address(set.id, role, org))]]]
                    })
            ])
    }

    /// `{"role": id, "members": [addresses]}`.
    static func create(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let set = try org.resourceSet(call.parameters[0])
        let body = try call.object()
        let role = try org.customRole(body["role"]?.string ?? "")
        let subjects = try subjects(body["members"], org)
        let index = org.bindingIndex(role: role.id, set: set.id)
        add(subjects, toBindingAt: index, &org, at: call.now)
        let own = address(set.id, role.id, org)
        return .json(
            [
                "id": .string(role.id),
                "_links": [
                    "self": ["href": .string(own)], "members": ["href": .string(own + "/members")],
                    "resource-set": ["href": .string("\(org.baseURL)/api/v1/iam/resource-sets/\(set.id)")],
                ],
            ])
    }

    static func delete(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        org.administration.bindings.remove(at: try index(org, call))
        return .nothing
    }

    static func members(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let binding = org.administration.bindings[try index(org, call)]
        return .json(
            [
                "members": .array(
                    binding.members.map { member in
                        [
                            "id": .string(member.id), "created": .string(member.created.rfc3339),
                            "lastUpdated": .string(member.created.rfc3339),
                            "_links": ["self": ["href": .string(org.baseURL + member.subject.path)]],
                        ]
                    })
            ])
    }

    /// `{"additions": [addresses]}`.
    static func addMembers(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try index(org, call)
        add(try subjects(try call.object()["additions"], org), toBindingAt: index, &org, at: call.now)
        return .nothing
    }

    static func removeMember(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try index(org, call)
        guard org.administration.bindings[index].members.contains(where: { $0.id == call.parameters[2] }) else {
            throw .notFound(call.parameters[2], .binding)
        }
        org.administration.bindings[index].members.removeAll { $0.id == call.parameters[2] }
        return .nothing
    }

    private static func index(_ org: OktaOrg, _ call: Call) throws(OktaError) -> Int {
        let set = try org.resourceSet(call.parameters[0])
        let role = try org.customRole(call.parameters[1])
        guard
            let index = org.administration.bindings.firstIndex(where: { $0.setID == set.id && $0.roleID == role.id })
        else { throw .notFound(call.parameters[1], .binding) }
        return index
    }

    private static func add(
        _ subjects: [Administration.Subject], toBindingAt index: Int, _ org: inout OktaOrg, at now: Timestamp
    ) {
        for subject in subjects
        where !org.administration.bindings[index].members.contains(where: { $0.subject == subject }) {
            let id = org.dice.id("irb")
            org.administration.bindings[index].members.append((id, subject, now))
        }
    }

    /// Addresses of people, groups and service applications that exist.
    private static func subjects(
        _ addresses: JSON?, _ org: OktaOrg
    ) throws(OktaError) -> [Administration.Subject] {
        guard let addresses = addresses?.array, !addresses.isEmpty else {
            throw .validation("members", "members: The field cannot be left blank")
        }
        var found: [Administration.Subject] = []
        for address in addresses {
            guard let text = address.string, let subject = Administration.Subject(text), org.knows(subject) else {
                throw .validation("members", "members: A member is no user, group or client of the org.")
            }
            found.append(subject)
        }
        return found
    }

    private static func address(_ set: String, _ role: String, _ org: OktaOrg) -> String {
        "\(org.baseURL)/api/v1/iam/resource-sets/\(set)/bindings/\(role)"
    }
}

extension Administration.Subject {
    /// Reads an address such as `https://acme.okta.com/api/v1/users/00u…`.
    init?(_ address: String) {
        if let id = address.firstRange(of: "/oauth2/v1/clients/").map({ String(address[$0.upperBound...]) }) {
            self = .client(id)
            return
        }
        switch Resource(address) {
        case .user(let id): self = .user(id)
        case .group(let id): self = .group(id)
        case .app(let id): self = .client(id)
        default: return nil
        }
    }

    var path: String {
        switch self {
        case .user(let id): "/api/v1/users/\(id)"
        case .group(let id): "/api/v1/groups/\(id)"
        case .client(let id): "/oauth2/v1/clients/\(id)"
        }
    }
}

extension OktaOrg {
    func knows(_ subject: Administration.Subject) -> Bool {
        switch subject {
        case .user(let id): persons.contains { $0.id == id }
        case .group(let id): groups.contains { $0.id == id }
        case .client(let id): apps.contains { $0.id == id }
        }
    }
}
