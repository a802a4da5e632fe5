import Core

/// `/api/v1/iam/resource-sets`.
enum ResourceSets {
    /// As Okta bounds it.
    private static let resourcesMost = 1_000

    static func list(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(["resource-sets": .array(org.administration.resourceSets.map { $0.json(org) })])
    }

    static func create(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let body = try call.object()
        let label = try CustomRoles.label(body)
        guard !org.administration.resourceSets.contains(where: { $0.label == label }) else {
            throw .validation("label", "label: Another resource set has this label.")
        }
        var set = Administration.ResourceSet(
            id: org.dice.id("iam"), label: label, description: body["description"]?.string ?? "", resources: [],
            created: call.now, lastUpdated: call.now)
        try add(body["resources"], to: &set, &org)
        org.administration.resourceSets.append(set)
        return .json(set.json(org))
    }

    static func get(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(try org.resourceSet(call.parameters[0]).json(org))
    }

    static func delete(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let id = try org.resourceSet(call.parameters[0]).id
        org.administration.resourceSets.removeAll { $0.id == id }
        org.administration.bindings.removeAll { $0.setID == id }
        return .nothing
    }

    static func resources(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let set = try org.resourceSet(call.parameters[0])
        let all = set.resources.map { entry in
            (
                id: entry.id,
                json: [
                    "id": .string(entry.id), "created": .string(set.created.rfc3339),
                    "lastUpdated": .string(set.lastUpdated.rfc3339),
                    "_links": ["self": ["href": .string(org.baseURL + entry.resource.path)]],
                ] as JSON
            )
        }
        return try Paging.inBody(
            "resources", all, call, path: "\(org.baseURL)/api/v1/iam/resource-sets/\(set.id)/resources")
    }

    /// `{"additions": [addresses]}`.
    static func addResources(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        var set = try org.resourceSet(call.parameters[0])
        try add(try call.object()["additions"], to: &set, &org)
        set.lastUpdated = call.now
        org.replace(set)
        return .json(set.json(org))
    }

    static func removeResource(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        var set = try org.resourceSet(call.parameters[0])
        guard set.resources.contains(where: { $0.id == call.parameters[1] }) else {
            throw .notFound(call.parameters[1], .resourceSet)
        }
        set.resources.removeAll { $0.id == call.parameters[1] }
        org.replace(set)
        return .nothing
    }

    private static func add(
        _ addresses: JSON?, to set: inout Administration.ResourceSet, _ org: inout OktaOrg
    ) throws(OktaError) {
        guard let addresses = addresses?.array, !addresses.isEmpty else {
            throw .validation("resources", "resources: The field cannot be left blank")
        }
        for address in addresses {
            guard let resource = address.string.flatMap(Resource.init) else {
                throw .validation("resources", "resources: The sandbox knows users, groups, apps and iam only.")
            }
            if set.resources.contains(where: { $0.resource == resource }) { continue }
            set.resources.append((org.dice.id("ire"), resource))
        }
        guard set.resources.count <= resourcesMost else { throw .tooManyGroups }
    }
}

extension OktaOrg {
    /// The resource set of that id or label.
    func resourceSet(_ name: String) throws(OktaError) -> Administration.ResourceSet {
        guard let set = administration.resourceSets.first(where: { $0.id == name || $0.label == name }) else {
            throw .notFound(name, .resourceSet)
        }
        return set
    }

    mutating func replace(_ set: Administration.ResourceSet) {
        for index in administration.resourceSets.indices where administration.resourceSets[index].id == set.id {
            administration.resourceSets[index] = set
        }
    }
}

extension Administration.ResourceSet {
    func json(_ org: OktaOrg) -> JSON {
        let own = "\(org.baseURL)/api/v1/iam/resource-sets/\(id)"
        return [
            "id": .string(id), "label": .string(label), "description": .string(description),
            "created": .string(created.rfc3339), "lastUpdated": .string(lastUpdated.rfc3339),
            "_links": [
                "self": ["href": .string(own)], "resources": ["href": .string(own + "/resources")],
                "bindings": ["href": .string(own + "/bindings")],
            ],
        ]
    }
}
