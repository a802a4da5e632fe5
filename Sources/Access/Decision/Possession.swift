import Core
import Ports

/// What a request showed of the key that its token may be bound to (RFC 9449 §7).
public enum Possession: Sendable, Equatable {
    /// Nothing: the token came as a Bearer token.
    case nothing
    /// A proof that the caller holds the key of this thumbprint.
    case shown(thumbprint: String)
    /// The token came with the scheme DPoP, and the proof is not accepted; why, as the middle of a sentence.
    case refused(Reason, why: String)
    /// Nothing was sent: somebody asks what would be, and the proof of a bound token is supposed.
    case supposed

    /// Whether the token came with the scheme DPoP.
    var isOfScheme: Bool {
        switch self {
        case .shown, .refused: true
        case .nothing, .supposed: false
        }
    }
}

/// The check of what a token is bound to: a key, a client certificate, or both.
extension Access {
    static func binding(_ question: Question) -> Check {
        guard let issued = question.caller.issued else { return notLookedAt(.binding, question.caller) }
        let key = key(question, issued)
        guard let bound = issued.certificate else { return key }
        let certificate = certificate(question, bound)
        guard let reason = key.reason else { return certificate }
        return .failed(.binding, reason, key.seen, flip: key.flip + certificate.flip)
    }

    private static func key(_ question: Question, _ issued: TokenFacts.Issued) -> Check {
        switch (question.possession, issued.boundTo) {
        case (.shown, nil), (.refused, nil):
            return .failed(
                .binding, .tokenNotBound, "The token is bound to no key and came with the scheme DPoP.",
                flip: [.sendAsBearer])
        case (.refused(let reason, let why), .some):
            return .failed(.binding, reason, .proofNotAccepted(why), flip: [.proveKey])
        case (.supposed, .some):
            return .passed(.binding, "The token is bound to a key; a proof of it is supposed.")
        case (.nothing, nil), (.supposed, nil): return .passed(.binding, "The token is bound to no key.")
        // RFC 9449 §7.2: a bound token is no bearer token.
        case (.nothing, .some):
            return .failed(
                .binding, .tokenBound, "The token is bound to a key and came as a Bearer token.", flip: [.proveKey])
        // RFC 9449 §4.3 (12): the key is the one that the token is bound to.
        case (.shown(let shown), let bound?):
            guard shown.isExactly(bound) else {
                return .failed(
                    .binding, .dpopOtherKey, "The proof is of another key than the token's.", flip: [.proveKey])
            }
            return .passed(.binding, "The caller holds the key that the token is bound to.")
        }
    }

    /// RFC 8705 §3 (MUST): the certificate that TLS took from the caller is the token's.
    private static func certificate(_ question: Question, _ bound: String) -> Check {
        switch question.certificate {
        case let shown? where shown.isExactly(bound):
            .passed(.binding, "The connection shows the certificate that the token is bound to.")
        case .some:
            .failed(
                .binding, .certificateOther, "The connection shows another certificate than the token's.",
                flip: [.showCertificate])
        case nil where question.possession == .supposed:
            .passed(.binding, "The token is bound to a certificate; a connection that shows it is supposed.")
        case nil:
            .failed(
                .binding, .certificateMissing, "The token is bound to a certificate and the connection shows none.",
                flip: [.showCertificate])
        }
    }
}
