import Core

/// `POST /api/v1/apps/{id}/credentials/secrets`: one more secret of a client, beside the one it has.
///
/// Deviation: the text is always made here, and the list of secrets is not shown.
enum ClientSecrets {
    /// As Okta bounds them.
    private static let most = 2

    static func create(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofApp: call.parameters[0])
        guard let client = org.apps[index].client, client.secret != nil else {
            throw .validation("client_secret", "client_secret: The application authenticates without a secret.")
        }
        guard client.further.count + 1 < most else {
            throw .validation("client_secret", "client_secret: You've reached the maximum number of client secrets.")
        }
        let text = org.oauth.newText("")
        org.apps[index].client?.further.append(Secret(text))
        let now = call.now.rfc3339
        return .json(
            [
                "id": .string(org.dice.id("ocs")), "status": "ACTIVE", "client_secret": .string(text),
                "created": .string(now), "lastUpdated": .string(now),
            ], status: 201)
    }
}
