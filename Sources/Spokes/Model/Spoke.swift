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
    /// JSON Pointer to the error code in an error body.
    let errorCode: String
    /// Names of the reply headers that tell when the rate limit ends, and by which clock.
    let rateLimit: RateLimit?
    /// The provider's error codes as our stable reason codes.
    let reasons: [String: String]
    /// In the file's order.
    let actions: [Action]

    struct RateLimit: Sendable {
        let reset: String
        let at: String
    }

    func action(_ key: String) -> Action? { actions.first { $0.key == key } }
}
