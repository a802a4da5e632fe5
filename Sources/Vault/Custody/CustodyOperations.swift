import AuditTrail
public import Core
public import Ports
import Storage

extension Custodian {
    /// What administrators can do with outside grants.
    public var operations: [Operation] {
        [
            Operation(
                "credential", .act("authorize"), roles: [.credentialAdmin],
                says: "Begins a consent at the provider and answers the address to open in a browser, within "
                    + "\(Limits.consentSeconds.value / 60) minutes."
            ) { try await self.authorize($0) },
            Operation(
                "credential", .act("finish"), roles: [.credentialAdmin],
                says: "Ends a consent that came back: fetches the token, checks whose it is, stores it.",
                fields: [
                    .required("consent", .text(most: Limits.nameField.value), "The consent that authorize answered."),
                    .optional("code", .text(most: 20), "The code that the browser's page shows, where it shows one."),
                ]
            ) { try await self.finish($0) },
            Operation(
                "credential", .act("refresh"), roles: [.credentialAdmin],
                says: "Fetches a new token now, as a call would.",
                fields: [
                    .optional(
                        "in_doubt", .bool,
                        "true sends a refresh again whose answer is lost, though it could end the grant.")
                ]
            ) { try await self.refreshNow($0) },
            Operation(
                "credential", .act("grant"), roles: [.credentialAdmin, .connectionAdmin, .auditor],
                says: "Shows what the provider lets an OAuth credential do: scopes, owner, ends, and what to do."
            ) { request in
                let held = try await self.held(request.id)
                return GrantView(held.grant, held, at: request.cause.now).json
            },
            Operation(
                "credential", .act("revoke"), roles: [.credentialAdmin],
                says: "Gives the tokens of a credential back to the provider and forgets them."
            ) { try await self.revokeNow($0) },
        ]
    }

    private func refreshNow(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        if request.bool("in_doubt") == true { try await dareAgain(try await held(request.id), cause) }
        try await refresh(request.id, cause)
        let after = try await held(request.id)
        return GrantView(after.grant, after, at: effects.now()).json
    }

    /// Fetches a new token now, as a call would.
    ///
    /// Throws `HubError` of kind `conflict` when none comes: why, and the next step. A token that is only just there
    /// stays, and then the reason is `token_refused`.
    public func refresh(_ idOrName: String, _ cause: Cause) async throws {
        let held = try await held(idOrName)
        try await vault.database.write(.bookkeeping("a person wants no waiting")) { writer in
            try GrantRows.tryAgain(held.credential.id, in: writer)
        }
        let asked = ResolvedCredential(
            id: CredentialID(held.credential.id), name: held.credential.name, kind: held.credential.kind,
            secret: Secret([]), token: OutsideToken(scopes: []))
        // The person's word that the present one is not good enough; one that is only just there stays.
        let refused = held.grant.state.word == .held ? held.grant.state.generation : nil
        switch try await live(asked, refused: refused, cause) {
        case .live: break
        case .refused(let reason, _) where reason == GrantMachine.Stop.refusedFresh.rawValue:
            throw HubError(
                .conflict, reason,
                "Credential \(held.credential.name) got its token less than \(Limits.refusedTokenSeconds.value) seconds "
                    + "ago, so it stays. Use it, or try again a minute later.")
        case .refused(let reason, let says), .later(let reason, let says, _):
            throw HubError(.conflict, reason, says)
        }
    }

    /// Lets a lost refresh be sent once more, because a person says so.
    private func dareAgain(_ held: Held, _ cause: Cause) async throws {
        try await vault.database.write(.change) { writer in
            guard var grant = try GrantRows.find(held.credential.id, in: writer), grant.state.word == .inDoubt else {
                throw HubError(
                    .conflict, "not_in_doubt",
                    "Credential \(held.credential.name) is not in doubt. Fetch a token without --in-doubt.")
            }
            grant.state.word = .held
            try GrantRows.endAll(grant.credentialID, in: writer)
            try GrantRows.keep(grant, held.policy, at: cause.now, in: writer)
            try writer.record(
                AuditEvent(
                    .doubtDecided, on: .init("credential", id: grant.credentialID, name: held.credential.name),
                    by: cause, [.outcome: "again"]))
        }
    }

    private func revokeNow(_ request: OperationRequest) async throws -> JSON {
        let cause = request.cause
        let held = try await held(request.id)
        guard let tokens = try held.tokens(vault.envelope) else {
            throw HubError(
                .conflict, "grant_missing",
                "Credential \(held.credential.name) holds no token, so there is none to give back.")
        }
        let client = try held.client(vault.envelope)
        // By another way than they came they do not go back.
        let isBack = held.isWayGone ? false : await revoke(tokens, client, cause)
        try await vault.database.write(.change) { writer in
            guard var grant = try GrantRows.find(held.credential.id, in: writer) else { return }
            grant.state.word = .none
            grant.state.hasRefreshToken = false
            grant.refreshEnd = nil
            (grant.owner, grant.ownerProof, grant.scopes) = (nil, .none, nil)
            try GrantRows.endAll(grant.credentialID, in: writer)
            try SecretRows.delete(grant.secretID, in: writer)
            try GrantRows.keep(grant, held.policy, at: cause.now, in: writer)
            try writer.record(
                GrantStore.event(isBack ? .grantRevoked : .grantNotRevoked, grant, held.credential.name, by: cause))
        }
        guard isBack else {
            throw HubError(
                .upstream, "not_revoked",
                "The tokens of \(held.credential.name) are forgotten here, and the provider did not take them back. "
                    + "Revoke them at the provider.")
        }
        return .null
    }
}
