import AuditTrail
public import Core
public import Ports
import Storage

extension Identity: PasswordChecking {
    /// Checks a name and a password that a client brought (RFC 6749 §4.3.2); see `checkPassword`.
    ///
    /// Refused too is whoever has a second factor, and whoever must have one to sign in to the console: a password alone
    /// would go round it.
    public func password(
        of user: String, _ password: Secret, from address: String, by cause: Cause
    ) async throws -> PasswordAnswer {
        guard !isSlowedDown(.client, name: user, address, at: cause.now) else { return .tooMany }
        let answer: PasswordAnswer? = try await proved(user: user, password: password, by: cause) {
            facts, account, writer in
            let mustHave = !facts.isWebServiceOnly && self.secondFactorRule.asks(facts.roles)
            guard try !mustHave && !SecondFactorRows.isSet(facts.id, in: writer) else {
                try writer.record(
                    AuditEvent(.signInRefused, on: account.target, by: cause, [.reason: "second_factor_due"]))
                return .secondFactor
            }
            try account.settle(in: writer)
            try writer.record(AuditEvent(.signedIn, on: account.target, by: cause))
            return .proved(facts)
        }
        if case .proved = answer { return answer ?? .refused }
        countRefusal(.client, name: user, address, at: cause.now)
        return answer ?? .refused
    }
}
