import Core
import Ports

/// The checks of a session, in the places where a token has its own.
extension Access {
    static func sessionCredential(_ facts: SessionFacts, _ question: Question) -> Check {
        switch question.need {
        case .table, .unknownTable, .person:
            return .failed(
                .credential, .sessionNotTaken, "A session cookie was presented where tokens alone are taken.",
                flip: [question.presentToken])
        case .everyone, .operation, .page: break
        }
        if case .found(let session) = facts, session.isForeign {
            return .failed(
                .credential, .foreignOrigin, "The request does not come from a page of this hub.", flip: [.callFromPage]
            )
        }
        return .passed(.credential, "A session cookie was presented.")
    }

    static func session(_ facts: SessionFacts, _ question: Question) -> Check {
        let again: [Change] = [.signIn(role: nil)]
        guard case .found(let session) = facts else {
            return .failed(.token, .sessionUnknown, "The session is none of ours.", flip: [question.signIn])
        }
        if let ended = session.endedAt {
            return .failed(.token, .sessionEnded, .sessionWasEnded(ended), flip: again)
        }
        guard question.now < session.expiresAt else {
            return .failed(.token, .sessionExpired, .sessionIsOver(session.expiresAt), flip: again)
        }
        guard question.now < session.idleAt else {
            return .failed(.token, .sessionIdle, .sessionLayUnused(until: session.idleAt), flip: again)
        }
        return .passed(.token, .signedIn(session.begunAt, until: session.expiresAt))
    }

    static func sessionUser(_ facts: SessionFacts, _ question: Question) -> Check {
        guard case .found(let session) = facts else { return .notNeeded(.user, "Not looked at: nobody is known yet.") }
        guard let user = session.user else {
            return .failed(.user, .userMissing, "The user of the session is gone.", flip: [question.signIn])
        }
        if let refused = standing(of: user) { return refused }
        guard !user.isWebServiceOnly else {
            return .failed(
                .user, .webServiceOnly, .webServiceOnly(user: user.name), flip: [question.signIn])
        }
        return .passed(.user, .userIsOn(user.name))
    }
}

extension Question {
    /// What a caller without a usable session would need.
    var signIn: Change { .signIn(role: need.roles.first) }
}
