import Core

/// `PUT /api/v1/groups/{group}/users/{user}`: 204 also for somebody who is a member already.
enum AssignUserToGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let group = try org.index(ofGroup: call.parameters[0])
        let user = try org.index(ofUser: call.parameters[1])
        guard org.groups[group].kind == .okta else { throw .membershipNotManaged }
        guard org.persons[user].groupIDs.insert(org.groups[group].id).inserted else { return .nothing }
        org.groups[group].lastMembershipUpdated = call.now
        org.note(
            "group.user_membership.add", "Add a user to a group",
            [.user(org.persons[user]), .group(org.groups[group])], call)
        return .nothing
    }
}
