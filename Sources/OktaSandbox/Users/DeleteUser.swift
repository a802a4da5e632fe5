import Core

/// `DELETE /api/v1/users/{id}`: the first call deactivates, the second deletes; both answer 204.
enum DeleteUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("sendEmail", standard: false)
        let index = try org.index(ofUser: call.parameters[0])
        if org.persons[index].status == .deprovisioned {
            let person = org.persons.remove(at: index)
            for app in org.apps.indices { org.apps[app].users.removeAll { $0.id == person.id } }
            org.note("user.lifecycle.delete.initiated", "Begin to delete a user", [.user(person)], call)
            org.note("user.lifecycle.delete.completed", "Delete a user", [.user(person)], call)
        } else {
            org.deactivate(personAt: index, at: call.now)
            org.note("user.lifecycle.deactivate", "Deactivate a user", [.user(org.persons[index])], call)
        }
        return .nothing
    }
}
