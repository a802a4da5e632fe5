import Ports

/// The checks of a name and a password, in the places where a token has its own.
extension Access {
    /// The Table API alone takes them: no operation of the hub itself, and no page.
    static func basicCredential(_ question: Question) -> Check {
        switch question.need {
        case .table, .unknownTable: .passed(.credential, "A user's name and password were presented (HTTP Basic).")
        case .everyone, .operation, .page, .person:
            .failed(
                .credential, .basicNotTaken, "A name and a password were presented; the Table API alone takes them.",
                flip: [question.presentToken])
        }
    }

    static func basic(_ user: UserFacts?, _ question: Question) -> Check {
        guard user != nil else {
            return .failed(
                .token, .basicRefused, "Name or password is wrong, or the user may not call with them (HTTP Basic).",
                flip: [question.presentToken])
        }
        return .passed(.token, "The password is right, and the user may call with it (HTTP Basic), which is a finding.")
    }
}
