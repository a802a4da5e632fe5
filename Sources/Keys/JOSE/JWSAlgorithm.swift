/// The signature algorithms of JWS that we read and write (RFC 7518 §3.1; RFC 8037 §3.1).
///
/// HMAC is not among them: a key that verifies must not be able to sign. `none` is not an algorithm.
public enum JWSAlgorithm: String, Sendable, CaseIterable {
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case edDSA = "EdDSA"
}
