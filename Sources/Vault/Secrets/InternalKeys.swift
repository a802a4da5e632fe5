import AuditTrail
public import Core
import Storage

// The hub's own keys, such as the seed that signs the audit trail: sealed under a fixed name.
extension Vault {
    /// The hub's own key of that name; made once, whichever of several hubs comes first, and the same for all.
    ///
    /// - Parameter create: called when there is none yet; what it makes is dropped when another hub was first.
    public func internalKey(_ name: String, create: @Sendable () throws -> Secret) async throws -> Secret {
        if let found = try await unseal(name: name) { return found }
        let cause = Cause(.hub, at: effects.now(), .new(effects))
        let sealed = try sealInternal(try create(), name: name, id: newID(), version: 1)
        try await database.write(.change) { writer in
            let won = try writer.run(
                """
                INSERT INTO internal_key (name, secret_id, secret_version) VALUES ($1, $2, 1)
                ON CONFLICT (name) DO NOTHING
                """, [.text(name), .text(sealed.id)])
            guard won == 1 else { return }
            try SecretRows.insert(sealed, at: cause.now, in: writer)
            try writer.record(Self.sealedEvent("internal_key", id: name, name: name, version: 1, by: cause))
        }
        guard let winner = try await unseal(name: name) else {
            throw HubError(.internal, "internal_key_missing", "Internal error.", detail: "key \(name) was not kept")
        }
        return winner
    }

    /// Seals a key of the hub's own under a name; one that is there is superseded.
    public func seal(name: String, secret: Secret, by cause: Cause) async throws {
        let known = try await database.read { try Self.internalRow(name, in: $0) }
        let sealed = try sealInternal(secret, name: name, id: known?.id ?? newID(), version: (known?.version ?? 0) + 1)
        try await database.write(.change) { writer in
            guard try Self.internalRow(name, in: writer) == known else {
                throw HubError(.conflict, "changed_meanwhile", "The key was changed at the same moment. Try again.")
            }
            try writer.run(
                """
                INSERT INTO internal_key (name, secret_id, secret_version) VALUES ($1, $2, $3)
                ON CONFLICT (name) DO UPDATE SET secret_version = excluded.secret_version
                """, [.text(name), .text(sealed.id), .int(sealed.version)])
            try SecretRows.supersede(sealed, at: cause.now, in: writer)
            try writer.record(
                Self.sealedEvent("internal_key", id: name, name: name, version: sealed.version, by: cause))
        }
    }

    /// The hub's own key of that name; nil when there is none. Throws when its row was changed outside the hub.
    public func unseal(name: String) async throws -> Secret? {
        let found: SealedSecret? = try await database.read { reader in
            guard let row = try Self.internalRow(name, in: reader) else { return nil }
            return try SecretRows.find(row.id, version: row.version, in: reader)
        }
        guard let found else { return nil }
        return try envelope.open(found, at: Self.internalPlace(name, id: found.id, version: found.version))
    }

    private func sealInternal(_ secret: Secret, name: String, id: String, version: Int64) throws -> SealedSecret {
        try envelope.seal(
            secret, at: Self.internalPlace(name, id: id, version: version), SealingDice(effects))
    }

    struct InternalRow: Equatable, Sendable {
        let id: String
        let version: Int64
    }

    static func internalPlace(_ name: String, id: String, version: Int64) -> SecretPlace {
        SecretPlace(owner: "internal_key:\(name)", id: id, version: version)
    }

    static func internalRow(_ name: String, in reader: any SQLReader) throws -> InternalRow? {
        try reader.row("SELECT secret_id, secret_version FROM internal_key WHERE name = $1", [.text(name)]).map {
            InternalRow(id: try $0.text("secret_id"), version: try $0.int("secret_version"))
        }
    }

    static func sealedEvent(
        _ kind: String, id: String, name: String, version: Int64, by cause: Cause
    ) -> AuditEvent {
        AuditEvent(.credentialSealed, on: .init(kind, id: id, name: name), by: cause, [.version: String(version)])
    }
}
