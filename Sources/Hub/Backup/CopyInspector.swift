import AuditTrail
import Core
import Keys
import Monitoring
import Storage
import StorageSQLite
import Vault

/// Judges a copy before it may become the store.
struct CopyInspector: Sendable {
    let configuration: HubConfiguration
    let effects: Effects

    /// Throws `HubError` unless the staged file is whole, of a schema that this program knows, opened by this hub's
    /// master key, and with an audit chain that its own key signed to the end.
    func pass(_ path: String, as manifest: BackupManifest) async throws {
        let copy = try SQLiteCopy(path: path)
        let judged: Result<Void, any Error>
        do { judged = .success(try await judge(copy, manifest, model: path + ".model")) } catch {
            judged = .failure(error)
        }
        await copy.close()
        try judged.get()
    }

    private func judge(_ copy: SQLiteCopy, _ manifest: BackupManifest, model: String) async throws {
        try await copy.check()
        let schema = try await copy.appliedMigrations()
        guard schema == manifest.schema else {
            throw HubError(
                .invalid, "backup_mismatch",
                "The copy's schema is not the one that its manifest names. Take another copy.")
        }
        try StoreSchema.refuseNewer(schema)
        try await CopySchema.check(copy, has: schema, model: model)
        let masterKey = try MasterKey.load(configuration, mayCreate: false, effects)
        guard let seed = try await Vault.internalKey("audit-signing", masterKey: masterKey, in: copy) else {
            throw HubError(
                .invalid, "backup_unsigned", "The copy has no key that signs its audit trail. Take another copy.")
        }
        let own = try VerifyingKey(try SigningKey(seed: seed).publicKey)
        let audit = try await AuditLog(database: copy, own: own).verify()
        guard audit.verdict.isIntact else {
            throw HubError(
                .invalid, "backup_audit_broken",
                "The copy's audit trail does not hold: \(audit.verdict). Take another copy.")
        }
    }
}
