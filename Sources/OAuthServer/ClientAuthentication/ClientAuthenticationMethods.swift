import Core
import Keys

/// The ways in which a client may prove who it is. One more is one file and one line here.
enum ClientAuthenticationMethods {
    static let all: [ClientAuthenticationMethod] = [
        .clientSecretBasic, .clientSecretPost, .privateKeyJWT, .tlsClientAuth, .selfSignedTLSClientAuth, .none,
    ]
}

/// One way to authenticate a client.
struct ClientAuthenticationMethod: Sendable {
    /// The name as RFC 7591 §2 defines it (`token_endpoint_auth_method`).
    let name: String
    /// Whether it can be used on a hub that treats certificates so.
    var isOffered: @Sendable (ClientCertificates) -> Bool = { _ in true }
    /// Looks for it in a request. It decides nothing about who the client is.
    let find: @Sendable (_ request: TokenRequest, _ form: TokenForm) -> FoundCredentials
}

/// What a way found in a request.
enum FoundCredentials: Sendable {
    /// This way was not used.
    case absent
    /// It was used, and cannot be read.
    case unreadable
    /// It was used.
    case presented(clientID: String, secret: Secret)
    /// Nothing but the name: a public client, or one that the certificate of its connection proves.
    case named(clientID: String)
    /// It was used, by an assertion about that client, of which nothing is verified yet.
    case asserted(clientID: String, UnverifiedJWS)
}

/// The parameters of a token request.
///
/// RFC 6749 §3.2 (MUST): a parameter without a value counts as left out; unknown ones are ignored.
struct TokenForm: Sendable {
    let parameters: FormParameters

    subscript(name: String) -> String? {
        parameters.pairs.first { Self.isSent($0, name) }?.value
    }

    /// The values of one that may come more than once.
    func all(_ name: String) -> [String] {
        parameters.pairs.filter { Self.isSent($0, name) }.map(\.value)
    }

    private static func isSent(_ pair: FormParameters.Pair, _ name: String) -> Bool {
        pair.name.isExactly(name) && !pair.value.isEmpty
    }
}
