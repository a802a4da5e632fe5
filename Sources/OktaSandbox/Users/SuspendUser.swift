import Core

/// `POST /api/v1/users/{id}/lifecycle/suspend`: from ACTIVE only.
///
/// The org offers the link for PROVISIONED and PASSWORD_EXPIRED too; Okta's documentation says ACTIVE only, and so
/// do we.
enum SuspendUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofUser: call.parameters[0])
        guard org.persons[index].status == .active else {
            throw .validation("suspendUser", "Cannot suspend a user that is not active.")
        }
        org.persons[index].become(.suspended, at: call.now)
        org.note("user.lifecycle.suspend", "Suspend a user", [.user(org.persons[index])], call)
        return .json(.object(JSONObject()))
    }
}
