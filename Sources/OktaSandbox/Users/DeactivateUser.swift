import Core

/// `POST /api/v1/users/{id}/lifecycle/deactivate`: from any status but DEPROVISIONED, where Okta answers 404.
enum DeactivateUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("sendEmail", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        guard org.persons[index].status != .deprovisioned else { throw .notFound(call.parameters[0], .user) }
        org.deactivate(personAt: index, at: call.now)
        org.note("user.lifecycle.deactivate", "Deactivate a user", [.user(org.persons[index])], call)
        return .json(.object(JSONObject()))
    }
}

extension OktaOrg {
    /// Whoever is deactivated has no tokens and no sessions any more, whatever comes after.
    mutating func deactivate(personAt index: Int, at now: Timestamp) {
        persons[index].become(.deprovisioned, at: now)
        oauth.endTokens(ofUser: persons[index].id)
        oauth.endBrowsers(ofUser: persons[index].id)
    }
}
