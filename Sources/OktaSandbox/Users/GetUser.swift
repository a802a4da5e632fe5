import Core

/// `GET /api/v1/users/{id, login or unambiguous short name}`.
enum GetUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .user(org.persons[try org.index(ofUserNamed: call.parameters[0])], of: org)
    }
}

extension Answer {
    /// One user, with the tag of this version.
    static func user(_ person: Person, of org: OktaOrg) -> Answer {
        .json(person.json(baseURL: org.baseURL), headers: [("ETag", person.tag(baseURL: org.baseURL))])
    }
}
