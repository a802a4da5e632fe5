import Core

/// `DELETE /api/v1/groups/{group}/users/{user}`: 204 also for somebody who is no member.
enum UnassignUserFromGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let group = try org.index(ofGroup: call.parameters[0])
        let user = try org.index(ofUser: call.parameters[1])
        guard org.groups[group].kind == .okta else { throw .membershipNotManaged }
        guard org.persons[user].groupIDs.remove(org.groups[group].id) != nil else { return .nothing }
        org.groups[group].lastMembershipUpdated = call.now
        org.note(
            "group.user_membership.remove", "Remove a user from a group",
            [.user(org.persons[user]), .group(org.groups[group])], call)
        return .nothing
    }
}
