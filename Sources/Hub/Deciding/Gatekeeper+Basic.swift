import Access
import Core
import Identity
import Ports
import Storage

extension Gatekeeper {
    /// Decides for a name and a password. They are looked at only where they could count, so that no other route is a
    /// place to guess them.
    func decide(
        _ method: String, _ target: RequestTarget, need: RouteNeed, user name: String, password: Secret,
        from address: String, at now: Timestamp
    ) async throws -> Decision {
        var user: UserFacts?
        if case .table = need {
            let cause = Cause(.hub, at: now, .new(effects))
            user = try await identity?.checkBasic(user: name, password: password, from: address, by: cause)
        }
        return try await database.read { [user] reader in
            try Self.decide(method, target, need: need, caller: .basic(user), at: now, in: reader)
        }
    }
}
