/// Why a JWS was refused. Never quotes the token.
///
/// For logs and administrators; a caller reads its protocol's error only, which is the same for all of these.
public enum JWSProblem: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    case tooLong = "jws_too_long"
    case notCompact = "jws_not_compact"
    case notBase64URL = "jws_not_base64url"
    case headerUnreadable = "jws_header_unreadable"
    case headerMember = "jws_header_member"
    case criticalExtension = "jws_critical_extension"
    case unencodedPayload = "jws_unencoded_payload"
    case algorithmMissing = "jws_algorithm_missing"
    case algorithmUnknown = "jws_algorithm_unknown"
    case algorithmNotAllowed = "jws_algorithm_not_allowed"
    case algorithmDoesNotFitKey = "jws_algorithm_does_not_fit_key"
    case embeddedKey = "jws_embedded_key"
    case claimsUnreadable = "jws_claims_unreadable"
    case wrongType = "jws_wrong_type"
    case signatureWrong = "jws_signature_wrong"

    /// What was found wrong, as a sentence.
    public var description: String {
        switch self {
        case .tooLong: "The JWS is longer than the bound jws_bytes."
        case .notCompact: "The JWS is not three parts with a dot between them (RFC 7515 §7.1)."
        case .notBase64URL: "A part is not base64url without padding in its one spelling (RFC 7515 §2)."
        case .headerUnreadable: "The header is not one JSON object with unique names (RFC 7515 §4)."
        case .headerMember: "The header's kid, typ or alg is not a text (RFC 7515 §4.1)."
        case .criticalExtension: "The header demands an extension, and we know none (RFC 7515 §4.1.11)."
        case .unencodedPayload: "The header has b64, which a JWT must not use (RFC 7797 §7)."
        case .algorithmMissing: "The header names no alg (RFC 7515 §4.1.1)."
        case .algorithmUnknown: "The alg is none, symmetric, or one that we do not know (RFC 8725 §3.2)."
        case .algorithmNotAllowed: "The alg is not one that is accepted here (RFC 8725 §3.1)."
        case .algorithmDoesNotFitKey: "The alg is not one of the key's (RFC 8725 §3.1)."
        case .embeddedKey: "The header's jwk is not a usable public key (RFC 7515 §4.1.3)."
        case .claimsUnreadable: "The claims are not one JSON object with unique names (RFC 7519 §4)."
        case .wrongType: "The typ is not that of the expected kind of token (RFC 8725 §3.11)."
        case .signatureWrong: "The signature is not the key's for these bytes (RFC 7515 §5.2)."
        }
    }
}
