import Core
import Storage
import Vault

extension DoctorCheck {
    static let rotation = DoctorCheck("rotation") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let now = hub.effects.now()
        let (overdue, failed) = try await database.read { reader in
            (try Vault.overdueRotations(at: now, in: reader), try Vault.failedRotations(in: reader))
        }
        if let first = failed.first {
            return .warn(
                "Rotating \(Shown.name(first.name)) by itself failed: \(first.reason)\(DoctorCheck.others(of: failed.count)).",
                next: "See why: linchpin credential get \(Shown.name(first.name))")
        }
        guard let first = overdue.first else { return .ok("no secret is older than it may become") }
        let rest = DoctorCheck.others(of: overdue.count)
        return .warn(
            "The secret of \(Shown.name(first.name)) should have been rotated by \(first.due.rfc3339)\(rest).",
            next: first.isByItself
                ? "Rotate it: linchpin credential rotate \(Shown.name(first.name))"
                : "Make a new one at the provider, then: linchpin credential add-successor \(Shown.name(first.name))")
    }
}
