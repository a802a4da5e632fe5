import Core
import Ports
import Storage

/// What a connection must keep to, as far as its spoke and its address say.
struct ConnectionRules: Sendable {
    let spoke: String
    private let keys: [String]
    private let kinds: Set<String>

    /// The rules of a spoke; throws `HubError` (`unknown_spoke`) when it is not loaded.
    init(_ spoke: String, _ catalogue: any ActionCatalogue) throws {
        guard let actions = catalogue.actions(of: spoke), let kinds = catalogue.credentialKinds(of: spoke) else {
            throw HubError(
                .invalid, "unknown_spoke",
                "There is no spoke \"\(Shown.name(spoke))\". See: linchpin spoke list")
        }
        self.spoke = spoke
        self.kinds = kinds
        keys = actions.map(\.action.key)
    }

    /// The action keys, sorted and each once; all that the spoke lacks are named.
    func actions(_ given: [String]) throws -> [String] {
        let wanted = given.map(key)
        let unknown = wanted.filter { key in !keys.contains { $0.isExactly(key) } }
        guard unknown.isEmpty else {
            let named = unknown.prefix(10).map { "\"\(Shown.name($0))\"" }.joined(separator: ", ")
            throw HubError(
                .invalid, "unknown_action",
                "Spoke \(spoke) has no action \(named). See: linchpin spoke get \(spoke)")
        }
        return Set(wanted).sorted(by: Names.precede)
    }

    /// The credentials of these names or ids, each once, by name; at least one.
    func credentials(_ wanted: [String], in reader: any SQLReader) throws -> [Credential] {
        guard !wanted.isEmpty else {
            throw HubError(
                .invalid, "missing_field", "A connection needs a credential. Name one in \"credentials\".")
        }
        var found: [String: Credential] = [:]
        for name in wanted {
            let credential = try CredentialRows.find(name, in: reader)
            try take(credential)
            found[credential.id] = credential
        }
        try suffice(Array(found.values))
        return found.values.sorted { Names.precede($0.name, $1.name) }
    }

    /// Refuses credentials of which none goes into a request, where the spoke wants one there.
    func suffice(_ credentials: [Credential]) throws {
        guard !credentials.contains(where: { kinds.contains($0.kind) }) else { return }
        throw HubError(
            .invalid, "credential_kind_refused",
            "A client certificate proves the hub in TLS, and spoke \(spoke) wants a credential beside it. "
                + "It takes: \(kinds.sorted().joined(separator: ", ")).")
    }

    /// Refuses a kind of credential that the spoke does not take; a client certificate goes with every other.
    func take(_ credential: Credential) throws {
        guard kinds.contains(credential.kind) || credential.isCertificate else {
            throw HubError(
                .invalid, "credential_kind_refused",
                "Spoke \(spoke) does not take credential \(credential.name) of kind \"\(credential.kind)\". "
                    + "It takes: \(kinds.sorted().joined(separator: ", ")).")
        }
    }

    /// The address in its one spelling; plain http only to this machine and only where it was allowed.
    static func address(_ text: String, allowsLoopbackHTTP: Bool) throws -> String {
        let url = try BaseURL(text)
        guard url.isPlainHTTP else { return url.text }
        guard url.isLoopback else {
            throw HubError(
                .invalid, "plain_http", "\"url\" uses http to another machine. Use https.")
        }
        guard allowsLoopbackHTTP else {
            throw HubError(
                .invalid, "plain_http",
                "\"url\" uses http. Use https, or for a trial on this machine allow it: --allow-loopback-http, or \"allow_loopback_http\": true."
            )
        }
        return url.text
    }

    /// `suspend_user` of `suspend_user` or of `okta.suspend_user`; another spoke's name stays whole and is unknown.
    private func key(_ text: String) -> String {
        guard let name = ActionName(text), name.spoke.isExactly(spoke) else { return text }
        return name.key
    }
}
