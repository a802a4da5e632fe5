import Core
import Storage
import Vault

extension DoctorCheck {
    static let outsideTokens = DoctorCheck("outside tokens") { hub in
        guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
        let soon = hub.effects.now().adding(days: Limits.credentialWarningDays.value)
        let (troubled, ending) = try await database.read { reader in
            (try Vault.troubledGrants(in: reader), try Vault.refreshTokens(endingBefore: soon, in: reader))
        }
        if let first = troubled.first {
            let rest = DoctorCheck.others(of: troubled.count)
            return .warn(
                "\(Shown.name(first.name)) was not renewed: \(Shown.name(first.reason))\(rest).",
                next: "linchpin credential grant \(Shown.name(first.name))")
        }
        guard let first = ending.first else { return .ok("each is renewed as it should") }
        let rest = DoctorCheck.others(of: ending.count)
        return .warn(
            "the refresh token of \(Shown.name(first.name)) ends at \(first.at.rfc3339)\(rest).",
            next: "linchpin credential authorize \(Shown.name(first.name))")
    }
}
