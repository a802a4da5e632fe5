import Core

/// `DELETE /api/v1/groups/{group}/users/{user}`: 204 also for somebody who is no member.
enum UnassignUserFromGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let id = call.parameters[0]
        guard let group = org.groups.firstIndex(where: { $0.id == id }) else { throw .notFound(id, .group) }
        let user = try org.index(ofUser: call.parameters[1])
        guard org.groups[group].kind == .okta else { throw .membershipNotManaged }
        if org.persons[user].groupIDs.remove(id) != nil { org.groups[group].lastMembershipUpdated = call.now }
        return .nothing
    }
}
