import AuditTrail
import Core
import Ports
import Storage

extension GrantType {
    /// RFC 8693 §2: a client gives a token and gets one that may do no more: for the same user, within the same scopes, no
    /// longer. It counts as long as the one it came of does.
    ///
    /// §2.2.1: no refresh token. §1.1: with an actor's token `act` says who acts (delegation), without one nothing changes
    /// about who acts (impersonation).
    static let tokenExchange = GrantType(name: "urn:ietf:params:oauth:grant-type:token-exchange") { request in
        if let refusal = unfit(request.form) { return .failure(refusal) }
        let subject: FoundToken
        switch try await request.exchangeable(.subject) {
        case .success(let found): subject = found
        case .failure(let refusal): return .failure(refusal)
        }
        guard subject.exchanges < Limits.tokenExchanges.value else {
            return .failure(.exchanged(.grant.exchangesTooMany))
        }
        var carried = subject.carried
        carried.subject = subject.place
        carried.claims = nil
        // Another client holds another certificate.
        if subject.client != request.client.id { carried.certificate = nil }
        if request.form["actor_token"] != nil {
            switch try await request.actor() {
            case .success(let actor):
                // §4.1: the outermost is the current one, what it holds are those before.
                var act: JSONObject = ["sub": .string(actor.subject)]
                if let before = carried.actor { act["act"] = .object(before) }
                carried.actor = act
            case .failure(let refusal): return .failure(refusal)
            }
        }
        let scopes: [String]
        switch try await request.askedScopes() {
        case .success(let names): scopes = names
        case .failure(let refusal): return .failure(refusal)
        }
        guard scopes.allSatisfy(subject.scopes.contains) else { return .failure(.scopeBeyondSubject) }
        let isAsserted = subject.isAsserted || (subject.family == nil && subject.client != request.client.id)
        return try await request.user(subject.user, or: TokenRefusal.exchanged).map { user in
            Grant(
                user: user, scopes: scopes, family: subject.family, isAsserted: isAsserted, carried: carried,
                endsBy: subject.expiresAt, answers: ["issued_token_type": .string(ExchangedType.accessToken)],
                noted: [.from: subject.clientName]
            ) { writer, _ in
                // What ended since it was read takes the exchange along.
                guard let now = try OAuthServer.find(subject.place, in: writer), now.stands,
                    scopes.allSatisfy(now.scopes.contains)
                else { return .failure(.exchanged(.exchanged(.subject, .ended))) }
                return .success(nil)
            }
        }
    }

    /// What is wrong with the form, whoever sent it.
    private static func unfit(_ form: TokenForm) -> TokenRefusal? {
        // RFC 8693 §2.1 (MUST NOT).
        guard form["actor_token_type"] == nil || form["actor_token"] != nil else { return .actorTypeUnasked }
        guard [nil, ExchangedType.accessToken].contains(form["requested_token_type"]) else {
            return .requestedTypeUnsupported
        }
        return form["audience"] == nil ? nil : .audienceUnsupported
    }
}

/// Types of tokens (RFC 8693 §3).
private enum ExchangedType {
    static let accessToken = "urn:ietf:params:oauth:token-type:access_token"
    static let jwt = "urn:ietf:params:oauth:token-type:jwt"
}

extension GrantRequest {
    /// A token that counts and that this client may give away: one of its own, or any where its settings say so.
    fileprivate func exchangeable(_ role: ExchangedToken) async throws -> Result<FoundToken, TokenRefusal> {
        guard let text = form["\(role.rawValue)_token"] else { return .failure(.subjectTokenMissing) }
        let token = AccessToken(text)
        switch form["\(role.rawValue)_token_type"] {
        case ExchangedType.accessToken: break
        case ExchangedType.jwt where token?.jwt != nil: break
        default: return .failure(.tokenTypeUnsupported)
        }
        let found = try await database.read { [now] reader in
            try OAuthServer.find(presented: text, at: now, in: reader)
        }
        guard let found else { return .failure(.exchanged(.exchanged(role, .unknown))) }
        // A second at least, so that a JWT of whole seconds has some life.
        guard found.stands, now.adding(seconds: 1) <= found.expiresAt else {
            return .failure(.exchanged(.exchanged(role, .ended)))
        }
        guard found.client == client.id || client.settings.exchanges == .all else {
            return .failure(.exchanged(.exchanged(role, .ofAnotherClient)))
        }
        // RFC 9449 §7.1: of its own, only with the key that it is bound to. Another client's key it cannot have.
        guard found.client != client.id || found.boundTo == nil || found.boundTo == key else {
            return .failure(.exchanged(.exchanged(role, .ofAnotherKey)))
        }
        return .success(found)
    }

    /// Who acts: whom a token of the client's own stands for, with nobody between them.
    fileprivate func actor() async throws -> Result<FoundToken, TokenRefusal> {
        let actor: FoundToken
        switch try await exchangeable(.actor) {
        case .success(let found): actor = found
        case .failure(let refusal): return .failure(refusal)
        }
        guard actor.client == client.id else { return .failure(.exchanged(.exchanged(.actor, .ofAnotherClient))) }
        guard actor.carried.actor == nil else { return .failure(.exchanged(.grant.actorDelegated)) }
        return try await user(actor.user, or: TokenRefusal.exchanged).map { _ in actor }
    }
}
