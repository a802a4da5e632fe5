import Ports

/// The connector of one outside system, as its file states it.
struct Spoke: Sendable {
    let name: String
    let title: String
    let version: Int64
    /// Where its facts come from.
    let source: String
    /// Ways to authenticate, best first.
    let authentication: [Authentication]
    /// Where the provider issues tokens, and how; nil where the file does not say.
    let oauth: OAuthTemplate?
    /// What a person does at the provider to rotate a secret, by the way it is used.
    var rotation: [Authentication: RotationGuide] = [:]
    /// How what a client proves itself with is rotated through the provider's API, as far as the file says.
    var rotationCalls: [ClientProof: SecretCalls] = [:]
    /// JSON Pointer to the error code in an error body.
    let errorCode: String
    /// Names of the reply headers that tell when the rate limit ends, and by which clock.
    let rateLimit: RateLimit?
    /// The provider's error codes as our stable reason codes.
    let reasons: [String: String]
    /// In the file's order.
    let actions: [Action]
    /// The words for kinds of things at the provider that a resource set may hold, as they stand in names of rights.
    let resources: [String]
    /// What the provider lets a scope do beside its own: `manage` that also reads.
    let impliedScopes: [String: [String]]
    /// What the provider lets a permission of a custom role do beside its own.
    let impliedPermissions: [String: [String]]
    /// All operations of the provider, to tell what a grant reaches; nil where nobody listed them.
    let operations: [ProviderOperation]?
    /// How a grant is set up at the provider; nil where the file does not say.
    let setUp: SetUp?
    /// How a connection is proved; empty where the file does not say.
    var proving = Proving.none
    /// How the provider sends events; nil where the file does not say.
    let hooks: HookRules?

    struct RateLimit: Sendable {
        let reset: String
        let at: String
        /// What says how many calls a window has, and how many are left; nil where the provider does not say.
        var limit: String?
        var remaining: String?
    }

    /// The scopes and what they imply.
    func implied(by scopes: Set<String>) -> Set<String> {
        scopes.union(scopes.flatMap { impliedScopes[$0] ?? [] })
    }

    func action(_ key: String) -> Action? { actions.first { $0.key == key } }
}
