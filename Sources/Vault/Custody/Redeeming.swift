import AuditTrail
import Core
import Keys
import Ports
import Storage

// The end of a consent: the code becomes tokens, the tokens are somebody's, and only then they are stored.
extension Custodian {
    /// Exchanges the code, checks whose the tokens are, stores them.
    func redeem(
        _ code: Secret, _ verifier: Secret, _ consent: Consent, _ held: Held, _ cause: Cause
    ) async throws -> JSON {
        let client = try held.client(vault.envelope)
        let key = try held.key(nil)
        var form = TokenForm()
        form.add("grant_type", "authorization_code")
        form.add("code", code)
        form.add("redirect_uri", consent.redirectURI)
        if held.settings.usesPKCE { form.add("code_verifier", verifier) }
        let granted: TokenReply.Granted
        switch await endpoint.tokens(client, form, key: key, cause) {
        case .granted(let tokens): granted = tokens
        case .refused(let failure, _, _):
            let event = consentEvent(.consentRefused, held, [.reason: failure.code], cause)
            try await vault.database.write(.change) { try $0.record(event) }
            throw HubError(
                .upstream, failure.code,
                "No token came of the consent. " + Held.sentence(failure, held.credential.name))
        }
        let tokens = TokenSet(
            access: granted.access, refresh: granted.refresh, key: granted.isBound ? key?.forSealing : nil)
        guard !granted.lacksBinding(held.settings) else {
            _ = await revoke(tokens, client, cause)
            let event = consentEvent(.consentRefused, held, [.reason: TokenFailure.notBound.code], cause)
            try await vault.database.write(.change) { try $0.record(event) }
            throw HubError(
                .upstream, TokenFailure.notBound.code, Held.sentence(.notBound, held.credential.name))
        }
        let owner = await owner(of: tokens, granted.isBound ? key : nil, client, cause)
        if let expected = held.settings.expectedOwner, let owner, !Self.isSameAccount(owner, expected) {
            let isBack = await revoke(tokens, client, cause)
            let event = consentEvent(
                .consentRefused, held, [.reason: "another_owner", .user: Shown.name(owner)], cause)
            try await vault.database.write(.change) { try $0.record(event) }
            throw HubError(
                .conflict, "another_owner",
                "\"\(Shown.name(owner))\" consented, and \(Shown.name(expected)) was expected, so the token was "
                    + (isBack ? "given back and " : "")
                    + "not stored. Sign in at the provider as \(Shown.name(expected)) and begin anew.")
        }
        return try await keep(tokens, granted, owner, consent, held, cause)
    }

    /// Accounts are compared as providers do: without regard to case.
    public static func isSameAccount(_ one: String, _ other: String) -> Bool {
        one.lowercased().isExactly(other.lowercased())
    }

    private func keep(
        _ tokens: TokenSet, _ granted: TokenReply.Granted, _ owner: String?, _ consent: Consent, _ held: Held,
        _ cause: Cause
    ) async throws -> JSON {
        let scopes = granted.scopes ?? consent.scopes
        // Another consent, or a refresh, may have been stored meanwhile: then this is the one after it.
        for _ in 0..<5 {
            let known = try await self.held(held.credential.id)
            var grant = known.grant
            grant.state.rotates = false
            grant.state.observedLife = nil
            grant.state.hasRefreshToken = false
            grant.state.store(
                endsIn: granted.endsIn, granted.refresh == nil ? .kept : .same, because: .first, at: effects.now())
            grant.scopes = scopes
            grant.owner = owner
            grant.ownerProof = owner != nil && held.settings.expectedOwner != nil ? .proved : .notProved
            grant.refreshEnd = granted.refreshEndsIn.map { effects.now().adding(seconds: $0) }
            (grant.refusal, grant.refusedAt) = (nil, nil)
            let sealed = try vault.envelope.seal(
                tokens.sealing, at: grant.place(generation: grant.state.generation), SealingDice(effects))
            let (stored, expected) = (grant, known.grant.state.generation)
            let event = consentEvent(.grantStored, held, owner.map { [.user: Shown.name($0)] } ?? [:], cause)
            let isStored = try await vault.database.write(.change) { writer in
                guard try GrantRows.find(stored.credentialID, in: writer)?.state.generation ?? 0 == expected else {
                    return false
                }
                try SecretRows.supersede(sealed, at: event.cause.now, in: writer)
                try GrantRows.keep(stored, known.policy, at: event.cause.now, in: writer)
                try GrantRows.endAll(stored.credentialID, in: writer)
                try writer.record(event)
                return true
            }
            if isStored { return GrantView(stored, held, at: effects.now()).json }
        }
        throw HubError(
            .conflict, "changed_meanwhile", "The credential changed at the same moment, again and again. Begin anew.")
    }

    private func consentEvent(
        _ action: AuditEvent.Action, _ held: Held, _ details: [AuditEvent.Key: String], _ cause: Cause
    ) -> AuditEvent {
        AuditEvent(
            action, on: .init("credential", id: held.credential.id, name: held.credential.name), by: at(cause), details)
    }

    /// Whose the tokens are, where the provider says it; nil where it does not, or where it can't be read.
    private func owner(
        of tokens: TokenSet, _ key: JWSPrivateKey?, _ client: TokenEndpoint.Client, _ cause: Cause
    ) async -> String? {
        let settings = client.settings
        let reply: OutboundReply
        do throws(OutboundFailure) {
            switch settings.ownerSource {
            case .none: return nil
            case .userinfo:
                reply = try await endpoint.get(client, settings.userinfoURL ?? "", tokens.access, key, "owner", cause)
            case .introspection:
                reply = try await endpoint.post(
                    client, settings.introspectURL ?? "", TokenForm.naming(tokens.access), "owner", cause)
            }
        } catch { return nil }
        guard reply.status == 200 else { return nil }
        do {
            return try JSON.read(reply.body).value(at: settings.ownerPointer)?.string
        } catch { return nil }
    }

    /// Gives tokens back (RFC 7009 §2.1); whether the provider took them.
    func revoke(_ tokens: TokenSet, _ client: TokenEndpoint.Client, _ cause: Cause) async -> Bool {
        guard let url = client.settings.revokeURL else { return false }
        let form = tokens.refresh.map { TokenForm.naming($0, "refresh_token") } ?? TokenForm.naming(tokens.access)
        do { return try await endpoint.post(client, url, form, "revoke", cause).status == 200 } catch { return false }
    }
}
