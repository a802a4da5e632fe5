import Core
import Storage
import Vault

extension DoctorCheck {
    static let rotation = DoctorCheck("rotation") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let now = hub.effects.now()
        let overdue = try await database.read { try Vault.overdueRotations(at: now, in: $0) }
        guard let first = overdue.first else { return .ok("no secret is older than it may become") }
        let rest = DoctorCheck.others(of: overdue.count)
        return .warn(
            "The secret of \(Shown.name(first.name)) should have been rotated by \(first.due.rfc3339)\(rest).",
            next: "Make a new one at the provider, then: linchpin credential add-successor \(Shown.name(first.name))")
    }
}
