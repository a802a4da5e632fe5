import Core

/// `DELETE /api/v1/users/{id}`: the first call deactivates, the second deletes; both answer 204.
enum DeleteUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("sendEmail", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        if org.persons[index].status == .deprovisioned {
            org.persons.remove(at: index)
        } else {
            org.persons[index].become(.deprovisioned, at: call.now)
        }
        return .nothing
    }
}
