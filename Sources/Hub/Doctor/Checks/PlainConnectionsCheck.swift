import Core
import Storage
import Vault

extension DoctorCheck {
    static let plainConnections = DoctorCheck("plain connections") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let names = try await database.read { try Vault.plainConnections(in: $0) }
        guard let first = names.first else { return .ok("none") }
        let rest = DoctorCheck.others(of: names.count)
        return .warn(
            "\(Shown.name(first))\(rest) may speak plain HTTP to this machine.",
            next: "Fit for a sandbox alone; give a real one its https URL.")
    }
}
