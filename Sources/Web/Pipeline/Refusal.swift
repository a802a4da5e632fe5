import Access
import Core
import Hub
import OAuthServer

/// A refused decision, dressed for its surface: terse outside, everything under the correlation id inside.
struct Refusal: Sendable {
    private let decision: Decision
    private let reason: Reason
    private let surface: Surface
    private let scheme: Scheme

    /// How the token came, or should have come.
    enum Scheme {
        case bearer
        case dpop

        init(_ presented: Presented, _ reason: Reason) {
            if case .bound = presented { self = .dpop } else { self = reason == .tokenBound ? .dpop : .bearer }
        }
    }

    init(_ decision: Decision, _ reason: Reason, _ surface: Surface, _ scheme: Scheme) {
        self.decision = decision
        self.reason = reason
        self.surface = surface
        self.scheme = scheme
    }

    /// 401 and 403 carry `WWW-Authenticate` (RFC 6750 §3; RFC 9449 §7.1).
    ///
    /// - Parameters:
    ///   - nonce: for the next proof; sent where one is asked for (RFC 9449 §9).
    ///   - issuer: where the metadata of the hub's APIs is.
    func reply(_ correlation: CorrelationID, nonce: String, issuer: String) -> WebReply {
        let error = HubError(reason.kind, reason.rawValue, says)
        var reply = error.reply(surface, correlation)
        if reason.kind == .unauthenticated || reason.kind == .forbidden {
            reply.headers.append(("www-authenticate", challenge(issuer)))
        }
        if reason == .dpopNonce { reply.headers.append(("dpop-nonce", nonce)) }
        return reply
    }

    // RFC 6750 §3.1: `error` only where a credential was presented; `scope` may say what is needed.
    private func challenge(_ issuer: String) -> String {
        var text = scheme == .dpop ? "DPoP realm=\"linchpin\"" : "Bearer realm=\"linchpin\""
        if let code = reason.bearerError { text += ", error=\"\(code)\"" }
        if reason == .scopeMissing, let scope = decision.coveringScope { text += ", scope=\"\(scope)\"" }
        // RFC 9470 §3.
        if let most = decision.maxAge { text += ", max_age=\"\(most)\"" }
        // RFC 9728 §5.1.
        if reason.kind == .unauthenticated {
            text += ", resource_metadata=\"\(issuer)\(OAuthServer.resourceMetadataPath)\""
        }
        if scheme == .dpop { text += ", algs=\"\(DPoPProof.algorithms.joined(separator: " "))\"" }
        return text
    }

    /// The public half: fixed per code, so that nobody can tell a token that never was from one that ended.
    private var says: String {
        switch reason {
        case .noCredential: "Required to provide Auth information"
        case .credentialUnreadable: "Send the token once, in the header Authorization: Bearer <token>."
        case .tokenUnknown, .tokenRevoked, .tokenExpired, .tokenForAnother, .clientInactive, .userMissing,
            .userInactive, .userLocked:
            "The token is not valid. Ask for a new one."
        case .tokenBound: "The token is bound to a key. Send it with the scheme DPoP and a proof of the key."
        case .tokenNotBound: "The token is bound to no key. Send it as a Bearer token."
        case .dpopMissing, .dpopInvalid, .dpopUsed, .dpopOtherKey: "The DPoP proof is not valid. Make a new one."
        case .certificateMissing, .certificateOther:
            "The token is bound to a client certificate. Send it on a connection that shows that certificate."
        case .dpopNonce: "Make a DPoP proof with the nonce of this answer."
        case .sessionUnknown, .sessionEnded, .sessionExpired, .sessionIdle, .webServiceOnly, .sessionNeeded,
            .sessionNotTaken:
            "The session is not valid. Sign in again."
        case .basicRefused, .basicNotTaken: "The name or the password is not valid here."
        case .foreignOrigin: "The request does not come from a page of this hub."
        case .scopeMissing: "The token lacks a scope for this call."
        case .signInTooOld: "Sign in again, and ask for a token with max_age."
        case .detailsMissing: "The authorization details of the token do not cover this call."
        case .roleMissing: "The user lacks a role for this call."
        case .notOfPerson: "This takes a token that a person allowed."
        case .tableUnknown: "Invalid table."
        }
    }
}
