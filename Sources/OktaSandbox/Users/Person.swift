import Core

/// A user of the simulated org.
struct Person: Sendable, Equatable {
    enum Status: String, Sendable, CaseIterable {
        case staged = "STAGED"
        case provisioned = "PROVISIONED"
        case active = "ACTIVE"
        case recovery = "RECOVERY"
        case passwordExpired = "PASSWORD_EXPIRED"
        case lockedOut = "LOCKED_OUT"
        case suspended = "SUSPENDED"
        case deprovisioned = "DEPROVISIONED"
    }

    let id: String
    let typeID: String
    var status: Status
    let created: Timestamp
    var activated: Timestamp?
    var statusChanged: Timestamp?
    var lastLogin: Timestamp?
    var lastUpdated: Timestamp
    var passwordChanged: Timestamp?
    var profile: JSONObject
    var login: String
    var groupIDs: Set<String>
    /// Open sessions; revoking ends them.
    var sessions: Int
    /// Nil where nobody set it here, also for those who have had one since before.
    var password: Password?
    var factors: [Factor] = []

    /// The login up to its `@`.
    var shortName: String { String(login.prefix { $0 != "@" }) }

    mutating func become(_ new: Status, at now: Timestamp) {
        status = new
        statusChanged = now
        lastUpdated = now
        sessions = 0
    }
}

extension OktaOrg {
    /// Where the user of that id stands; `me` is whom the token belongs to.
    func index(ofUser id: String) throws(OktaError) -> Int {
        let wanted = id == "me" ? caller.userID ?? "" : id
        guard let index = persons.firstIndex(where: { $0.id == wanted }) else { throw .notFound(id, .user) }
        return index
    }

    /// Where the user of that id, login or unambiguous short name stands.
    ///
    /// A login is the same in upper and lower case. A login that contains `/` is found by its id only, as at Okta.
    func index(ofUserNamed name: String) throws(OktaError) -> Int {
        if name == "me" || persons.contains(where: { $0.id == name }) { return try index(ofUser: name) }
        let folded = name.lowercased()
        guard !name.contains("/") else { throw .notFound(name, .user) }
        if let index = persons.firstIndex(where: { $0.login.lowercased() == folded }) { return index }
        let namesakes = persons.indices.filter { persons[$0].shortName.lowercased() == folded }
        guard namesakes.count == 1 else { throw .notFound(name, .user) }
        return namesakes[0]
    }
}
