public import Core
public import Storage

extension Vault {
    /// The hub's own key of that name, out of a store that is only read, such as a copy; nil when it has none.
    ///
    /// Throws `HubError` `wrong_master_key` when the store was made with another master key, and `bad_master_key`
    /// unless the key has 32 bytes.
    public static func internalKey(
        _ name: String, masterKey: Secret, in database: any Database
    ) async throws -> Secret? {
        let envelope = try Envelope(masterKey: masterKey)
        let (check, row, sealed) = try await database.read { reader in
            let row = try internalRow(name, in: reader)
            return (
                try reader.row("SELECT sealed FROM vault_check WHERE id = 1", [])?.blob("sealed"), row,
                try row.flatMap { try SecretRows.find($0.id, version: $0.version, in: reader) }
            )
        }
        guard let check, envelope.opens(check: check) else {
            throw HubError(
                .invalid, "wrong_master_key",
                "The master key does not open this copy: it was made with another one. Give that key and try again.",
                detail: "the key given is \(envelope.keyID)")
        }
        guard let row, let sealed else { return nil }
        return try envelope.open(sealed, at: internalPlace(name, id: row.id, version: row.version))
    }
}
