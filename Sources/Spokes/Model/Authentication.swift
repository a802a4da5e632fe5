import Core
import Ports

/// How a credential becomes headers. Closed: one more way is one more case.
enum Authentication: String, CaseIterable, Sendable {
    /// Okta's API token: `Authorization: SSWS <key>`.
    case apiKeySSWS = "api_key_ssws"
    /// An access token (RFC 6750 §2.1), with its proof where it is bound to a key (RFC 9449 §7.1).
    case oauth
    /// A user's name and password (RFC 7617 §2).
    case basic
    /// A key in a header whose name the credential says.
    case headerKey = "header_key"
    /// Nothing in the request: TLS has said who the hub is (RFC 8446 §4.4.2).
    case clientCertificate = "client_certificate"

    /// The kind of credential it takes.
    var credentialKind: String {
        switch self {
        case .apiKeySSWS: "api_key"
        case .oauth, .basic, .headerKey, .clientCertificate: rawValue
        }
    }

    /// The headers of one request; nil when the secret could break out of them. It stays sealed in the value.
    func headers(
        _ credential: ResolvedCredential, _ method: String, _ url: String, nonce: String?
    ) throws -> [(name: String, value: HeaderValue)]? {
        switch self {
        case .apiKeySSWS:
            return SSWS.key(in: credential.secret).map { [("authorization", .secret(prefix: "SSWS ", $0))] }
        case .oauth:
            guard let proof = credential.token?.proof else {
                return [("authorization", .secret(prefix: "Bearer ", credential.secret))]
            }
            return [
                ("authorization", .secret(prefix: "DPoP ", credential.secret)),
                ("dpop", .plain(try proof(method, url, nonce))),
            ]
        case .basic:
            let pair = BasicPair.encode(credential.settings["username"]?.string ?? "", credential.secret)
            return [("authorization", .secret(prefix: "Basic ", pair))]
        case .headerKey:
            guard let header = credential.settings["header"]?.string else { return nil }
            let prefix = credential.settings["prefix"]?.string.map { $0 + " " } ?? ""
            return [(header.lowercased(), .secret(prefix: prefix, credential.secret))]
        case .clientCertificate: return []
        }
    }
}

/// RFC 7617 §2: name, colon, password, in Base64.
enum BasicPair {
    static func encode(_ name: String, _ password: Secret) -> Secret {
        password.reveal { Secret(Base64.encode(Array("\(name):".utf8) + $0)) }
    }
}
