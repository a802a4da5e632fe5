import Core

/// An application of the simulated org.
struct App: Sendable {
    enum Status: String, Sendable, CaseIterable {
        case active = "ACTIVE"
        case inactive = "INACTIVE"
    }

    /// A user who has it by themselves.
    struct UserAssignment: Sendable, Equatable {
        let id: String
        let since: Timestamp
        let userName: String
        let profile: JSONObject
    }

    /// A group whose members have it.
    struct GroupAssignment: Sendable, Equatable {
        let id: String
        var lastUpdated: Timestamp
        var priority: Int64
        var profile: JSONObject
    }

    /// Also the client id, as at Okta.
    let id: String
    /// What kind of application it is: `bookmark`, `saasure`, `oidc_client`.
    let name: String
    let label: String
    let signOnMode: String
    let created: Timestamp
    var status: Status
    var lastUpdated: Timestamp
    var users: [UserAssignment] = []
    /// In the order of their priority.
    var groups: [GroupAssignment] = []
    /// Nil for an application that does not speak OAuth here.
    var client: OAuthClient?
    /// The okta.* scopes that an administrator granted to it, oldest first.
    var grants: [ScopeGrant] = []

    /// How somebody has it: `USER`, `GROUP`; nil for not at all.
    func scope(_ person: Person) -> String? {
        if users.contains(where: { $0.id == person.id }) { return "USER" }
        return groups.contains { person.groupIDs.contains($0.id) } ? "GROUP" : nil
    }

    /// - Parameter showsSecret: only for whoever makes the application.
    func json(baseURL: String, showsSecret: Bool = false) -> JSON {
        let own = "\(baseURL)/api/v1/apps/\(id)"
        let change = status == .active ? "deactivate" : "activate"
        var links: JSONObject = [
            "self": ["href": .string(own)], "users": ["href": .string(own + "/users")],
            "groups": ["href": .string(own + "/groups")],
            "appLinks": [["name": "login", "href": .string(link(baseURL: baseURL)), "type": "text/html"]],
        ]
        links[change] = ["href": .string("\(own)/lifecycle/\(change)"), "hints": ["allow": ["POST"]]]
        var body: JSONObject = [
            "id": .string(id), "name": .string(name), "label": .string(label), "status": .string(status.rawValue),
            "lastUpdated": .string(lastUpdated.rfc3339), "created": .string(created.rfc3339),
            "accessibility": ["selfService": false, "errorRedirectUrl": .null, "loginRedirectUrl": .null],
            "visibility": [
                "autoSubmitToolbar": false, "hide": ["iOS": false, "web": false], "appLinks": ["login": true],
            ],
            "features": [], "signOnMode": .string(signOnMode),
            "credentials": [
                "userNameTemplate": ["template": "${source.login}", "type": "BUILT_IN"], "signing": [:],
            ],
            "settings": ["app": [:], "manualProvisioning": false, "implicitAssignment": false],
            "_links": .object(links),
        ]
        if let client {
            body["credentials"] = ["oauthClient": .object(client.credentials(of: self, showsSecret: showsSecret))]
            body["settings"] = ["oauthClient": client.settings]
        }
        return .object(body)
    }

    func link(baseURL: String) -> String { "\(baseURL)/home/\(name)/\(id)/1" }
}

extension App: Listed {
    func listing(baseURL: String) -> JSON { json(baseURL: baseURL) }
}

extension OktaOrg {
    /// Where the application of that id stands.
    func index(ofApp id: String) throws(OktaError) -> Int {
        guard let index = apps.firstIndex(where: { $0.id == id }) else { throw .notFound(id, .app) }
        return index
    }
}
