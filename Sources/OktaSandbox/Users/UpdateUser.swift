import Core

/// `POST /api/v1/users/{id}`: changes what the body names; from any status but DEPROVISIONED, where Okta answers 404.
enum UpdateUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("strict", standard: false)
        let change = try ProfileChange(try call.object(), what: "updateUser")
        let need = need(profile: !change.values.isEmpty, password: change.hasPassword)
        _ = try org.checkPermissions(org.caller, need, call.parameters)
        let index = try org.index(ofUser: call.parameters[0])
        guard org.persons[index].status != .deprovisioned else { throw .notFound(call.parameters[0], .user) }
        var person = org.persons[index]
        if let expected = call.ifMatch, expected != person.tag(baseURL: org.baseURL) { throw .otherVersion }
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

    /// What a change takes: of the profile one permission, of the password another. A body that changes nothing is judged
    /// as one that changes the profile.
    static func need(profile: Bool, password: Bool) -> Need {
        let manage = Need("okta.users.manage")
        let ofProfile = "okta.users.userprofile.manage"
        guard password else { return manage.and(ofProfile, on: .user(0)) }
        let ofPassword = manage.and("okta.users.credentials.manage", on: .user(0))
        return profile ? ofPassword.and(ofProfile, on: .user(0)) : ofPassword
    }
}
