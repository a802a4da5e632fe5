public import Core
import Ports

extension Spokes {
    /// The least grant for some actions of a spoke, its residual reach, and how it is set up at the provider.
    ///
    /// - Parameters:
    ///   - actions: keys of the spoke; another one is refused by name.
    ///   - name: what the set-up calls the integration, such as the connection's name.
    ///   - url: the provider's base URL; nil while there is no connection.
    ///   - redirect: where the provider sends authorization codes.
    ///   - account: the account that is to consent; nil while it is not named.
    ///   - trustsImpliedScopes: whether a scope counts for those that the spoke file says it implies.
    ///
    /// Throws `HubError`: `unknown_spoke`, `unknown_action`.
    public func grant(
        spoke name: String, actions: Set<String>, called: String, url: String?, redirect: String, account: String?,
        trustsImpliedScopes: Bool
    ) throws -> JSON {
        let spoke = try known(name)
        if let other = actions.sorted().first(where: { spoke.action($0) == nil }) {
            throw HubError(
                .invalid, "unknown_action",
                "Spoke \(spoke.name) has no action \"\(Shown.name(other))\". See: linchpin spoke get \(spoke.name)")
        }
        let grant = GrantCompiler(spoke: spoke, trustsImpliedScopes: trustsImpliedScopes).compile(actions)
        var members = grant.json.object ?? [:]
        members["spoke"] = .string(spoke.name)
        var words: [SetUp.Word: String] = [.name: called, .redirect: redirect]
        words[.url] = url
        words[.account] = account
        members["set_up"] = spoke.setUp.map { SetUpGuide(setUp: $0, grant: grant, words: words).json } ?? .null
        return .object(members)
    }
}
