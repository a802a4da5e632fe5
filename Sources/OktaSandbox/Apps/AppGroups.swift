import Core

extension App.GroupAssignment {
    func json(of app: App, baseURL: String) -> JSON {
        [
            "id": .string(id), "lastUpdated": .string(lastUpdated.rfc3339), "priority": .int(priority),
            "profile": .object(profile),
            "_links": [
                "app": ["href": .string("\(baseURL)/api/v1/apps/\(app.id)")],
                "self": ["href": .string("\(baseURL)/api/v1/apps/\(app.id)/groups/\(id)")],
                "group": ["href": .string("\(baseURL)/api/v1/groups/\(id)")],
            ],
        ]
    }
}

/// One group of an application, in a listing.
private struct AppGroup: Listed {
    let app: App
    let assignment: App.GroupAssignment

    var id: String { assignment.id }
    func listing(baseURL: String) -> JSON { assignment.json(of: app, baseURL: baseURL) }
}

/// `GET /api/v1/apps/{id}/groups`.
enum ListApplicationGroupAssignments {
    private static let least = 20
    private static let most = 200

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let app = org.apps[try org.index(ofApp: call.parameters[0])]
        return try Paging.answer(
            app.groups.map { AppGroup(app: app, assignment: $0) }, call, org, listing: "groups of \(app.id)",
            path: "\(org.baseURL)/api/v1/apps/\(app.id)/groups",
            limit: max(least, try Paging.limit(call, standard: least, most: most))
        ) { _ in true }
    }
}

/// `PUT /api/v1/apps/{id}/groups/{group}`: once more sets the priority; the body may be missing.
enum AssignGroupToApplication {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        let group = org.groups[try org.index(ofGroup: call.parameters[1])]
        let body = call.body.isEmpty ? JSONObject() : try call.object()
        guard (0...1_000_000).contains(body["priority"]?.int ?? 0) else {
            throw .validation("priority", "priority: The value is out of range.")
        }
        let isNew = !org.apps[index].groups.contains { $0.id == group.id }
        org.apps[index].groups.removeAll { $0.id == group.id }
        let last = org.apps[index].groups.map(\.priority).max() ?? -1
        let assignment = App.GroupAssignment(
            id: group.id, lastUpdated: call.now, priority: body["priority"]?.int ?? last + 1,
            profile: body["profile"]?.object ?? JSONObject())
        org.apps[index].groups.append(assignment)
        org.apps[index].groups.sort { ($0.priority, $0.id) < ($1.priority, $1.id) }
        org.note(
            isNew ? "group.application_assignment.add" : "group.application_assignment.update",
            "Give an application to a group", [.group(group), .app(org.apps[index])], call)
        return .json(assignment.json(of: org.apps[index], baseURL: org.baseURL))
    }
}

/// `DELETE /api/v1/apps/{id}/groups/{group}`: 404 for a group that does not have it.
enum UnassignApplicationFromGroup {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        let group = org.groups[try org.index(ofGroup: call.parameters[1])]
        guard org.apps[index].groups.contains(where: { $0.id == group.id }) else {
            throw .notFound(group.id, .appGroup)
        }
        org.apps[index].groups.removeAll { $0.id == group.id }
        org.note(
            "group.application_assignment.remove", "Take an application away from a group",
            [.group(group), .app(org.apps[index])], call)
        return .nothing
    }
}
