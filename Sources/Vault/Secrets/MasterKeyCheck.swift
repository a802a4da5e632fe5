import AuditTrail
import Core
import Keys
public import Storage

/// Finds out at the start whether the master key is the one that this store was made with.
enum MasterKeyCheck {
    /// Makes the check value of a new store, or tries the one that is there. Throws rather than go on with another key.
    static func pass(_ envelope: Envelope, _ database: any Database, _ effects: Effects) async throws {
        let cause = Cause(.hub, at: effects.now(), .new(effects))
        let made = try envelope.check(nonce: effects.randomBytes(SealingKey.nonceBytes))
        let stored: [UInt8] = try await database.write(.change) { writer in
            if let row = try writer.row("SELECT sealed FROM vault_check WHERE id = 1", []) {
                return try row.blob("sealed")
            }
            guard try writer.row("SELECT id FROM secret ORDER BY id LIMIT 1", []) == nil else { throw checkMissing }
            let first = try writer.run(
                """
                INSERT INTO vault_check (id, key_id, sealed, created_at) VALUES (1, $1, $2, $3)
                ON CONFLICT (id) DO NOTHING
                """, [.text(envelope.keyID), .blob(made), .int(cause.now.epochMilliseconds)])
            guard first == 1 else {
                throw HubError(.unavailable, "vault_check_raced", "Another hub opens this store. Start again.")
            }
            try writer.record(
                AuditEvent(
                    .masterKeyCreated, on: .init("vault", id: "vault", name: "vault"), by: cause,
                    [.keyID: envelope.keyID]))
            return made
        }
        guard envelope.opens(check: stored) else {
            throw HubError(
                .internal, "wrong_master_key",
                "The master key does not open this store: it was made with another one. Give that key and start again.",
                detail: "the key given is \(envelope.keyID)")
        }
    }

    private static var checkMissing: HubError {
        HubError(
            .internal, "master_key_check_missing",
            "This store holds secrets but not the value that proves its master key. Restore it from a backup.")
    }
}

extension Vault {
    /// Whether nothing was ever sealed in this store, so that a new master key may be made for it.
    public static func isNew(in reader: any SQLReader) throws -> Bool {
        try reader.row("SELECT id FROM vault_check ORDER BY id LIMIT 1", []) == nil
            && reader.row("SELECT id FROM secret ORDER BY id LIMIT 1", []) == nil
    }
}
