import AuditTrail
import Core
import Ports
import Storage

// What happens without anybody asking: tokens are renewed ahead of their end, what a hub left behind is taken up, and
// what was deleted is given back.
extension Custodian {
    /// One turn, and at the hub's start the first: how many credentials it looked at.
    @discardableResult public func tick() async throws -> Int {
        let now = effects.now()
        let most = Limits.refreshesAtOnce.value
        let waiting = try await vault.database.read { try GrantRows.waiting(at: now, most: most, in: $0) }
        let cause = Cause(.hub, at: now, .new(effects))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in Set(waiting) {
                group.addTask { try await self.refreshAhead(try await self.held(id), cause) }
            }
            try await group.waitForAll()
        }
        let revoked = try await giveBack(most, cause)
        let swept = try await vault.database.write(.bookkeeping("consents that nobody ended")) { writer in
            try ConsentRows.sweep(at: now, most: 100, in: writer)
        }
        return waiting.count + revoked + swept
    }

    /// Gives tokens of deleted credentials back, again and again until the provider took them or two days are over.
    private func giveBack(_ most: Int, _ cause: Cause) async throws -> Int {
        let due = try await vault.database.read { try RevocationRows.due(at: cause.now, most: most, in: $0) }
        for pending in due {
            let (secret, tokens) = try await vault.database.read { reader in
                (
                    try SecretRows.find(
                        pending.credential.secretID, version: pending.credential.secretVersion, in: reader),
                    try SecretRows.find(pending.grantSecretID, version: pending.generation, in: reader)
                )
            }
            let isMine = try await vault.database.write(.bookkeeping("one try of giving tokens back")) { writer in
                try RevocationRows.claim(pending, at: cause.now, in: writer)
            }
            guard isMine else { continue }
            let isBack = try await giveBack(pending, secret, tokens, cause)
            guard isBack || pending.tries + 1 >= Int64(Limits.revocationTries.value) else { continue }
            try await vault.database.write(.change) { writer in
                try RevocationRows.end(pending, in: writer)
                try writer.record(
                    AuditEvent(
                        isBack ? .grantRevoked : .grantNotRevoked,
                        on: .init("credential", id: pending.credential.id, name: pending.credential.name), by: cause))
            }
        }
        return due.count
    }

    private func giveBack(
        _ pending: PendingRevocation, _ secret: SealedSecret, _ tokens: SealedSecret, _ cause: Cause
    ) async throws -> Bool {
        let credential = pending.credential
        // Settings that were changed outside could lead the tokens anywhere: they stay sealed.
        guard credential.isBound(vault.envelope) else { return false }
        let client = TokenEndpoint.Client(
            name: credential.name, settings: try OAuthSettings(credential.settings, vault.catalogue),
            secret: try vault.envelope.open(secret, at: credential.place(version: credential.secretVersion)))
        return await revoke(try TokenSet(opened: try vault.envelope.open(tokens, at: pending.place)), client, cause)
    }
}
