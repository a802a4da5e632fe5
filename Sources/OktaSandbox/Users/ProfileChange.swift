import Core

/// What a body says about a user's profile and password, checked against the org's schema.
struct ProfileChange {
    /// In the body's order; null empties the attribute.
    let values: [(name: String, value: JSON)]
    /// The password that the body sets; nil for none.
    private let newPassword: String?

    var hasPassword: Bool { newPassword != nil }

    /// Reads `profile` and `credentials`.
    ///
    /// - Parameter what: what errors say was being checked: `newUser` as recorded, `updateUser` alike.
    init(_ body: JSONObject, what: String) throws(OktaError) {
        var values: [(name: String, value: JSON)] = []
        if let profile = body["profile"] {
            guard let profile = profile.object else { throw .malformedBody }
            for member in profile.members {
                guard let attribute = UserSchema.attribute(member.name) else {
                    throw .validation(what, "Property name '\(member.name)' is not defined in profile")
                }
                guard attribute.accepts(member.value) else {
                    throw .validation(member.name, "\(member.name): Does not match required type")
                }
                values.append((member.name, member.value == "" ? .null : member.value))
            }
        }
        self.values = values
        let text = body["credentials"]?["password"]?["value"]?.string
        newPassword = text?.isEmpty == false ? text : nil
    }

    func value(_ name: String) -> String? { values.last { $0.name == name }?.value.string }

    /// The new password as it is kept; nil when the body sets none.
    func password(of login: String) throws(OktaError) -> Password? {
        guard let newPassword else { return nil }
        return try Password(newPassword, of: login)
    }

    /// Puts the values into a profile; throws when one that must be there is empty or not of its form.
    func apply(to profile: inout JSONObject) throws(OktaError) {
        for (name, value) in values { profile[name] = value }
        for name in UserSchema.required.sorted() where profile[name]?.string?.isEmpty != false {
            throw .validation(name, "\(name): The field cannot be left blank")
        }
        guard profile["login"]?.string?.contains("@") == true else {
            throw .validation("login", "login: Username must be in the form of an email address")
        }
        guard profile["email"]?.string?.contains("@") == true else {
            throw .validation("email", "email: Does not match required pattern")
        }
    }
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
