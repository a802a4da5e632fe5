import Core

/// `POST /api/v1/users/{id}/lifecycle/unlock`: from LOCKED_OUT only.
enum UnlockUser {
    static func run(_ org: inout OktaOrg, _ call: Call) throws(OktaError) -> Answer {
        let index = try org.index(ofUser: call.parameters[0])
        guard org.persons[index].status == .lockedOut else { throw .notLockedOut }
        org.persons[index].become(.active, at: call.now)
        org.note("user.account.unlock_by_admin", "Unlock a user", [.user(org.persons[index])], call)
        return .json([:])
    }
}
