import Core

/// `GET /api/v1/users/{id}/groups`, in pages.
enum ListUserGroups {
    private static let most = 200

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let person = org.persons[try org.index(ofUser: call.parameters[0])]
        return try Paging.answer(
            org.groups, call, org, listing: person.id, path: "\(org.baseURL)/api/v1/users/\(person.id)/groups",
            limit: try Paging.limit(call, standard: most, most: most)
        ) { person.groupIDs.contains($0.id) }
    }
}
