import Core

/// `POST /api/v1/users/{id}`: changes what the body names; from any status but DEPROVISIONED, where Okta answers 404.
enum UpdateUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("strict", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        guard org.persons[index].status != .deprovisioned else { throw .notFound(call.parameters[0], .user) }
        var person = org.persons[index]
        if let expected = call.ifMatch, expected != person.tag(baseURL: org.baseURL) { throw .otherVersion }
        let change = try ProfileChange(try call.object(), what: "updateUser")
        if !change.values.isEmpty { try change.apply(to: &person.profile) }
        if let login = change.value("login") {
            try org.checkFree(login, but: person.id)
            person.login = login
        }
        if let password = try change.password(of: person.login) {
            person.password = password
            person.passwordChanged = call.now
        }
        person.lastUpdated = call.now
        org.persons[index] = person
        if !change.values.isEmpty {
            org.note("user.account.update_profile", "Update a user's profile", [.user(person)], call)
        }
        if change.hasPassword {
            org.note("user.account.update_password", "Set a user's password", [.user(person)], call)
        }
        return .user(person, of: org)
    }
}
