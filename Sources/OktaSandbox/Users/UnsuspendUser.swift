import Core

/// `POST /api/v1/users/{id}/lifecycle/unsuspend`: from SUSPENDED only.
enum UnsuspendUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofUser: call.parameters[0])
        guard org.persons[index].status == .suspended else {
            throw .validation("unsuspendUser", "Cannot unsuspend a user that is not suspended.")
        }
        org.persons[index].become(.active, at: call.now)
        org.note("user.lifecycle.unsuspend", "Unsuspend a user", [.user(org.persons[index])], call)
        return .json(.object(JSONObject()))
    }
}
