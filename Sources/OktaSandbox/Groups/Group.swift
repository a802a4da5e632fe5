import Core

/// A group of the simulated org.
struct Group: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        /// Made in Okta; the only kind whose profile and members can be changed.
        case okta = "OKTA_GROUP"
        /// Imported from an application.
        case app = "APP_GROUP"
        /// Everyone.
        case builtIn = "BUILT_IN"
    }

    let id: String
    let kind: Kind
    var name: String
    var description: String?
    let created: Timestamp
    var lastUpdated: Timestamp
    var lastMembershipUpdated: Timestamp

    func json(baseURL: String) -> JSON {
        let own = "\(baseURL)/api/v1/groups/\(id)"
        let objectClass: JSON = kind == .app ? "okta:windows_security_principal" : "okta:user_group"
        return [
            "id": .string(id),
            "created": .string(created.rfc3339),
            "lastUpdated": .string(lastUpdated.rfc3339),
            "lastMembershipUpdated": .string(lastMembershipUpdated.rfc3339),
            "objectClass": [objectClass],
            "type": .string(kind.rawValue),
            "profile": ["name": .string(name), "description": description.map(JSON.string) ?? .null],
            "_links": [
                "logo": [logo("medium", baseURL), logo("large", baseURL)],
                "users": ["href": .string(own + "/users")],
                "apps": ["href": .string(own + "/apps")],
            ],
        ]
    }

    private func logo(_ size: String, _ baseURL: String) -> JSON {
        [
            "name": .string(size), "href": .string("\(baseURL)/assets/img/logos/groups/okta-\(size).png"),
            "type": "image/png",
        ]
    }
}

extension Group: Listed {
    func listing(baseURL: String) -> JSON { json(baseURL: baseURL) }

    /// What a filter compares.
    func values(_ attribute: String) -> [String] {
        switch attribute {
        case "id": [id]
        case "type": [kind.rawValue]
        case "created": [created.rfc3339]
        case "lastUpdated": [lastUpdated.rfc3339]
        case "lastMembershipUpdated": [lastMembershipUpdated.rfc3339]
        case "profile.name": [name]
        case "profile.description": description.map { [$0] } ?? []
        default: []
        }
    }

    /// What `search` knows.
    static let searchable: Set<String> = filterable.union(["created", "profile.name", "profile.description"])
    /// What `filter` knows.
    static let filterable: Set<String> = ["id", "type", "lastUpdated", "lastMembershipUpdated"]
}

extension OktaOrg {
    /// Where the group of that id stands.
    func index(ofGroup id: String) throws(OktaError) -> Int {
        guard let index = groups.firstIndex(where: { $0.id == id }) else { throw .notFound(id, .group) }
        return index
    }
}
