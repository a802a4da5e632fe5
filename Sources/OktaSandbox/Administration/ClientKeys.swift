import Core
import Keys

/// `/api/v1/apps/{id}/credentials/jwks`: the public keys of a client.
///
/// Inferred: the most that there may be, and the words of the refusals. Deviation: keys for encryption are refused.
enum ClientKeys {
    static let most = 50
    static let tooMany = OktaError.validation("jwks", "jwks: You've reached the maximum number of keys.")

    static func list(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let app = org.apps[try org.index(ofApp: call.parameters[0])]
        return .json(["keys": .array((app.client?.keys ?? []).map { $0.json(of: app, org) })])
    }

    static func get(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let (app, place) = try find(org, call)
        return .json((org.apps[app].client?.keys[place]).map { $0.json(of: org.apps[app], org) } ?? .null)
    }

    static func add(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        let body = try call.object()
        guard let client = org.apps[index].client else {
            throw .validation("jwks", "jwks: The application does not speak OAuth.")
        }
        let key = try key(body, beside: client.keys)
        guard client.keys.count < most else { throw tooMany }
        let status = body["status"]?.string ?? "ACTIVE"
        guard ["ACTIVE", "INACTIVE"].contains(status) else {
            throw .validation("status", "status: The value must be ACTIVE or INACTIVE.")
        }
        let made = ClientKey(
            id: org.dice.id("pks"), key: key, created: call.now, isOn: status == "ACTIVE", lastUpdated: call.now)
        org.apps[index].client?.keys.append(made)
        return .json(made.json(of: org.apps[index], org), status: 201)
    }

    /// What may stand beside those that there are: several keys are told apart by their `kid`.
    private static func key(_ body: JSONObject, beside others: [ClientKey]) throws(OktaError) -> JWSPublicKey {
        for name in ["kty", "alg", "use"] where body[name]?.string == nil {
            throw .validation(name, "\(name): The field cannot be left blank")
        }
        let key: JWSPublicKey
        do { key = try JWSPublicKey(jwk: .object(body)) } catch {
            throw .validation("jwks", "jwks: The key cannot be used.")
        }
        if !others.isEmpty, key.id == nil || others.contains(where: { $0.key.id == nil }) {
            throw .validation("kid", "kid: Each of several keys must have a kid.")
        }
        guard !others.contains(where: { $0.key.id == key.id }) else {
            throw .validation("kid", "kid: Another key has this kid.")
        }
        return key
    }

    static func activate(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try turn(&org, call, on: true)
    }

    static func deactivate(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        try turn(&org, call, on: false)
    }

    static func delete(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let (app, place) = try find(org, call)
        guard org.apps[app].client?.keys[place].isOn == false else {
            throw .validation("jwks", "jwks: An active key can't be deleted.")
        }
        org.apps[app].client?.keys.remove(at: place)
        return .nothing
    }

    private static func turn(_ org: inout OktaOrg, _ call: Call, on: Bool) throws(OktaError) -> Answer {
        let (app, place) = try find(org, call)
        if org.apps[app].client?.keys[place].isOn != on {
            org.apps[app].client?.keys[place].isOn = on
            org.apps[app].client?.keys[place].lastUpdated = call.now
        }
        return try get(&org, call)
    }

    private static func find(_ org: OktaOrg, _ call: Call) throws(OktaError) -> (app: Int, place: Int) {
        let app = try org.index(ofApp: call.parameters[0])
        guard let place = org.apps[app].client?.keys.firstIndex(where: { $0.id == call.parameters[1] }) else {
            throw .notFound(call.parameters[1], .clientKey)
        }
        return (app, place)
    }
}

extension ClientKey {
    fileprivate func json(of app: App, _ org: OktaOrg) -> JSON {
        let own = "\(org.baseURL)/api/v1/apps/\(app.id)/credentials/jwks/\(id)"
        var links: JSONObject = [:]
        if isOn {
            links["deactivate"] = ["href": .string(own + "/lifecycle/deactivate"), "hints": ["allow": ["POST"]]]
        } else {
            links["activate"] = ["href": .string(own + "/lifecycle/activate"), "hints": ["allow": ["POST"]]]
            links["delete"] = ["href": .string(own), "hints": ["allow": ["DELETE"]]]
        }
        var body = key.jwk.object ?? [:]
        body["id"] = .string(id)
        body["use"] = "sig"
        body["status"] = isOn ? "ACTIVE" : "INACTIVE"
        body["created"] = .string(created.rfc3339)
        body["lastUpdated"] = .string(lastUpdated.rfc3339)
        body["_links"] = .object(links)
        return .object(body)
    }
}
