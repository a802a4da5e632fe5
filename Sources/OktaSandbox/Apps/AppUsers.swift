import Core

/// `GET /api/v1/apps/{id}/users`: those who have it, by themselves or through a group.
enum ListApplicationUsers {
    private static let standard = 50
    private static let most = 500

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let app = org.apps[try org.index(ofApp: call.parameters[0])]
        let beginning = call.query("q")?.lowercased() ?? ""
        return try Paging.answer(
            org.persons.map { AppUser($0, of: app) }, call, org, listing: "users of \(app.id)",
            path: "\(org.baseURL)/api/v1/apps/\(app.id)/users",
            limit: try Paging.limit(call, standard: standard, most: most), keeping: ["q"]
        ) { $0.scope != nil && $0.person.login.lowercased().hasPrefix(beginning) }
    }
}

/// `POST /api/v1/apps/{id}/users`: once more sets the user's name and attributes there.
enum AssignUserToApplication {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        let body = try call.object()
        guard let id = body["id"]?.string, !id.isEmpty else { throw .validation("id", "id: Must be given") }
        let person = org.persons[try org.index(ofUser: id)]
        let isNew = org.apps[index].scope(person) == nil
        org.apps[index].users.removeAll { $0.id == person.id }
        org.apps[index].users.append(
            App.UserAssignment(
                id: person.id, since: call.now,
                userName: body["credentials"]?["userName"]?.string ?? person.login,
                profile: body["profile"]?.object ?? JSONObject()))
        let app = org.apps[index]
        org.note(
            isNew ? "application.user_membership.add" : "application.user_membership.update",
            "Give an application to a user", [.user(person), .app(app)], call)
        return .json(AppUser(person, of: app).listing(baseURL: org.baseURL))
    }
}

/// `DELETE /api/v1/apps/{id}/users/{user}`: 404 for somebody who does not have it by themselves.
enum UnassignUserFromApplication {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        _ = try call.flag("sendEmail", standard: false)
        let index = try org.index(ofApp: call.parameters[0])
        let person = org.persons[try org.index(ofUser: call.parameters[1])]
        guard org.apps[index].users.contains(where: { $0.id == person.id }) else {
            throw .notFound(person.id, .appUser)
        }
        org.apps[index].users.removeAll { $0.id == person.id }
        org.note(
            "application.user_membership.remove", "Take an application away from a user",
            [.user(person), .app(org.apps[index])], call)
        return .nothing
    }
}
