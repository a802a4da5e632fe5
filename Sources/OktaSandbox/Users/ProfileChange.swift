import Core

/// What a body says about a user's profile and password, checked against the attributes that every org has.
struct ProfileChange {
    /// In the body's order; a missing value empties the attribute.
    let values: [(name: String, value: String?)]
    /// Whether the body sets a password. It is not kept: nobody signs in here.
    let hasPassword: Bool

    /// Reads `profile` and `credentials`.
    ///
    /// - Parameter what: what errors say was being checked: `newUser` as recorded, `updateUser` alike.
    init(_ body: JSONObject, what: String) throws(OktaError) {
        var values: [(name: String, value: String?)] = []
        if let profile = body["profile"] {
            guard let profile = profile.object else { throw .malformedBody }
            for member in profile.members {
                guard Self.attributes.contains(member.name) else {
                    throw .validation(what, "Property name '\(member.name)' is not defined in profile")
                }
                values.append((member.name, try Self.text(member)))
            }
        }
        self.values = values
        hasPassword = body["credentials"]?["password"]?["value"]?.string?.isEmpty == false
    }

    func value(_ name: String) -> String? { values.last { $0.name == name }?.value }

    /// Puts the values into a profile; throws when one that must be there is empty or not of its form.
    func apply(to profile: inout JSONObject) throws(OktaError) {
        for (name, value) in values { profile[name] = value.map { .string($0) } ?? .null }
        for name in Self.required where profile[name]?.string?.isEmpty != false {
            throw .validation(name, "\(name): The field cannot be left blank")
        }
        guard profile["login"]?.string?.contains("@") == true else {
            throw .validation("login", "login: Username must be in the form of an email address")
        }
        guard profile["email"]?.string?.contains("@") == true else {
            throw .validation("email", "email: Does not match required pattern")
        }
    }

    private static func text(_ member: JSONObject.Member) throws(OktaError) -> String? {
        switch member.value {
        case .null, .string(""): return nil
        case .string(let text): return text
        default: throw .validation(member.name, "\(member.name): Does not match required type")
        }
    }

    private static let required = ["login", "email", "firstName", "lastName"]

    /// The attributes of Okta's default user schema.
    private static let attributes: Set<String> = [
        "login", "email", "secondEmail", "firstName", "lastName", "middleName", "honorificPrefix", "honorificSuffix",
        "title", "displayName", "nickName", "profileUrl", "primaryPhone", "mobilePhone", "streetAddress", "city",
        "state", "zipCode", "countryCode", "postalAddress", "preferredLanguage", "locale", "timezone", "userType",
        "employeeNumber", "costCenter", "organization", "division", "department", "managerId", "manager",
    ]
}

extension OktaOrg {
    /// Refuses a login that somebody else has, in whatever case.
    func checkFree(_ login: String, but id: String? = nil) throws(OktaError) {
        let folded = login.lowercased()
        guard !persons.contains(where: { $0.id != id && $0.login.lowercased() == folded }) else {
            throw .validation("login", "login: An object with this field already exists in the current organization")
        }
    }
}
