import AuditTrail
import Core
import Keys
import Ports
import Storage

extension GrantType {
    /// RFC 6749 §4.1.3: a client redeems the code that a person let it have.
    static let authorizationCode = GrantType(name: "authorization_code") { request in
        guard let text = request.form["code"] else { return .failure(.codeMissing) }
        guard MachineSecret.isWellFormed(text, .authorizationCode) else { return .failure(.codeUnknown) }
        let hash = MachineSecret.hash(Secret(text))
        guard let code = try await request.database.read({ try CodeStore.find(hash, in: $0) }) else {
            return .failure(.codeUnknown)
        }
        if let refusal = refusal(of: code, request) { return .failure(refusal) }
        let user: UserFacts
        switch try await request.user(code.user, or: TokenRefusal.person) {
        case .success(let found): user = found
        case .failure(let refusal): return .failure(refusal)
        }
        let scopes = try await request.held(code.terms.scopes)
        guard !scopes.isEmpty else { return .failure(.noneHeld(of: code.terms.scopes, by: request.client)) }
        let (client, now) = (request.client, request.now)
        var carried = code.terms.carried
        carried.codeKey = nil
        let family = request.newFamily(of: user.id, scopes: scopes, carried: carried)
        return .success(
            Grant(
                user: user, scopes: scopes, family: family.id, carried: family.carried,
                signIn: .init(nonce: code.terms.nonce)
            ) { writer, cause in
                guard try CodeStore.use(hash, for: family.id, at: now, in: writer) else {
                    return .failure(try usedBefore(hash, client, user, cause, in: writer))
                }
                try FamilyStore.begin(family, in: writer)
                return .success(family.first)
            })
    }

    /// What keeps a code from being redeemed by this request; a code that a stranger tries stays good for its client.
    private static func refusal(of code: AuthorizationCode, _ request: GrantRequest) -> TokenRefusal? {
        // RFC 6749 §4.1.3 (MUST): issued to this client.
        guard code.client == request.client.id else { return .codeOfAnother }
        // One that was used is judged where it would be used up, however late it comes again.
        guard code.family != nil || request.now < code.expiresAt else { return .codeExpired }
        // RFC 9449 §10 (MUST): redeemed with a proof of the key that the request named, if it named one.
        guard code.terms.carried.codeKey == nil || code.terms.carried.codeKey == request.key else {
            return .codeOfAnotherKey
        }
        // RFC 6749 §4.1.3 (MUST): the redirect URI of the request for the code, if that named one.
        let stated = request.form["redirect_uri"]
        guard code.terms.isRedirectStated || stated != nil else { return verifierProblem(code, request) }
        guard let stated, stated.isExactly(code.terms.redirectURI) else { return .redirectDiffers }
        return verifierProblem(code, request)
    }

    private static func verifierProblem(_ code: AuthorizationCode, _ request: GrantRequest) -> TokenRefusal? {
        switch (code.terms.challenge, request.form["code_verifier"]) {
        case (nil, nil): nil
        // RFC 9700 §4.8.2 (MUST): a verifier without a challenge is a downgrade.
        case (nil, .some): .verifierUnasked
        case (.some, nil): .verifierMissing
        // RFC 7636 §4.6 (MUST).
        case (let challenge?, let verifier?):
            CodeChallenge.matches(challenge: challenge, verifier: verifier) ? nil : .verifierWrong
        }
    }

    /// RFC 6749 §4.1.2 (SHOULD), RFC 9700 §4.3.1: a code that comes twice was seen by another, so what it gave ends.
    private static func usedBefore(
        _ hash: [UInt8], _ client: Client, _ user: UserFacts, _ cause: Cause, in writer: any SQLWriter
    ) throws -> TokenRefusal {
        guard let family = try CodeStore.find(hash, in: writer)?.family else { return .codeExpired }
        if try FamilyStore.end(family, at: cause.now, in: writer) {
            try writer.record(FamilyStore.event(TokenRefusal.codeUsed.reason, client, user.name, by: cause))
        }
        return .codeUsed
    }
}
