import Core
import Monitoring
import Storage
import Vault

/// How a store's schema stands to this program's. It goes forward only, and never without a copy first.
enum StoreSchema: Sendable, Equatable {
    /// Nothing was ever kept in it.
    case new
    case current
    /// These changes are missing, in their order.
    case older([String])

    /// Reads it; throws `HubError` `schema_newer` for a store that a newer program has used.
    static func of(_ database: any Database) async throws -> StoreSchema {
        let done = try await database.appliedMigrations()
        try refuseNewer(done)
        let missing = wanted(database.dialect).filter { !done.contains($0) }
        if missing.isEmpty { return .current }
        // The vault's check is the last thing that a first start makes before it keeps anything for people.
        guard done.contains("vault-001") else { return .new }
        return try await database.read { try Vault.isNew(in: $0) } ? .new : .older(missing)
    }

    /// Throws when one of these changes is not known here.
    static func refuseNewer(_ done: Set<String>) throws {
        let unknown = done.subtracting(wanted(.postgres)).sorted()
        guard let first = unknown.first else { return }
        throw HubError(
            .conflict, "schema_newer",
            "A newer program has used this store: this one, \(Hub.version), does not know its schema change "
                + "\(Shown.name(first)). Start the newer program, or restore a copy that was made before.",
            detail: unknown.joined(separator: ", "))
    }

    private static func wanted(_ dialect: Dialect) -> [String] {
        // With the embedded store the transaction log has files, and a schema, of its own.
        Migrator.ids(Parts.migrations) + (dialect == .postgres ? MonitoringSchema.logMigrations.map(\.id) : [])
    }
}
