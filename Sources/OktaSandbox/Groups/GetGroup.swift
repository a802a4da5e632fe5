import Core

/// `GET /api/v1/groups/{id}`.
enum GetGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        .json(org.groups[try org.index(ofGroup: call.parameters[0])].json(baseURL: org.baseURL))
    }
}
