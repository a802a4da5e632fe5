public import Core

extension OktaOrg {
    /// An org from a file in the shape of Okta's own user listing: an array of user objects.
    ///
    /// Each needs `profile.login`; `id`, `status` (ACTIVE when missing), `created`, `activated`, `statusChanged`,
    /// `lastLogin`, `lastUpdated` and `passwordChanged` are kept; other members are passed over, as a listing has more
    /// than is needed. One member is ours: `groups`, a list of names; each name is an OKTA_GROUP, made when it first
    /// comes up. Everybody is in Everyone.
    ///
    /// Throws `HubError` of kind `invalid` that names the element. The file is bounded as all JSON is
    /// (`Limits.jsonMembers`), which is room for about 400 people.
    public static func seeded(
        from json: [UInt8], seed: UInt64, at: Timestamp, baseURL: String, tokens: [Secret]
    ) throws(HubError) -> OktaOrg {
        var builder = OrgBuilder(seed: seed, at: at)
        builder.addEveryone()
        var ids: Set<String> = []
        var logins: Set<String> = []
        for (index, element) in try elements(json).enumerated() {
            let person = try SeededPerson(element, "element \(index)")
            guard logins.insert(person.login.lowercased()).inserted else {
                throw SeededPerson.problem("element \(index)", "has a login that an element before it has")
            }
            if let id = person.id, !ids.insert(id).inserted {
                throw SeededPerson.problem("element \(index)", "has an id that an element before it has")
            }
            builder.add(person)
        }
        return builder.org(baseURL: baseURL, tokens: tokens)
    }

    private static func elements(_ json: [UInt8]) throws(HubError) -> [JSON] {
        let value: JSON
        do { value = try JSON.read(json) } catch {
            throw HubError(.invalid, "seed_not_json", "The seed file is not acceptable JSON: \(error). Correct it.")
        }
        guard let elements = value.array else {
            throw HubError(
                .invalid, "seed_not_a_list",
                "The seed file must be a list of users, as Okta's user listing is; it is \(value.kindName).")
        }
        guard !elements.isEmpty else {
            throw HubError(.invalid, "seed_empty", "The seed file lists nobody. Add a user with a profile.login.")
        }
        return elements
    }
}

/// One user as a file describes them.
struct SeededPerson {
    let id: String?
    let login: String
    let status: Person.Status
    let profile: JSONObject
    let groups: [String]
    let created: Timestamp?
    let activated: Timestamp?
    let statusChanged: Timestamp?
    let lastLogin: Timestamp?
    let lastUpdated: Timestamp?
    let passwordChanged: Timestamp?

    init(_ element: JSON, _ place: String) throws(HubError) {
        guard let user = element.object else { throw Self.problem(place, "is not an object") }
        guard let profile = user["profile"]?.object, let login = profile["login"]?.string, !login.isEmpty else {
            throw Self.problem(place, "has no text at profile.login")
        }
        self.profile = profile
        self.login = login
        id = try Self.id(user, place)
        status = try Self.status(user, place)
        groups = try Self.groups(user, place)
        created = try Self.moment("created", user, place)
        activated = try Self.moment("activated", user, place)
        statusChanged = try Self.moment("statusChanged", user, place)
        lastLogin = try Self.moment("lastLogin", user, place)
        lastUpdated = try Self.moment("lastUpdated", user, place)
        passwordChanged = try Self.moment("passwordChanged", user, place)
    }

    static func problem(_ place: String, _ what: String) -> HubError {
        HubError(.invalid, "seed_bad_user", "The seed file's \(place) \(what). Correct the file.")
    }

    private static func id(_ user: JSONObject, _ place: String) throws(HubError) -> String? {
        guard let value = user["id"] else { return nil }
        guard let id = value.string, id.utf8.count == 20, id.hasPrefix("00u") else {
            throw problem(place, "has an id that is not 00u and 17 more characters")
        }
        return id
    }

    private static func status(_ user: JSONObject, _ place: String) throws(HubError) -> Person.Status {
        guard let value = user["status"] else { return .active }
        guard let status = value.string.flatMap(Person.Status.init(rawValue:)) else {
            let known = Person.Status.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem(place, "has a status that is none of \(known)")
        }
        return status
    }

    private static func groups(_ user: JSONObject, _ place: String) throws(HubError) -> [String] {
        guard let value = user["groups"] else { return [] }
        guard let items = value.array, items.allSatisfy({ $0.string?.isEmpty == false }) else {
            throw problem(place, "has groups that are not a list of names")
        }
        return items.compactMap(\.string)
    }

    private static func moment(_ name: String, _ user: JSONObject, _ place: String) throws(HubError) -> Timestamp? {
        guard let value = user[name], value != .null else { return nil }
        guard let moment = value.string.flatMap(Timestamp.init(rfc3339:)) else {
            throw problem(place, "has no moment such as 2026-11-21T09:00:00.000Z at \(name)")
        }
        return moment
    }
}
