import Core

/// `GET /api/v1/users/{id}/appLinks`: what the user's home page shows; no pages.
enum ListAppLinks {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let person = org.persons[try org.index(ofUser: call.parameters[0])]
        let apps = org.apps.filter { $0.status == .active && $0.scope(person) != nil }
        return .json(
            .array(
                apps.enumerated().map { index, app in
                    [
                        "id": .string(app.id), "label": .string(app.label),
                        "linkUrl": .string(app.link(baseURL: org.baseURL)), "logoUrl": .null,
                        "appName": .string(app.name), "appInstanceId": .string(app.id),
                        "appAssignmentId": .string(person.id), "credentialsSetup": false, "hidden": false,
                        "sortOrder": .int(Int64(index)),
                    ]
                }))
    }
}
