import Access
import Core
import Hub

/// A refused decision, dressed for its surface: terse outside, everything under the correlation id inside.
struct Refusal: Sendable {
    private let decision: Decision
    private let reason: Reason
    private let surface: Surface

    init(_ decision: Decision, _ reason: Reason, _ surface: Surface) {
        self.decision = decision
        self.reason = reason
        self.surface = surface
    }

    /// 401 and 403 carry `WWW-Authenticate` (RFC 6750 §3).
    func reply(_ correlation: CorrelationID) -> WebReply {
        let error = HubError(reason.kind, reason.rawValue, says)
        var reply = error.reply(surface, correlation)
        if reason.kind == .unauthenticated || reason.kind == .forbidden {
            reply.headers.append(("www-authenticate", challenge))
        }
        return reply
    }

    // RFC 6750 §3.1: `error` only where a credential was presented; `scope` may say what is needed.
    private var challenge: String {
        var text = "Bearer realm=\"linchpin\""
        if let code = reason.bearerError { text += ", error=\"\(code)\"" }
        if reason == .scopeMissing, let scope = decision.coveringScope { text += ", scope=\"\(scope)\"" }
        return text
    }

    /// The public half: fixed per code, so that nobody can tell a token that never was from one that ended.
    private var says: String {
        switch reason {
        case .noCredential: "Required to provide Auth information"
        case .credentialUnreadable: "The Authorization header is not of the form Bearer <token>."
        case .tokenUnknown, .tokenRevoked, .tokenExpired, .clientInactive, .userMissing, .userInactive, .userLocked:
            "The token is not valid. Ask for a new one."
        case .sessionUnknown, .sessionEnded, .sessionExpired, .sessionIdle, .webServiceOnly, .sessionNeeded,
            .sessionNotTaken:
            "The session is not valid. Sign in again."
        case .basicRefused, .basicNotTaken: "The name or the password is not valid here."
        case .foreignOrigin: "The request does not come from a page of this hub."
        case .scopeMissing: "The token lacks a scope for this call."
        case .roleMissing: "The user lacks a role for this call."
        case .tableUnknown: "Invalid table."
        }
    }
}
