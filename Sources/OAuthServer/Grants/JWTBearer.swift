import Core
import Keys
import Ports

extension GrantType {
    /// RFC 7523 §2.1: the client signs for whom it wants a token, with a key that it registered. RFC 7521 §4.1 (SHOULD NOT):
    /// no refresh token.
    ///
    /// Deviation: the platform wants the client id as audience; here it is the hub, as RFC 7523 §3 rule 3 says.
    static let jwtBearer = GrantType(name: "urn:ietf:params:oauth:grant-type:jwt-bearer") { request in
        guard let text = request.form["assertion"] else { return .failure(.assertionMissing) }
        let asked: [String]
        switch try await request.askedScopes() {
        case .success(let names): asked = names
        case .failure(let refusal): return .failure(refusal)
        }
        let jws: UnverifiedJWS
        do throws(JWSProblem) { jws = try JWS.read(text) } catch { return .failure(.assertion(.jws(error))) }
        let judged = try await Assertion.read(
            jws, of: request.client, keys: request.keys, audiences: request.audiences, at: request.now)
        switch judged {
        case .failure(let problem): return .failure(.assertion(problem.why))
        case .success(let assertion):
            let user: UserFacts
            switch GrantRequest.usable(try await request.user(of: assertion), or: TokenRefusal.assertion) {
            case .success(let found): user = found
            case .failure(let refusal): return .failure(refusal)
            }
            let isAsserted = user.id != request.client.user
            guard !isAsserted || request.client.settings.actsForUsers else {
                return .failure(.assertion(.grant.actingNotAllowed))
            }
            return .success(
                Grant(user: user, scopes: asked, isAsserted: isAsserted) { writer, cause in
                    try assertion.once.spend(at: cause.now, in: writer)
                        ? .success(nil) : .failure(.assertion(.signed.used))
                })
        }
    }
}

extension GrantRequest {
    /// The one whom an assertion names: the client itself, which is its application user, or a user as the client's
    /// settings say. Exact bytes, so that one name is one user.
    fileprivate func user(of assertion: Assertion) async throws -> UserFacts? {
        let subject = assertion.subject
        if subject.isExactly(client.publicID) {
            return try await users.user(client.user, at: now)
        }
        switch client.settings.jwtSubject {
        case .email: return try await users.user(email: subject, at: now)
        case .name: return try await users.user(subject, at: now).flatMap { $0.name.isExactly(subject) ? $0 : nil }
        case .id:
            return try await users.user(subject, at: now).flatMap { $0.id.rawValue.isExactly(subject) ? $0 : nil }
        }
    }
}
