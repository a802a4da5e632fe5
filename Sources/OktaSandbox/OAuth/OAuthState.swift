import Core
import Keys

/// Everything that the authorization server remembers.
struct OAuthState: Sendable {
    /// Lives, in seconds, as Okta's org server has them.
    static let codeSeconds: Int64 = 300
    static let accessTokenSeconds: Int64 = 3_600
    static let refreshTokenSeconds: Int64 = 90 * 86_400
    static let browserSeconds: Int64 = 7_200
    static let ticketSeconds: Int64 = 600
    /// Token requests a second of one person or service.
    static let tokenRequestsPerSecond = 4

    /// Somebody signed in in a browser.
    struct Browser: Sendable {
        let userID: String
        let at: Timestamp
    }

    /// A request that waits for a person: to sign in, or to consent.
    struct Waiting: Sendable {
        let request: AuthorizeRequest
        /// Who signed in; nil while nobody has.
        let browser: Browser?
    }

    struct Code: Sendable {
        let request: AuthorizeRequest
        let browser: Browser
        /// The sign-in that it was redeemed for; nil while it is new.
        var familyID: String?
    }

    /// One sign-in of one person to one application, and all tokens that came of it.
    struct Family: Sendable {
        let id: String
        let appID: String
        let userID: String
        let scopes: [String]
        let signedInAt: Timestamp
        /// Where no rotation leads beyond.
        let end: Timestamp
        let nonce: String?
        /// The key that its refresh tokens are bound to; nil for none.
        let boundTo: String?
        /// The refresh token that counts; nil where there is none.
        var newest: String?
    }

    struct RefreshToken: Sendable {
        let familyID: String
        /// When another one took its place; nil for the one that counts.
        var rotated: Timestamp?
    }

    struct AccessToken: Sendable {
        let appID: String
        /// Nil for a service application.
        let userID: String?
        let familyID: String?
        let scopes: [String]
        let issued: Timestamp
        /// The thumbprint of the key that it is bound to; nil for none.
        let boundTo: String?
        let id: String
    }

    var browsers = Shelf<Browser>()
    var waiting = Shelf<Waiting>(most: 200)
    var codes = Shelf<Code>()
    var families = Shelf<Family>()
    var refreshTokens = Shelf<RefreshToken>(most: 10_000)
    var accessTokens = Shelf<AccessToken>(most: 10_000)
    /// Ids of assertions and proofs that were used.
    var used = Shelf<Void>(most: 10_000)
    /// Person, application and scope, as consented.
    var consents: Set<[String]> = []
    private var seconds: [String: (second: Int64, count: Int)] = [:]
    private let key: Secret
    private var made: UInt64 = 0

    /// - Parameter key: what makes its codes and tokens unguessable.
    init(key: Secret) { self.key = key }

    /// A new unguessable text: the key's MAC over how many were made before.
    mutating func newText(_ prefix: String) -> String {
        made += 1
        return prefix + Base64URL.encode(Hashing.hmacSHA256(Array("text \(made)".utf8), key: key))
    }

    /// Counts a token request of a person or a service; throws when the second is used up.
    mutating func countRequest(of name: String, at now: Timestamp) throws(OAuthError) {
        seconds = seconds.filter { $0.value.second == now.epochSeconds }
        let count = seconds[name]?.count ?? 0
        guard count < Self.tokenRequestsPerSecond else { throw .rateLimited }
        seconds[name] = (now.epochSeconds, count + 1)
    }

    /// Remembers an id until that moment; false when it was used already.
    mutating func isNew(_ id: String, until end: Timestamp, at now: Timestamp) -> Bool {
        guard used.item(id, at: now) == nil else { return false }
        used.put((), under: id, until: end, at: now)
        return true
    }

    /// The nonce that DPoP proofs have to carry: another each day, the ones of the three days before still count.
    func nonces(at now: Timestamp) -> [String] {
        let day = now.epochSeconds / 86_400
        return (0...3 as ClosedRange<Int64>).map { ago in
            Base64URL.encode(Hashing.hmacSHA256(Array("nonce \(day - ago)".utf8), key: key).prefix(18))
        }
    }

    /// Ends a sign-in: its refresh tokens and all its access tokens.
    mutating func endFamily(_ id: String) {
        families.remove { $0.id == id }
        refreshTokens.remove { $0.familyID == id }
        accessTokens.remove { $0.familyID == id }
    }

    /// Ends everything that came of somebody's sign-ins.
    mutating func endTokens(ofUser id: String) {
        families.remove { $0.userID == id }
        codes.remove { $0.browser.userID == id }
        accessTokens.remove { $0.userID == id }
    }

    mutating func endBrowsers(ofUser id: String) { browsers.remove { $0.userID == id } }
}
