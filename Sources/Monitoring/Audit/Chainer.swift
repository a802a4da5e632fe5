import AuditTrail
public import Core
public import Keys
public import Storage

/// Moves audit events that wait into the chain, numbered, hashed and signed. One hub does so at a time.
///
/// Everything happens in one transaction: killed anywhere, it leaves the old chain or the new one. Two hubs cannot
/// fork the chain: the lease keeps one away, and if it did not, both would insert the same number.
public struct Chainer: Sendable {
    private let database: any Database
    private let effects: Effects
    private let key: SigningKey
    private let hub: String
    private let trusted: VerifyingKey?

    /// A chainer for one store.
    ///
    /// - Parameters:
    ///   - key: signs the checkpoints; its public half is entered in `audit_key` with the first batch.
    ///   - hub: names this process among the hubs of one store; two hubs must not share it.
    ///   - trusted: the key that all hubs of the store sign with, where they share one: behind a checkpoint of another
    ///     key nothing is chained.
    public init(
        database: any Database, effects: Effects, key: SigningKey, hub: String, trusted: VerifyingKey? = nil
    ) {
        self.database = database
        self.effects = effects
        self.key = key
        self.hub = hub
        self.trusted = trusted
    }

    /// Chains at most `Limits.auditBatch` events.
    ///
    /// - Returns: how many; 0 when none waits or another hub has the lease.
    /// - Throws: `HubError` `audit_chain_damaged` when the chain's end is not what its last checkpoint states. Nothing
    ///   is chained then: going on would write over the evidence.
    public func runOnce() async throws -> Int {
        let someWait = try await database.read { try AuditChain.someWait(in: $0) }
        guard someWait else { return 0 }
        let cause = Cause(.hub, at: effects.now(), .new(effects))
        return try await database.write(.bookkeeping("the audit chain; its events are in it")) { writer in
            guard
                try Lease.acquire(
                    "audit-chain", holder: hub, at: cause.now, seconds: Limits.auditLeaseSeconds.value, in: writer)
                    != nil
            else { return 0 }
            try enterKey(cause, in: writer)
            let events = try AuditChain.take(in: writer)
            guard !events.isEmpty else { return 0 }
            var head = try AuditChain.soundHead(signedBy: trusted, in: writer)
            for event in events {
                let link = head.link(event)
                try AuditChain.insert(link, in: writer)
                head = link.head
            }
            try AuditChain.insert(try Checkpoint.sign(head, at: cause.now, with: key), in: writer)
            return events.count
        }
    }

    private func enterKey(_ cause: Cause, in writer: any SQLWriter) throws {
        let isNew =
            try writer.run(
                """
                INSERT INTO audit_key (key_id, public_key, created_at) VALUES ($1, $2, $3)
                ON CONFLICT (key_id) DO NOTHING
                """, [.text(key.id), .blob(key.publicKey), .int(cause.now.epochMilliseconds)]) == 1
        guard isNew else { return }
        try writer.record(
            AuditEvent(
                .auditKeyCreated, on: .init("audit_key", id: key.id, name: hub), by: cause, [.keyID: key.id]))
    }
}
