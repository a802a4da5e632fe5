import AuditTrail
import Core
import Ports
import Storage

extension GrantType {
    /// RFC 6749 §4.3: a client that was told a person's password. RFC 9700 §2.4 (MUST NOT be used): off unless an
    /// administrator names it for a client, and a finding then.
    static let password = GrantType(name: "password", isLegacy: true) { request in
        // RFC 6749 §4.3.2 (REQUIRED).
        guard let name = request.form["username"] else { return .failure(.usernameMissing) }
        guard let password = request.form["password"] else { return .failure(.passwordMissing) }
        let scopes: [String]
        switch try await request.askedScopes() {
        case .success(let names): scopes = names
        case .failure(let refusal): return .failure(refusal)
        }
        let user: UserFacts
        // §4.3.2 (MUST): protected against brute force.
        switch try await request.passwords.password(
            of: name, Secret(password), from: request.address, by: request.cause)
        {
        case .proved(let facts): user = facts
        case .refused: return .failure(.password(.grant.passwordRefused))
        case .secondFactor: return .failure(.password(.grant.secondFactorDue))
        case .tooMany: return .failure(.passwordsTooMany)
        }
        var carried = Carried()
        carried.signedInAt = request.now
        let family = request.newFamily(of: user.id, scopes: scopes, carried: carried)
        return .success(
            Grant(user: user, scopes: scopes, family: family.id, carried: family.carried) {
                [signIns = request.signIns] writer, _ in
                // It may have been set up since the password was proved.
                guard try !signIns.hasSecondFactor(user.id, in: writer) else {
                    return .failure(.password(.grant.secondFactorDue))
                }
                try FamilyStore.begin(family, in: writer)
                return .success(family.first)
            })
    }
}
