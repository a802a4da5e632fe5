public import Core
import Ports

extension OAuthServer {
    /// The path of the metadata of the hub's own APIs as a protected resource (RFC 9728 §3).
    public static let resourceMetadataPath = "/.well-known/oauth-protected-resource"

    /// What a client must know of the hub's own APIs before it asks for a token (RFC 9728 §2).
    ///
    /// - Parameter issuer: as `metadata` takes it; the APIs are the resource of that name.
    public static func resourceMetadata(issuer: String) -> JSON {
        [
            "resource": .string(issuer), "authorization_servers": [.string(issuer)],
            // RFC 6750 §2.1 alone: RFC 9700 §4.3.2 (MUST NOT) for the query.
            "bearer_methods_supported": ["header"],
            "dpop_signing_alg_values_supported": .texts(Assertion.algorithmNames),
            "authorization_details_types_supported": detailTypes,
            "resource_name": "Linchpin",
        ]
    }

    static let detailTypes = JSON.texts(AuthorizationDetail.Kind.allCases.map(\.rawValue))
}
