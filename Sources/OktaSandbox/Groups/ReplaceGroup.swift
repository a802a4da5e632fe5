import Core

/// `PUT /api/v1/groups/{id}`: a description that the body leaves out is gone.
enum ReplaceGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofGroup: call.parameters[0])
        guard org.groups[index].kind == .okta else { throw .membershipNotManaged }
        let profile = try GroupProfile(try call.object(), in: org, keeping: org.groups[index].id)
        org.groups[index].name = profile.name
        org.groups[index].description = profile.description
        org.groups[index].lastUpdated = call.now
        org.note("group.profile.update", "Update a group's profile", [.group(org.groups[index])], call)
        return .json(org.groups[index].json(baseURL: org.baseURL))
    }
}
