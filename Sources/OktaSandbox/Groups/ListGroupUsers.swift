import Core

/// `GET /api/v1/groups/{id}/users`, in pages; deactivated members too.
enum ListGroupUsers {
    private static let most = 1_000

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let group = org.groups[try org.index(ofGroup: call.parameters[0])]
        return try Paging.answer(
            org.persons, call, org, listing: "members \(group.id)",
            path: "\(org.baseURL)/api/v1/groups/\(group.id)/users",
            limit: try Paging.limit(call, standard: most, most: most)
        ) { $0.groupIDs.contains(group.id) }
    }
}
