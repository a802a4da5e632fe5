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
            for id in Set(waiting) { group.addTask { try await self.renewAhead(id, cause) } }
            try await group.waitForAll()
        }
        let revoked = try await giveBack(most, cause)
        let swept = try await vault.database.write(.bookkeeping("consents that nobody ended")) { writer in
            try ConsentRows.sweep(at: now, most: 100, in: writer)
        }
        return waiting.count + revoked + swept
    }

    /// One whose way out is not as it should be, or that is gone by now, holds nobody else up. Nothing was sent for it: it
    /// has its turn again a minute later, and whoever calls with it is told why it gets none.
    private func renewAhead(_ id: String, _ cause: Cause) async throws {
        do {
            try await refreshAhead(try await held(id), cause)
        } catch let error as HubError where [.conflict, .notFound].contains(error.kind) {
            try await vault.database.write(.bookkeeping("a token that can't be renewed now")) { writer in
                try GrantRows.putOff(id, until: cause.now.adding(seconds: 60), in: writer)
            }
        }
    }

    /// Gives tokens of deleted credentials back, again and again until the provider took them or two days are over.
    private func giveBack(_ most: Int, _ cause: Cause) async throws -> Int {
        let due = try await vault.database.read { try RevocationRows.due(at: cause.now, most: most, in: $0) }
        for pending in due {
            let (secret, tokens, ways) = try await vault.database.read { reader in
                (
                    try SecretRows.find(
                        pending.credential.secretID, version: pending.credential.secretVersion, in: reader),
                    try SecretRows.find(pending.grantSecretID, version: pending.generation, in: reader),
                    try RevocationRows.ways(in: reader)
                )
            }
            let isMine = try await vault.database.write(.bookkeeping("one try of giving tokens back")) { writer in
                try RevocationRows.claim(pending, at: cause.now, in: writer)
            }
            guard isMine else { continue }
            let end = try await giveBack(pending, secret, tokens, ways, cause)
            guard end != .refused || pending.tries + 1 >= Int64(Limits.revocationTries.value) else { continue }
            try await vault.database.write(.change) { writer in
                try RevocationRows.end(pending, in: writer)
                try writer.record(
                    AuditEvent(
                        end == .taken ? .grantRevoked : .grantNotRevoked,
                        on: .init("credential", id: pending.credential.id, name: pending.credential.name), by: cause))
            }
        }
        return due.count
    }

    private enum GivingBack {
        case taken
        /// The provider did not take them; they are offered again.
        case refused
        /// They may not be sent, now or later.
        case withheld
    }

    private func giveBack(
        _ pending: PendingRevocation, _ secret: SealedSecret, _ tokens: SealedSecret, _ ways: [String]?, _ cause: Cause
    ) async throws -> GivingBack {
        let credential = pending.credential
        // Settings that were changed outside could lead the tokens anywhere: they stay sealed.
        guard credential.isBound(vault.envelope) else { return .refused }
        let settings = try OAuthSettings(credential.settings, vault.catalogue)
        // No connection uses a deleted credential, so no way is left by which its secrets might go: where any connection
        // goes there by more than the plain way, they stay.
        guard let ways, settings.clientAuth != .tlsClientAuth else { return .withheld }
        if let url = settings.revokeURL.flatMap({ StrictURL($0) }) {
            let isGuarded = ways.contains { StrictURL($0)?.hasSameOrigin(as: url) ?? true }
            guard !isGuarded else { return .withheld }
        }
        let client = TokenEndpoint.Client(
            name: credential.name, settings: settings,
            secret: try vault.envelope.open(secret, at: credential.place(version: credential.secretVersion)),
            passages: [])
        let isBack = await revoke(
            try TokenSet(opened: try vault.envelope.open(tokens, at: pending.place)), client, cause)
        return isBack ? .taken : .refused
    }
}
