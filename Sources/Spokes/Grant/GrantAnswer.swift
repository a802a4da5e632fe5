public import Core
import Ports

extension Spokes {
    /// The least grant for some actions of a spoke, its residual reach, and how it is set up at the provider.
    ///
    /// - Parameters:
    ///   - actions: keys of the spoke; another one is refused by name.
    ///   - called: what the set-up calls the integration, such as the connection's name.
    ///   - url: the connection's base URL.
    ///   - redirect: where the provider sends authorization codes.
    ///   - template: what kind of client is made: one of `templates`.
    ///   - account: the account that is to consent; nil while it is not named.
    ///   - trustsImpliedScopes: whether a scope counts for those that the spoke file says it implies.
    ///   - resources: what was chosen for the resource set.
    ///
    /// Throws `HubError`: `unknown_spoke`, `unknown_action`, `no_template`.
    public func grant(
        spoke name: String, actions: Set<String>, called: String, url: String, template: String? = nil,
        redirect: String, account: String?, trustsImpliedScopes: Bool, resources: [String]
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
        var words: [SetUp.Word: String] = [.name: called, .redirect: redirect, .url: url]
        words[.account] = account
        guard let setUp = spoke.setUp else {
            members["set_up"] = .null
            return .object(members)
        }
        let kind = template.flatMap(SetUp.Template.init(rawValue:)) ?? .webApp
        guard let way = setUp.way(kind) else { throw Self.noTemplate(kind, spoke) }
        let chosen = ChosenResources(resources, of: spoke)
        members["template"] = .string(kind.rawValue)
        members["templates"] = .texts(SetUp.Template.allCases.filter { setUp.way($0) != nil }.map(\.rawValue))
        members["members"] = .array(
            chosen.members.map { member in
                [
                    "name": .string(member.text), "kind": .string(member.kind),
                    "needed_by": .texts(grant.resources.first { $0.name == member.kind }?.neededBy ?? []),
                ]
            })
        members["unreachable"] = .array(
            chosen.unreachable(grant).map { ["name": .string($0.action), "kinds": .texts($0.kinds)] })
        members["can_apply"] = .bool(way.applying != nil)
        members["set_up"] =
            SetUpGuide(way: way, grant: grant, words: words, members: chosen.addresses(at: url)).json
        return .object(members)
    }

    /// The resources that texts mean, in one spelling each, sorted; for the resource set of a connection.
    ///
    /// - Parameter actions: what was chosen; only kinds of resources that one of these needs may be in the set.
    ///
    /// Throws `HubError` (`unknown_resource`, `resource_not_needed`), naming the text.
    public func resources(_ texts: [String], spoke name: String, for actions: Set<String>) throws -> [String] {
        let spoke = try known(name)
        let forms = spoke.setUp?.resources ?? []
        let needed = GrantCompiler(spoke: spoke, trustsImpliedScopes: true).compile(actions).resources.map(\.name)
        let members = try texts.map { text in
            guard let member = ChosenResources.member(text, forms) else {
                let known = forms.map { $0.isWhole ? $0.word : "\($0.word):ID" }.joined(separator: ", ")
                throw HubError(
                    .invalid, "unknown_resource",
                    "\"\(Shown.name(text))\" names no resource of spoke \(spoke.name). "
                        + (forms.isEmpty
                            ? "Its file knows none." : "Write one of: \(known); or the API's address of it."))
            }
            guard needed.contains(member.kind) else {
                throw HubError(
                    .invalid, "resource_not_needed",
                    "No action of this connection needs \(member.kind), so \(Shown.name(member.text)) would be reach for "
                        + "nothing. Enable the action first, or leave it out.")
            }
            return member.text
        }
        return Set(members).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
