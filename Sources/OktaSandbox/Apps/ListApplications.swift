import Core

/// `GET /api/v1/apps`: all, or by `filter` or `q`; `expand=user/{id}` embeds how that user has each.
enum ListApplications {
    private static let standard = 20
    private static let most = 200
    private static let filterable: Set<String> = [
        "id", "status", "name", "user.id", "credentials.signing.kid", "settings.slo.enabled",
    ]

    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let isListed = try condition(call, org)
        let user = try AppExpansion.user(call, org)
        return try Paging.answer(
            org.apps.map { AppExpansion(app: $0, user: user) }, call, org, listing: "apps",
            path: "\(org.baseURL)/api/v1/apps", limit: try Paging.limit(call, standard: standard, most: most),
            keeping: ["filter", "q", "expand"]
        ) { isListed($0.app) && call.reach.has($0.app) }
    }

    private static func condition(_ call: Call, _ org: OktaOrg) throws(OktaError) -> (App) -> Bool {
        let beginning = call.query("q")?.lowercased() ?? ""
        let begins: (App) -> Bool = { app in
            app.label.lowercased().hasPrefix(beginning) || app.name.lowercased().hasPrefix(beginning)
        }
        guard let text = call.query("filter") else { return begins }
        guard let filter = Filter(text, knows: filterable.contains) else { throw .badFilter }
        let persons = org.persons
        return { app in
            begins(app)
                && filter.holds { attribute in
                    switch attribute {
                    case "id": [app.id]
                    case "status": [app.status.rawValue]
                    case "name": [app.name]
                    case "user.id": persons.filter { app.scope($0) != nil }.map(\.id)
                    default: []
                    }
                }
        }
    }
}

/// An application, with how one user has it where that is asked for.
struct AppExpansion: Listed {
    let app: App
    let user: Person?

    var id: String { app.id }

    /// The user of `expand=user/{id}`; nil without it.
    static func user(_ call: Call, _ org: OktaOrg) throws(OktaError) -> Person? {
        guard let expand = call.query("expand") else { return nil }
        guard expand.hasPrefix("user/") else { throw .validation("expand", "expand: Must be user/{id}") }
        return org.persons[try org.index(ofUser: String(expand.dropFirst("user/".count)))]
    }

    func listing(baseURL: String) -> JSON {
        let json = app.json(baseURL: baseURL)
        guard let user, app.scope(user) != nil, var object = json.object else { return json }
        object["_embedded"] = ["user": AppUser(user, of: app).listing(baseURL: baseURL)]
        return .object(object)
    }
}
