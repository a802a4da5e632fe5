import Core
import Keys

/// A scope that an administrator granted to an application.
struct ScopeGrant: Sendable, Equatable {
    let id: String
    let scope: String
    let created: Timestamp
}

/// The OAuth half of an application.
struct OAuthClient: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case web
        case native
        case browser
        case service
    }

    enum Method: String, Sendable, CaseIterable {
        case basic = "client_secret_basic"
        case post = "client_secret_post"
        case keyJWT = "private_key_jwt"
        case none
    }

    enum Grant: String, Sendable, CaseIterable {
        case code = "authorization_code"
        case refresh = "refresh_token"
        case credentials = "client_credentials"
    }

    /// Whether a refresh puts another refresh token in place of the one that was used.
    enum Rotation: Sendable, Equatable {
        /// The same token stays; the standard for web and native applications.
        case persistent
        /// Another one each time; the one before still answers for so long.
        case rotating(graceSeconds: Int64)
    }

    static let graceSeconds: ClosedRange<Int64> = 0...60

    var kind: Kind
    var method: Method
    /// The oldest first; none for a client without one.
    var secrets: [ClientSecret] = []
    var redirectURIs: [String]
    var grants: [Grant]
    /// The oldest first.
    var keys: [ClientKey]
    var requiresPKCE = false
    var requiresDPoP = false
    var requiresConsent = true
    var rotation: Rotation = .persistent
}

/// A secret of a client, as an administrator sees it.
struct ClientSecret: Sendable {
    let id: String
    let secret: Secret
    let created: Timestamp
    /// Only one that is on authenticates.
    var isOn = true
    var lastUpdated: Timestamp
}

/// A key of a client, of which the org has the public half.
struct ClientKey: Sendable {
    let id: String
    let key: JWSPublicKey
    let created: Timestamp
    /// Only one that is on verifies.
    var isOn = true
    var lastUpdated: Timestamp
}

extension OktaOrg {
    /// An active application that speaks OAuth; nil for every other id.
    func client(_ id: String) -> (app: App, client: OAuthClient)? {
        guard let app = apps.first(where: { $0.id == id && $0.status == .active }), let client = app.client else {
            return nil
        }
        return (app, client)
    }

    func isAssigned(_ person: Person, to app: App) -> Bool { app.scope(person) != nil }
}
