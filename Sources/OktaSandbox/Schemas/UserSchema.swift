import Core

/// The attributes of the org's users.
enum UserSchema {
    struct Attribute: Sendable {
        let name: String
        let title: String
        let type: String
    }

    /// Those that every org has.
    static let base: [Attribute] = [
        text("login", "Username"), text("email", "Primary email"), text("secondEmail", "Secondary email"),
        text("firstName", "First name"), text("lastName", "Last name"), text("middleName", "Middle name"),
        text("honorificPrefix", "Honorific prefix"), text("honorificSuffix", "Honorific suffix"),
        text("title", "Title"), text("displayName", "Display name"), text("nickName", "Nickname"),
        text("profileUrl", "Profile Url"), text("primaryPhone", "Primary phone"), text("mobilePhone", "Mobile phone"),
        text("streetAddress", "Street address"), text("city", "City"), text("state", "State"),
        text("zipCode", "Zip code"), text("countryCode", "Country code"), text("postalAddress", "Postal Address"),
        text("preferredLanguage", "Preferred language"), text("locale", "Locale"), text("timezone", "Time zone"),
        text("userType", "User type"), text("employeeNumber", "Employee number"), text("costCenter", "Cost center"),
        text("organization", "Organization"), text("division", "Division"), text("department", "Department"),
        text("managerId", "ManagerId"), text("manager", "Manager"),
    ]

    /// Those that Acme has added.
    static let custom: [Attribute] = [
        text("badgeNumber", "Badge number"), Attribute(name: "worksOnSite", title: "Works on site", type: "boolean"),
        Attribute(name: "deskNumber", title: "Desk number", type: "integer"),
        Attribute(name: "skills", title: "Skills", type: "array"),
    ]

    /// Those that must not be empty.
    static let required: Set<String> = ["login", "email", "firstName", "lastName"]

    /// The attribute of a name; nil when there is none.
    static func attribute(_ name: String) -> Attribute? { (base + custom).first { $0.name == name } }

    private static func text(_ name: String, _ title: String) -> Attribute {
        Attribute(name: name, title: title, type: "string")
    }
}

extension UserSchema.Attribute {
    /// Whether a value fits; an empty one always does here.
    func accepts(_ value: JSON) -> Bool {
        switch (type, value) {
        case (_, .null), ("string", .string), ("boolean", .bool), ("integer", .int): true
        case ("array", .array(let items)): items.allSatisfy { $0.string != nil }
        default: false
        }
    }

    fileprivate var json: JSON {
        var members: JSONObject = [
            "title": .string(title), "type": .string(type), "mutability": "READ_WRITE", "scope": "NONE",
            "permissions": [["principal": "SELF", "action": "READ_ONLY"]],
        ]
        if type == "array" { members["items"] = ["type": "string"] }
        if UserSchema.required.contains(name) { members["required"] = true }
        return .object(members)
    }
}

/// `GET /api/v1/meta/schemas/user/{id}`: `default`, or the id that users link to.
enum GetUserSchema {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let id = call.parameters[0]
        let own = org.persons.first.map { "osc\($0.typeID.dropFirst(3))" }
        guard id == "default" || id == own else { throw .notFound(id, .schema) }
        return .json([
            "id": .string("\(org.baseURL)/meta/schemas/user/\(id)"),
            "$schema": "http://json-schema.org/draft-04/schema#", "name": "user", "title": "User", "type": "object",
            "lastUpdated": .string(org.founded.rfc3339), "created": .string(org.founded.rfc3339),
            "definitions": [
                "custom": part("#custom", UserSchema.custom), "base": part("#base", UserSchema.base),
            ],
            "properties": [
                "profile": ["allOf": [["$ref": "#/definitions/custom"], ["$ref": "#/definitions/base"]]]
            ],
        ])
    }

    private static func part(_ id: String, _ attributes: [UserSchema.Attribute]) -> JSON {
        var properties = JSONObject()
        for attribute in attributes { properties[attribute.name] = attribute.json }
        return [
            "id": .string(id), "type": "object", "properties": .object(properties),
            "required": .array(attributes.filter { UserSchema.required.contains($0.name) }.map { .string($0.name) }),
        ]
    }
}
