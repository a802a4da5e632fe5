import Core
import Storage
import Vault

extension DoctorCheck {
    static let outsideTokens = DoctorCheck("outside tokens") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let troubled = try await database.read { try Vault.troubledGrants(in: $0) }
        guard let first = troubled.first else { return .ok("each is renewed as it should") }
        let rest = DoctorCheck.others(of: troubled.count)
        return .warn(
            "\(Shown.name(first.name)) was not renewed: \(Shown.name(first.reason))\(rest).",
            next: "linchpin credential grant \(Shown.name(first.name))")
    }
}
