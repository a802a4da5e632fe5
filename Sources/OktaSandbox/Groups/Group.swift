import Core

/// A group of the simulated org.
struct Group: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        /// Made in Okta; the only kind whose members can be changed.
        case okta = "OKTA_GROUP"
        /// Imported from an application.
        case app = "APP_GROUP"
        /// Everyone.
        case builtIn = "BUILT_IN"
    }

    let id: String
    let kind: Kind
    let name: String
    let description: String?
    let created: Timestamp
    var lastMembershipUpdated: Timestamp

    func json(baseURL: String) -> JSON {
        let own = "\(baseURL)/api/v1/groups/\(id)"
        let objectClass: JSON = kind == .app ? "okta:windows_security_principal" : "okta:user_group"
        return [
            "id": .string(id),
            "created": .string(created.rfc3339),
            "lastUpdated": .string(created.rfc3339),
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
