import Ports

/// How a credential becomes a header. Closed: one more way is one more case.
enum Authentication: String, CaseIterable, Sendable {
    /// Okta's API token: `Authorization: SSWS <key>`.
    case apiKeySSWS = "api_key_ssws"

    /// The kind of credential it takes.
    var credentialKind: String {
        switch self {
        case .apiKeySSWS: "api_key"
        }
    }

    /// The header; nil when the secret could break out of it. The secret stays sealed in the value.
    func header(_ credential: ResolvedCredential) -> (name: String, value: HeaderValue)? {
        switch self {
        case .apiKeySSWS: SSWS.key(in: credential.secret).map { ("authorization", .secret(prefix: "SSWS ", $0)) }
        }
    }
}
