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
        var body = made.json(of: org.apps[index], org).object ?? [:]
        body["client_secret"] = .string(text)
        return .json(.object(body), status: 201)
    }
}

extension ClientSecret: ClientCredential {
    static var all: WritableKeyPath<OAuthClient, [ClientSecret]> { \.secrets }
    static var segment: String { "secrets" }
    static var kind: OktaError.Kind { .clientSecret }
    static var isOnStill: OktaError {
        .validation("client_secret", "client_secret: An active client secret can't be deleted.")
    }

    var shown: JSONObject { [:] }
}
