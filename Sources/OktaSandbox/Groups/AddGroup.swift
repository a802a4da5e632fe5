import Core

/// `POST /api/v1/groups`: answers 200, as Okta does, not 201.
enum AddGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let profile = try GroupProfile(try call.object(), in: org)
        let group = Group(
            id: org.dice.id("00g"), kind: .okta, name: profile.name, description: profile.description,
            created: call.now, lastUpdated: call.now, lastMembershipUpdated: call.now)
        org.groups.append(group)
        org.note("group.lifecycle.create", "Create a group", [.group(group)], call)
        return .json(group.json(baseURL: org.baseURL))
    }
}
