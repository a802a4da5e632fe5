public import Core
public import Keys

/// The two applications that a sandbox of one's own begins with.
public struct TrialApps: Sendable {
    /// A web application with a secret: people sign in, consent, and it acts for them.
    public let webID: String
    /// A service application with a key: it acts for itself, as Group Administrator.
    public let serviceID: String

    /// What both were granted. The other scopes of an org are not, so that asking for them can be tried.
    public static let scopes = [
        "okta.users.read", "okta.users.manage", "okta.groups.read", "okta.groups.manage",
    ]
}

extension OktaOrg {
    /// Adds both; everybody in the org may sign in to the web application.
    ///
    /// - Parameters:
    ///   - redirectURIs: where the web application's people come back to.
    ///   - serviceKey: verifies what the service application signs.
    public mutating func addTrialApps(
        secret: Secret, redirectURIs: [String], serviceKey: JWSPublicKey, at now: Timestamp
    ) throws(HubError) -> TrialApps {
        var web = AppDraft(
            label: "Trial web app", kind: "web", method: "client_secret_basic", secret: secret,
            grantTypes: ["authorization_code", "refresh_token"])
        web.redirectURIs = redirectURIs
        web.scopes = TrialApps.scopes
        web.isForEveryone = true
        var service = AppDraft(
            label: "Trial service app", kind: "service", method: "private_key_jwt",
            grantTypes: ["client_credentials"])
        service.keys = JWKSet(publishing: [serviceKey]).json
        service.scopes = TrialApps.scopes
        let apps = TrialApps(webID: try add(web, at: now), serviceID: try add(service, at: now))
        administration.assign(.userAdmin, to: .client(apps.serviceID), id: dice.id("ra1"), at: now)
        return apps
    }

    /// The login of the person whom the API token belongs to, who administers the org.
    public var administratorLogin: String { persons.first { $0.id == ownerID }?.login ?? "" }
}
