import Core

/// Somebody as an application sees them; also those who do not have it, so that a listing can go on behind them.
struct AppUser: Listed {
    let app: App
    let person: Person
    /// `USER`, `GROUP`; nil for somebody who does not have it.
    let scope: String?

    init(_ person: Person, of app: App) {
        self.person = person
        self.app = app
        scope = app.scope(person)
    }

    var id: String { person.id }

    private var direct: App.UserAssignment? { app.users.first { $0.id == person.id } }

    func listing(baseURL: String) -> JSON {
        let since = JSON.string((direct?.since ?? app.created).rfc3339)
        return [
            "id": .string(person.id), "externalId": .null, "created": since, "lastUpdated": since,
            "scope": .string(scope ?? "USER"), "status": "ACTIVE", "statusChanged": since, "passwordChanged": .null,
            "syncState": "DISABLED", "credentials": ["userName": .string(direct?.userName ?? person.login)],
            "profile": .object(direct?.profile ?? JSONObject()),
            "_links": [
                "app": ["href": .string("\(baseURL)/api/v1/apps/\(app.id)")],
                "user": ["href": .string("\(baseURL)/api/v1/users/\(person.id)")],
            ],
        ]
    }
}
