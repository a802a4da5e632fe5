import Core

/// `DELETE /api/v1/groups/{id}`: its members and applications lose it. Everyone stays.
enum DeleteGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofGroup: call.parameters[0])
        guard org.groups[index].kind != .builtIn else { throw .membershipNotManaged }
        let group = org.groups.remove(at: index)
        for person in org.persons.indices { org.persons[person].groupIDs.remove(group.id) }
        for app in org.apps.indices { org.apps[app].groups.removeAll { $0.id == group.id } }
        org.note("group.lifecycle.delete", "Delete a group", [.group(group)], call)
        return .nothing
    }
}
