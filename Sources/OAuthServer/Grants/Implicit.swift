import AuditTrail
import Core
import Ports
import Storage

extension GrantType {
    /// RFC 6749 §4.2: a token straight from the authorization endpoint, in the address that the browser goes to. RFC 9700
    /// §2.1.2 (SHOULD NOT be used): off unless an administrator names it for a client, and a finding then.
    static let implicit = GrantType(name: "implicit", isLegacy: true) { _ in .failure(.grantTypeUnsupported) }
}

/// A token that is issued at the authorization endpoint.
struct ImplicitToken: Sendable {
    let text: Secret
    let seconds: Int64
    let scopes: [String]

    /// RFC 6749 §4.2.2: what the answer says. There is no refresh token (MUST NOT).
    var pairs: [(name: String, value: String)] {
        [
            ("access_token", text.reveal { String(decoding: $0, as: UTF8.self) }), ("token_type", "Bearer"),
            ("expires_in", String(seconds)), ("scope", scopes.joined(separator: " ")),
        ]
    }
}

extension TokenEndpoint {
    /// Issues a token for what somebody has just allowed; nil when that holds no longer: the client is not what it was
    /// when the person looked at it, the person or the session is gone, the yes was taken back, the pushed request was
    /// used, or the token would be too long.
    func issue(_ draft: CodeDraft, _ cause: Cause) async throws -> ImplicitToken? {
        let (client, terms, now) = (draft.client, draft.terms, cause.now)
        guard let user = try await users.user(draft.user, at: now) else { return nil }
        var carried = terms.carried
        carried.signedInAt = terms.signedInAt
        let family = RefreshFamily(
            id: ID<RefreshFamily>.new(effects).rawValue, client: client.id, user: draft.user, scopes: terms.scopes,
            epoch: client.epoch, generation: 0, renewedAt: now, endsAt: now.adding(seconds: client.tokenSeconds),
            endedAt: nil, boundTo: nil, carried: carried, grantType: GrantType.implicit.name)
        let grant = Grant(user: user, scopes: terms.scopes, family: family.id, carried: carried) {
            [signIns] writer, cause in
            if let session = draft.session, try !signIns.stands(session, in: writer) {
                return .failure(.scopeNotGranted)
            }
            let isAllowed = try ConsentStore.covers(
                terms.scopes, family.carried, of: draft.user, for: client.id, at: cause.now, in: writer)
            guard isAllowed else { return .failure(.scopeNotGranted) }
            // RFC 9126 §4: a pushed request leads to one answer.
            if let pushed = draft.pushed, try !PushedStore.use(pushed, in: writer) { return .failure(.codeUsed) }
            try FamilyStore.begin(family, in: writer)
            return .success(nil)
        }
        let answer: Result<Issued, TokenRefusal>
        do {
            answer = try await issue(grant, to: .init(client: client, secret: nil), by: .implicit, cause)
        } catch let error as HubError where error.reason == HubError.changedMeanwhile.reason { return nil }
        switch answer {
        case .failure: return nil
        case .success(let issued):
            return ImplicitToken(text: issued.access, seconds: client.tokenSeconds, scopes: terms.scopes)
        }
    }
}
