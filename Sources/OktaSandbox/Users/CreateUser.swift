import Core

/// `POST /api/v1/users`: STAGED without activation, PROVISIONED without a password, else ACTIVE.
enum CreateUser {
    private static let groupsMost = 20

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let activates = try call.flag("activate", standard: true)
        _ = try call.flag("provider", standard: false)
        let body = try call.object()
        let change = try ProfileChange(body, what: "newUser")
        let expires = call.query("nextLogin") == "changePassword"
        if expires && !change.hasPassword { throw .nextLoginWithoutPassword }
        if expires && !activates { throw .nextLoginWithoutActivation }
        var profile: JSONObject = [
            "firstName": .null, "lastName": .null, "mobilePhone": .null, "secondEmail": .null, "login": .null,
            "email": .null,
        ]
        try change.apply(to: &profile)
        let login = change.value("login") ?? ""
        try org.checkFree(login)
        var person = Person(
            id: org.dice.id("00u"), typeID: org.persons.first?.typeID ?? org.dice.id("oty"), status: .staged,
            created: call.now, lastUpdated: call.now, passwordChanged: change.hasPassword ? call.now : nil,
            profile: profile, login: login, groupIDs: try groups(body, org), sessions: 0,
            password: try change.password(of: login))
        if activates { person.activate(at: call.now) }
        if expires { person.become(.passwordExpired, at: call.now) }
        org.persons.append(person)
        org.note("user.lifecycle.create", "Create a user", [.user(person)], call)
        if activates { org.note("user.lifecycle.activate", "Activate a user", [.user(person)], call) }
        return .user(person, of: org)
    }

    /// The groups that the user begins in: Everyone, and those named.
    private static func groups(_ body: JSONObject, _ org: OktaOrg) throws(OktaError) -> Set<String> {
        var found = Set(org.groups.filter { $0.kind == .builtIn }.map(\.id))
        guard let named = body["groupIds"], named != .null else { return found }
        guard let ids = named.array else { throw .malformedBody }
        guard ids.count <= groupsMost else { throw .tooManyGroups }
        for value in ids {
            guard let id = value.string else { throw .malformedBody }
            guard let group = org.groups.first(where: { $0.id == id }) else { throw .notFound(id, .group) }
            guard group.kind == .okta else { throw .membershipNotManaged }
            found.insert(id)
        }
        return found
    }
}
