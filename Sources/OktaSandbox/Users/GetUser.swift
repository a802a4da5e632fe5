import Core

/// `GET /api/v1/users/{id, login or unambiguous short name}`.
enum GetUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofUserNamed: call.parameters[0])
        let user = org.persons[index].json(baseURL: org.baseURL)
        return .json(user, headers: [("ETag", "W/\"\(Digest.hex(of: user.bytes))\"")])
    }
}
