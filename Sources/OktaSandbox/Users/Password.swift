import Core

/// A password as the org keeps it: enough to know it again, not to read it.
///
/// Not cryptography: people of a simulation sign in with it, and the org ends with its process.
struct Password: Sendable, Equatable {
    private static let least = 8
    private let mark: String

    /// Throws when it breaks the policy: too short, or with the user's short name in it.
    init(_ text: String, of login: String) throws(OktaError) {
        let name = login.prefix { $0 != "@" }.lowercased()
        guard text.unicodeScalars.count >= Self.least, name.isEmpty || !text.lowercased().contains(name) else {
            throw .weakPassword
        }
        mark = Self.mark(text)
    }

    /// One that the org made itself.
    init(made text: String) { mark = Self.mark(text) }

    func matches(_ text: String) -> Bool { mark == Self.mark(text) }

    private static func mark(_ text: String) -> String { Digest.hex(of: Array(text.utf8)) }
}

/// `POST /api/v1/users/{id}/credentials/change_password`.
enum ChangePassword {
    private static let allowed: Set<Person.Status> = [.staged, .active, .passwordExpired, .recovery]

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("strict", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        let body = try call.object()
        guard let old = body["oldPassword"]?["value"]?.string, let new = body["newPassword"]?["value"]?.string else {
            throw .validation("newPassword", "oldPassword, newPassword: Must be given")
        }
        let person = org.persons[index]
        guard allowed.contains(person.status), person.passwordChanged != nil else { throw .passwordNotChangeable }
        guard person.password?.matches(old) == true else { throw .wrongPassword }
        org.persons[index].password = try Password(new, of: person.login)
        org.persons[index].passwordChanged = call.now
        if person.status == .recovery { org.persons[index].become(.active, at: call.now) }
        if body["revokeSessions"]?.bool == true { org.persons[index].sessions = 0 }
        org.note("user.account.update_password", "Change a user's password", [.user(org.persons[index])], call)
        return .json(["password": [:], "provider": ["type": "OKTA", "name": "OKTA"]])
    }
}

/// `POST /api/v1/users/{id}/lifecycle/expire_password`: from ACTIVE and PASSWORD_EXPIRED.
///
/// Deviation: which statuses allow it is not documented; these are those that the org offers the link for.
enum ExpirePassword {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofUser: call.parameters[0])
        try org.expirePassword(at: index, call)
        return .user(org.persons[index], of: org)
    }
}

/// `POST /api/v1/users/{id}/lifecycle/expire_password_with_temp_password`: the same, and answers a password.
enum ExpirePasswordWithTempPassword {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let revokes = try call.flag("revokeSessions", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        try org.expirePassword(at: index, call)
        let made = org.dice.letters(12)
        org.persons[index].password = Password(made: made)
        org.persons[index].passwordChanged = call.now
        if revokes { org.persons[index].sessions = 0 }
        return .json(["tempPassword": .string(made)])
    }
}

extension OktaOrg {
    fileprivate mutating func expirePassword(at index: Int, _ call: Call) throws(OktaError) {
        guard [.active, .passwordExpired].contains(persons[index].status) else { throw .notInThisState }
        let sessions = persons[index].sessions
        persons[index].become(.passwordExpired, at: call.now)
        persons[index].sessions = sessions
        note("user.account.expire_password", "Expire a user's password", [.user(persons[index])], call)
    }
}
