import Core

/// `/api/v1/apps/{id}/credentials/secrets`: the secrets of a client, at most two.
///
/// Deviation: the text is always made here, and shown only by whoever makes it; Okta's pages say of other replies that
/// they hold a value which discloses nothing, so the member is left out of them.
enum ClientSecrets {
    /// As Okta bounds them.
    private static let most = 2

    static func list(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let app = org.apps[try org.index(ofApp: call.parameters[0])]
        return .json(.array((app.client?.secrets ?? []).map { $0.json(of: app, org) }))
    }

    static func get(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let (app, place) = try find(org, call)
        return .json((org.apps[app].client?.secrets[place]).map { $0.json(of: org.apps[app], org) } ?? .null)
    }

    static func create(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        guard let client = org.apps[index].client, client.method == .basic || client.method == .post else {
            throw .validation("client_secret", "client_secret: The application authenticates without a secret.")
        }
        guard client.secrets.count < most else {
            throw .validation("client_secret", "client_secret: You've reached the maximum number of client secrets.")
        }
        let text = org.oauth.newText("")
        let made = ClientSecret(
            id: org.dice.id("ocs"), secret: Secret(text), created: call.now, lastUpdated: call.now)
        org.apps[index].client?.secrets.append(made)
        return .json(made.json(of: org.apps[index], org, text: text), status: 201)
    }

    static func activate(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try turn(&org, call, on: true)
    }

    static func deactivate(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try turn(&org, call, on: false)
    }

    static func delete(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let (app, place) = try find(org, call)
        guard org.apps[app].client?.secrets[place].isOn == false else {
            throw .validation("client_secret", "client_secret: An active client secret can't be deleted.")
        }
        org.apps[app].client?.secrets.remove(at: place)
        return .nothing
    }

    private static func turn(_ org: inout OktaOrg, _ call: Call, on: Bool) throws(OktaError) -> Answer {
        let (app, place) = try find(org, call)
        if org.apps[app].client?.secrets[place].isOn != on {
            org.apps[app].client?.secrets[place].isOn = on
            org.apps[app].client?.secrets[place].lastUpdated = call.now
        }
        return try get(&org, call)
    }

    private static func find(_ org: OktaOrg, _ call: Call) throws(OktaError) -> (app: Int, place: Int) {
        let app = try org.index(ofApp: call.parameters[0])
        guard let place = org.apps[app].client?.secrets.firstIndex(where: { $0.id == call.parameters[1] }) else {
            throw .notFound(call.parameters[1], .clientSecret)
        }
        return (app, place)
    }
}

extension ClientSecret {
    /// - Parameter text: for the reply that makes it.
    fileprivate func json(of app: App, _ org: OktaOrg, text: String? = nil) -> JSON {
        let own = "\(org.baseURL)/api/v1/apps/\(app.id)/credentials/secrets/\(id)"
        var links: JSONObject = [:]
        if isOn {
            links["deactivate"] = ["href": .string(own + "/lifecycle/deactivate"), "hints": ["allow": ["POST"]]]
        } else {
            links["activate"] = ["href": .string(own + "/lifecycle/activate"), "hints": ["allow": ["POST"]]]
            links["delete"] = ["href": .string(own), "hints": ["allow": ["DELETE"]]]
        }
        var body: JSONObject = [
            "id": .string(id), "status": isOn ? "ACTIVE" : "INACTIVE", "created": .string(created.rfc3339),
            "lastUpdated": .string(lastUpdated.rfc3339), "_links": .object(links),
        ]
        if let text { body["client_secret"] = .string(text) }
        return .object(body)
    }
}
