import Core
import Storage
import Vault

extension DoctorCheck {
    static let keysBesideOAuth = DoctorCheck("keys beside OAuth") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let found = try await database.read { try Vault.keysBesideOAuth(in: $0) }
        guard let first = found.first else { return .ok("none") }
        let (connection, key) = (Shown.name(first.connection), Shown.name(first.key))
        return .warn(
            "Calls of \(connection) go by key \(key) too\(DoctorCheck.others(of: found.count)).",
            next: "When its OAuth credential works: linchpin connection remove-credential \(connection) \(key)")
    }
}
