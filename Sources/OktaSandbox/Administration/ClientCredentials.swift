import Core

/// What a client proves itself by: one of its secrets, or one of its keys.
protocol ClientCredential: Sendable {
    /// Where a client has them.
    static var all: WritableKeyPath<OAuthClient, [Self]> { get }
    /// The segment of their path.
    static var segment: String { get }
    /// What a 404 names.
    static var kind: OktaError.Kind { get }
    /// Why one that is on stays.
    static var isOnStill: OktaError { get }

    var id: String { get }
    var created: Timestamp { get }
    var isOn: Bool { get set }
    var lastUpdated: Timestamp { get set }
    /// What it shows beside what both show.
    var shown: JSONObject { get }
}

/// What can be done with one secret or key of a client: it is on or off, and only one that is off is deleted.
enum ClientCredentials<One: ClientCredential> {
    static func get(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let found = try find(org, call)
        return .json(found.one.json(of: org.apps[found.app], org))
    }

    static func activate(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try turn(&org, call, on: true)
    }

    static func deactivate(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try turn(&org, call, on: false)
    }

    static func delete(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let found = try find(org, call)
        guard !found.one.isOn else { throw One.isOnStill }
        org.apps[found.app].client?[keyPath: One.all].remove(at: found.place)
        return .nothing
    }

    private static func turn(_ org: inout OktaOrg, _ call: Call, on: Bool) throws(OktaError) -> Answer {
        var found = try find(org, call)
        if found.one.isOn != on {
            (found.one.isOn, found.one.lastUpdated) = (on, call.now)
            org.apps[found.app].client?[keyPath: One.all][found.place] = found.one
        }
        return .json(found.one.json(of: org.apps[found.app], org))
    }

    private static func find(_ org: OktaOrg, _ call: Call) throws(OktaError) -> (app: Int, place: Int, one: One) {
        let app = try org.index(ofApp: call.parameters[0])
        let all = org.apps[app].client?[keyPath: One.all] ?? []
        guard let place = all.firstIndex(where: { $0.id == call.parameters[1] }) else {
            throw .notFound(call.parameters[1], One.kind)
        }
        return (app, place, all[place])
    }
}

extension ClientCredential {
    func json(of app: App, _ org: OktaOrg) -> JSON {
        let own = "\(org.baseURL)/api/v1/apps/\(app.id)/credentials/\(Self.segment)/\(id)"
        var links: JSONObject = [:]
        if isOn {
            links["deactivate"] = ["href": .string(own + "/lifecycle/deactivate"), "hints": ["allow": ["POST"]]]
        } else {
            links["activate"] = ["href": .string(own + "/lifecycle/activate"), "hints": ["allow": ["POST"]]]
            links["delete"] = ["href": .string(own), "hints": ["allow": ["DELETE"]]]
        }
        var body = shown
        body["id"] = .string(id)
        body["status"] = isOn ? "ACTIVE" : "INACTIVE"
        body["created"] = .string(created.rfc3339)
        body["lastUpdated"] = .string(lastUpdated.rfc3339)
        body["_links"] = .object(links)
        return .object(body)
    }
}
