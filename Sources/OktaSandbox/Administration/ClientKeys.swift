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
}

extension ClientKey: ClientCredential {
    static var all: WritableKeyPath<OAuthClient, [ClientKey]> { \.keys }
    static var segment: String { "jwks" }
    static var kind: OktaError.Kind { .clientKey }
    static var isOnStill: OktaError { .validation("jwks", "jwks: An active key can't be deleted.") }

    var shown: JSONObject {
        var members = key.jwk.object ?? [:]
        members["use"] = "sig"
        return members
    }
}
