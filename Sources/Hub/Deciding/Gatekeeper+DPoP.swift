import Access
import Core
import OAuthServer
import Storage

/// The DPoP headers of a request, unread, with what a proof must be made for.
public struct SentProof: Sendable {
    let values: [String]
    let method: String
    let url: String

    /// - Parameters:
    ///   - values: those of all DPoP headers.
    ///   - method: as it was sent, whatever a header makes of it.
    ///   - url: the issuer and the path as it was sent.
    public init(values: [String], method: String, url: String) {
        self.values = values
        self.method = method
        self.url = url
    }
}

extension Gatekeeper {
    /// Decides for a token that came with the scheme DPoP (RFC 9449 §7.1). The proof is used up last, when all else lets
    /// the call pass, so that strangers write nothing.
    func decide(_ question: Question, token: Secret, _ sent: SentProof) async throws -> Decision {
        var question = question
        switch judge(sent, token, at: question.now) {
        case .failure(let problem):
            question.possession = Self.refused(problem)
            return Access.decide(question)
        case .success(let proof):
            question.possession = .shown(thumbprint: proof.thumbprint)
            let decision = Access.decide(question)
            guard decision.isAllowed, try await !proof.use(at: question.now, in: database) else { return decision }
            question.possession = Self.refused(.used)
            return Access.decide(question)
        }
    }

    private func judge(_ sent: SentProof, _ token: Secret, at now: Timestamp) -> Result<DPoPProof, DPoPProblem> {
        // RFC 9449 §9: a nonce is not asked for here; each proof counts once.
        DPoPProof.judge(
            sent.values,
            for: .init(
                method: sent.method, url: sent.url, at: now, nonces: nonces, needsNonce: false, accessToken: token))
    }

    private static func refused(_ problem: DPoPProblem) -> Possession {
        let reason: Reason =
            switch problem {
            case .missing: .dpopMissing
            case .nonce: .dpopNonce
            case .used: .dpopUsed
            default: .dpopInvalid
            }
        return .refused(reason, why: problem.says)
    }
}
