import Core
import Storage
import Vault

extension DoctorCheck {
    static let credentials = DoctorCheck("credentials") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let now = hub.effects.now()
        let soon = now.adding(days: Limits.credentialWarningDays.value)
        let ending = try await database.read { try Vault.credentials(endingBefore: soon, in: $0) }
        guard let first = ending.first else { return .ok("none ends soon") }
        let rest = DoctorCheck.others(of: ending.count)
        let next = "Renew it at the provider, then: linchpin credential update \(Shown.name(first.name)) --secret"
        return first.at <= now
            ? .fail("\(Shown.name(first.name)) ended at \(first.at.rfc3339)\(rest).", next: next)
            : .warn("\(Shown.name(first.name)) ends at \(first.at.rfc3339)\(rest).", next: next)
    }
}
